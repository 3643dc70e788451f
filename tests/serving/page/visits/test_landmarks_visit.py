"""A person's visit to the desk for landmarks, with a mouse, a finger and keys."""

import itertools
import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import drawing
from serving import cast
from tests.serving.page.visits.conftest import MODEL
from tests.serving.page.visits.visitor import DESKTOP, PHONE, TOUCH, expect, pixels, same

pytestmark = pytest.mark.browser
CAST = cast.read(MODEL)
SIDE, DRAWN_AT = 64, 128
CHIN = 8
KEYS = "with N and P"


def drawn(landmarks):
    """The mask of landmarks, as training's are made: at 128, a pixel wherever a line is in it."""
    large = drawing.draw(np.asarray(landmarks) * DRAWN_AT - 0.5, DRAWN_AT)
    return large.reshape(SIDE, 2, SIDE, 2).any(axis=(1, 3))


def test_it_begins_with_a_straight_face_and_eight_variations(visit, shapes):
    visitor = visit()
    assert visitor.page.title() == "Mask Embedding"
    np.testing.assert_array_equal(visitor.mask(), drawn(json.loads(shapes.to_json())["mean"]))
    others = visitor.others()
    assert same(visitor.own(), others[0])
    for one, other in itertools.combinations(others.astype(int), 2):
        assert np.abs(one - other).mean() > 1
    assert visitor.page.get_by_alt_text("Your face").bounding_box()["width"] > 320
    visitor.click("Turned left")
    assert not (visitor.mask() == drawn(shapes.mean)).all()
    expect(visitor.slider("Turned: left – right")).to_have_value("-1.8")


def test_dragging_a_landmark_changes_the_mask_there_and_the_picture(visit, shapes):
    visitor = visit()
    mask, own, others = visitor.mask(), visitor.own(), visitor.others()
    chin = shapes.mean[CHIN]
    visitor.drag(chin, chin - (0, 0.1))
    expect(visitor.said).to_have_text("Landmark 9, chin, moved")
    changed = visitor.mask() != mask
    rows, columns = np.nonzero(changed)
    around = np.abs(columns / SIDE - chin[0]).max()
    assert changed.sum() > 5 and around < 0.12 and rows.min() / SIDE > chin[1] - 0.13
    landmarks = np.array(json.loads(visitor.download("Save landmarks")[0].read_text()))
    np.testing.assert_array_equal(visitor.mask(), drawn(landmarks))
    offsets = landmarks - shapes.mean
    np.testing.assert_allclose(offsets[CHIN], (0, -0.1), atol=0.005)  # whole pixels of the screen
    np.testing.assert_allclose(np.delete(offsets, CHIN, axis=0), 0, atol=1e-6)
    assert (visitor.own() != own).any() and (visitor.others() != others).any()

    for button, wanted in (("Undo", mask), ("Redo", visitor.mask())):
        visitor.click(button)
        np.testing.assert_array_equal(visitor.mask(), wanted)
    visitor.press("Control+z")
    np.testing.assert_array_equal(visitor.own(), own)
    expect(visitor.button("Undo")).to_be_disabled()


def test_the_picture_follows_while_the_hand_still_moves(visit, shapes):
    visitor = visit()
    picture = visitor.page.get_by_alt_text("Your face")
    before, others = picture.get_attribute("src"), visitor.others()
    mouse, chin = visitor.page.mouse, shapes.mean[CHIN]
    mouse.move(*visitor.at(chin))
    mouse.down()
    mouse.move(*visitor.at(chin - (0, 0.12)), steps=10)
    expect(picture).not_to_have_attribute("src", before)
    expect(visitor.portrait).to_have_attribute("aria-busy", "true")
    np.testing.assert_array_equal(visitor.others(), others)
    with visitor.painting():
        mouse.up()
    assert (visitor.others() != others).any()


def test_a_finger_drags_too_and_hears_nothing_of_keys(visit, shapes):
    visitor = visit(**TOUCH)
    expect(visitor.page.get_by_text(KEYS)).to_be_hidden()
    mask, chin = visitor.mask(), shapes.mean[CHIN]
    session = visitor.page.context.new_cdp_session(visitor.page)

    def touch(kind, *places):
        points = [dict(zip("xy", visitor.at(place))) for place in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    top = visitor.page.evaluate("scrollY")
    with visitor.painting():
        touch("touchStart", chin)
        for by in (0.03, 0.06, 0.09):
            touch("touchMove", chin - (0, by))
        touch("touchEnd")
    assert (visitor.mask() != mask).any()
    assert visitor.page.evaluate("scrollY") == top or top == 0


def test_drawing_and_erasing(visit):
    visitor = visit()
    before = visitor.mask()
    visitor.button("Draw").click()
    visitor.drag((0.1, 0.05), (0.9, 0.05))
    line = visitor.mask()
    row = int(0.05 * SIDE)
    assert line[row, 8:56].all() and line.sum() == before.sum() + line[row].sum()
    visitor.slider("Line width").fill("4")
    visitor.button("Erase").click()
    visitor.drag((0.5, 0), (0.5, 1))
    erased = visitor.mask()
    assert not erased[:, 31:33].any()
    np.testing.assert_array_equal(erased[:, :28], line[:, :28])
    for keys, wanted in (("z", line), ("z", before), ("Shift+z", line)):
        visitor.press(f"Control+{keys}")
        np.testing.assert_array_equal(visitor.mask(), wanted)


def test_the_own_face_stays_while_others_and_the_drawing_change(visit):
    visitor = visit()
    mask, others = visitor.mask(), visitor.others()
    visitor.click(f"Face {CAST[4]}: make it mine")
    assert same(visitor.own(), others[4])
    visitor.click("New faces")
    assert same(visitor.own(), others[4])
    expect(visitor.button(f"Face {CAST[8]}: make it mine")).to_be_visible()
    assert not any((one == other).all() for one in visitor.others() for other in others)
    np.testing.assert_array_equal(visitor.mask(), mask)
    visitor.click("Laughing")
    expect(visitor.portrait.locator("figcaption")).to_have_text(f"Face {CAST[4]}")
    visitor.click("Undo")
    assert same(visitor.own(), others[4])


def test_the_way_between_two_faces(visit):
    visitor = visit()
    boxes = visitor.page.get_by_role("checkbox")
    boxes.nth(1).click()
    with visitor.painting():
        boxes.nth(6).click()
    images = [pixels(step) for step in visitor.page.locator(".strip img").all()]
    others = visitor.others()
    assert same(images[0], others[1]) and same(images[-1], others[6])
    path, name = visitor.download("Save GIF")
    assert name == f"faces_{CAST[1]}_to_{CAST[6]}.gif"
    with Image.open(path) as gif:
        assert gif.n_frames == 2 * len(images) - 2 and gif.size == (256, 256)


def test_a_photo_is_drawn_and_compared(visit, astronaut):
    visitor = visit()
    with visitor.painting():
        visitor.open("Photo", astronaut)
    photo, over = visitor.page.get_by_alt_text("Your photo, cut out"), visitor.page.locator(".over")
    expect(photo).to_be_visible()
    assert pixels(photo).shape == (DRAWN_AT, DRAWN_AT, 3)
    expect(over).to_have_css("opacity", "0")
    visitor.slider("Photo on top").fill("60")
    expect(over).to_have_css("opacity", "0.6")
    visitor.click("Undo")
    expect(photo).to_be_hidden()


def test_what_is_saved_can_be_opened(visit, tmp_path):
    visitor = visit()
    visitor.click("Laughing")
    laughing = visitor.mask()
    picture, name = visitor.download("Save picture")
    assert name == f"face_{CAST[0]}.png"
    np.testing.assert_array_equal(np.asarray(Image.open(picture)), visitor.own())
    landmarks = shutil.copy(visitor.download("Save landmarks")[0], tmp_path / "landmarks.json")
    np.testing.assert_array_equal(drawn(json.loads(landmarks.read_text())), laughing)
    visitor.button("Draw").click()
    visitor.drag((0.2, 0.1), (0.8, 0.2))
    mixed = visitor.mask()
    mask = shutil.copy(visitor.download("Save mask")[0], tmp_path / "mask.png")
    np.testing.assert_array_equal(np.asarray(Image.open(mask)), np.where(mixed, 255, 0))

    visitor.click("Nothing")
    assert not visitor.mask().any()
    expect(visitor.slider("Smile")).to_be_hidden()
    expect(visitor.button("Save landmarks")).to_be_disabled()
    opened = ("Open mask", mask, mixed), ("Open landmarks", landmarks, laughing)
    for button, path, wanted in opened:
        with visitor.painting():
            visitor.open(button, path)
        np.testing.assert_array_equal(visitor.mask(), wanted)


def file(name, content):
    """One that the browser has without a disk."""
    kind = "image/png" if name.endswith("png") else "application/json"
    return {"name": name, "mimeType": kind, "buffer": content}


def test_the_same_file_can_be_opened_again_and_again(visit, shapes):
    visitor, broken = visit(), []
    visitor.page.on("requestfailed", lambda request: broken.append(request.url))
    points = file("a.json", json.dumps(shapes.mean.tolist()).encode())
    for _ in range(3):
        visitor.click("Nothing")
        with visitor.painting():
            visitor.open("Open landmarks", **points)
        expect(visitor.said).to_have_text("Landmarks opened")
        assert visitor.mask().any()
    assert broken == []


def test_what_cannot_be_used_is_said(visit, tmp_path):
    visitor = visit()
    mask = visitor.mask()
    grey, small, large = (tmp_path / f"{name}.png" for name in ("grey", "small", "large"))
    Image.new("RGB", (300, 300), "grey").save(grey)
    Image.new("L", (50, 50)).save(small)
    noise = np.random.default_rng(0).integers(0, 256, [1000, 1000, 3], np.uint8)
    Image.fromarray(noise).save(large)
    visitor.open("Photo", grey)
    visitor.is_refused("Photo: no face found; give one that looks into the camera.")
    visitor.open("Photo", large)
    visitor.is_refused("The file is too large: at most 2 MB are taken.")
    visitor.open("Open mask", small)
    visitor.is_refused("Mask: 50x50 pixels; wanted 64x64, or a multiple.")
    visitor.open("Open mask", **file("a.png", b"no"))
    visitor.is_refused("Mask: not an image.")
    visitor.open("Open landmarks", **file("a.json", b"[[0.5"))
    visitor.is_refused("Landmarks: not JSON")
    visitor.open("Open landmarks", **file("a.json", b"[[0.5, 0.5]]"))
    visitor.is_refused("Landmarks: wanted 68 pairs [x, y]")
    np.testing.assert_array_equal(visitor.mask(), mask)
    visitor.click("Narrow")
    expect(visitor.said).not_to_have_class(re.compile("complaint"))


def test_keys_alone_are_enough(visit):
    visitor = visit()
    expect(visitor.page.get_by_text(KEYS)).to_be_visible()
    mask, keyboard = visitor.mask(), visitor.page.keyboard
    visitor.tab_to("Drawing of a face")
    keyboard.press("n")
    expect(visitor.said).to_have_text("Landmark 32, nostrils, 1 of 5")
    keyboard.press("[")
    expect(visitor.said).to_have_text("Landmark 31, nose tip")
    top = visitor.page.evaluate("scrollY")
    visitor.press("Shift+ArrowDown")
    expect(visitor.said).to_have_text("Landmark 31, nose tip, moved")
    assert visitor.page.evaluate("scrollY") == top
    middle = slice(SIDE // 2 - 1, SIDE // 2 + 1)
    tips = [np.nonzero(each[:45, middle].any(axis=1))[0].max() for each in (mask, visitor.mask())]
    assert tips[1] > tips[0]
    visitor.press("Control+z")
    np.testing.assert_array_equal(visitor.mask(), mask)
    visitor.tab_to("Smile")
    for keys, value in (("ArrowRight", "0.1"), ("Control+z", "0"), ("ArrowRight", "0.1")):
        visitor.press(keys)
        expect(visitor.slider("Smile")).to_have_value(value)
    visitor.tab_to(f"Face {CAST[2]}: make it mine")
    visitor.press("Enter")
    expect(visitor.portrait.locator("figcaption")).to_have_text(f"Face {CAST[2]}")
    visitor.tab_to(f"Blend face {CAST[2]}")
    keyboard.press("Space")
    expect(visitor.page.get_by_role("checkbox", name=f"Blend face {CAST[2]}")).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_overflows_and_everything_has_a_name(visit, screen, scheme, astronaut):
    visitor = visit(**screen, color_scheme=scheme)
    page, width = visitor.page, screen["viewport"]["width"]
    with visitor.painting():
        visitor.open("Photo", astronaut)
    visitor.button("Draw").click()
    for box in page.get_by_role("checkbox").all()[:2]:
        box.click()
    expect(visitor.button("Save GIF")).to_be_visible()
    page.get_by_text("Help and keys").click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for part in page.locator("button:visible, input:visible, img:visible").all():
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate(NAMELESS) == []
    expect(visitor.canvas).to_have_css("touch-action", "none")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper)[:3])) > 384) == (scheme == "light")


# Of what can be used or looked at, whatever says nothing to those who do not see it.
NAMELESS = """[...document.querySelectorAll(
  'button, input, select, textarea, [tabindex="0"], img, [role=slider], [role=checkbox]')]
  .filter((e) => e.checkVisibility() && !e.closest('[aria-hidden=true]'))
  .filter((e) => !(e.getAttribute('aria-label') || e.hasAttribute('alt') || e.innerText.trim()
    || [...e.labels ?? []].some((label) => label.innerText.trim())))
  .map((e) => e.outerHTML.slice(0, 200))"""


def test_on_a_phone_the_face_stays_in_view(visit):
    visitor = visit(**PHONE)
    width, height = PHONE["viewport"].values()
    assert visitor.canvas.bounding_box()["width"] < 0.9 * width  # to scroll beside it
    smile = visitor.slider("Smile")
    for part in (visitor.canvas, smile):
        part.evaluate("(e) => e.scrollIntoView()")
        box = visitor.page.locator(".painted").bounding_box()
        assert box["y"] == 0 and box["height"] < height / 3
        assert part.bounding_box()["y"] >= box["height"]
    assert smile.bounding_box()["height"] >= 32
