"""A person's visit: the real server, the shipped model, Chromium, a mouse and keys."""

import base64
import contextlib
import io
import itertools
import json
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright import sync_api as playwright

from input_pipeline.faces import drawing, shape
from serving import cast

expect = playwright.expect

pytestmark = pytest.mark.browser
ROOT = pathlib.Path(__file__).parents[3]
CAST = cast.read(ROOT / "models" / "portraits" / "1")
SIDE, DRAWN_AT = 64, 128
CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
CHIN, NOSE_TIP, EAR = 8, 30, 0


@pytest.fixture(scope="module")
def shapes(people):
    return shape.fit(people)


@pytest.fixture(scope="module")
def model(shapes, tmp_path_factory):
    """The shipped model, with sliders for faces of which the tests know how they differ."""
    folder = tmp_path_factory.mktemp("models") / "portraits" / "1"
    shutil.copytree(ROOT / "models" / "portraits" / "1", folder)
    (folder / "assets" / shape.FILE).write_text(shapes.to_json())
    return folder


@contextlib.contextmanager
def serving(*flags, cwd):
    """The address of a server with these flags; it must end well and leave nothing behind."""
    before = {*cwd.iterdir()}
    command = [sys.executable, "-m", "serving.app", "--port=0", *flags]
    environment = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "PATH": "/usr/bin:/bin"}
    with open(cwd.parent / "server.log", "w+") as log:
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=cwd, env=environment
        )
        try:
            line = server.stdout.readline()
            log.seek(0)
            found = re.search(r"http://\S+", line)
            assert found, line + log.read()
            yield found[0]
        finally:
            server.terminate()
            assert server.wait(60) == 0
            server.stdout.close()
        log.seek(0)
        assert "Traceback" not in log.read()
    assert {*cwd.iterdir()} == before


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The shipped model without its sliders."""
    folder = tmp_path_factory.mktemp("models") / "plain" / "1"
    shutil.copytree(ROOT / "models" / "portraits" / "1", folder)
    (folder / "assets" / shape.FILE).unlink(missing_ok=True)
    return folder


@pytest.fixture(scope="module")
def address(model, plain, tmp_path_factory):
    cwd = tmp_path_factory.mktemp("elsewhere") / "empty"
    cwd.mkdir()
    flags = ["--model", str(model.parent), str(plain.parent), "--max_bytes=2000000"]
    with serving(*flags, cwd=cwd) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Visitor:
    """What a person sees and does."""

    def __init__(self, page):
        self.page = page
        self.portrait = page.locator("figure.portrait")
        self.canvas = page.get_by_role("application")
        self.said = page.get_by_role("status")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def slider(self, name):
        return self.page.get_by_role("slider", name=name)

    def face_button(self, seed):
        return self.button(f"Face {seed}: make it mine")

    @contextlib.contextmanager
    def painting(self):
        """Wait until everything is painted that what is done inside asks for."""
        before = self.portrait.get_attribute("data-painted") or "0"
        yield
        expect(self.portrait).not_to_have_attribute("data-painted", before, timeout=20_000)
        expect(self.portrait).to_have_attribute("aria-busy", "false")

    def mask(self):
        """What the canvas shows: bool [64, 64]."""
        return pixels(self.canvas.locator("img").get_attribute("src")) > 0

    def own(self):
        """The large picture: [64, 64, 3]."""
        return pixels(self.page.get_by_alt_text("Your face").get_attribute("src"))

    def others(self):
        """The eight: [8, 64, 64, 3]."""
        tiles = self.page.locator(".tile img")
        expect(tiles).to_have_count(8)
        return np.array([pixels(tile.get_attribute("src")) for tile in tiles.all()])

    def at(self, place):
        """A place of the canvas, in sides of it, in the window's pixels."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]

    def drag(self, *places):
        mouse = self.page.mouse
        mouse.move(*self.at(places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(place), steps=5)
        mouse.up()

    def download(self, name):
        with self.page.expect_download() as download:
            self.button(name).click()
        return pathlib.Path(download.value.path()), download.value.suggested_filename

    def open(self, button, *path, **content):
        with self.page.expect_file_chooser() as chooser:
            self.button(button).click()
        chooser.value.set_files(*path or [content])

    def complaint(self, text):
        expect(self.said).to_contain_text(text)
        expect(self.said).to_have_class(re.compile("complaint"))


def pixels(address):
    """Of a picture inside its own address."""
    content = base64.b64decode(address.partition("base64,")[2])
    return np.asarray(Image.open(io.BytesIO(content)))


@pytest.fixture
def visit(address, chromium):
    """Opens the page: `visit(PHONE, color_scheme="dark")`; nothing may go wrong unseen."""
    with contextlib.ExitStack() as visits:

        def begin(viewport=DESKTOP, at=address, **options):
            context = chromium.new_context(viewport=viewport, **options)
            visits.callback(context.close)
            page, wrong, asked = context.new_page(), [], []
            page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("request", lambda request: asked.append(request.url))
            visits.callback(lambda: check(wrong, asked, at))
            visitor = Visitor(page)
            page.goto(at)
            expect(visitor.portrait).to_have_attribute("data-painted", "1", timeout=20_000)
            return visitor

        def check(wrong, asked, at):
            assert wrong == []
            own = (at, at.replace("http", "ws", 1), "data:", "blob:" + at)
            assert [url for url in asked if not url.startswith(own)] == []

        yield begin


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
    width = visitor.page.get_by_alt_text("Your face").bounding_box()["width"]
    assert width > 320
    with visitor.painting():
        visitor.button("Turned left").click()
    assert not (visitor.mask() == drawn(shapes.mean)).all()
    expect(visitor.slider("Turned: left – right")).to_have_value("-1.8")


def test_dragging_a_landmark_changes_the_mask_there_and_the_picture(visit, shapes):
    visitor = visit()
    mask, own, others = visitor.mask(), visitor.own(), visitor.others()
    chin = shapes.mean[CHIN]
    with visitor.painting():
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
        with visitor.painting():
            visitor.button(button).click()
        np.testing.assert_array_equal(visitor.mask(), wanted)
    with visitor.painting():
        visitor.page.keyboard.press("Control+z")
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


def test_a_finger_drags_too(visit, shapes):
    visitor = visit(PHONE, has_touch=True, is_mobile=True)
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


def test_sliders_commute_with_dragging(visit, shapes):
    masks = []
    for steps in itertools.permutations(("slide", "drag")):
        visitor = visit()
        for step in steps:
            with visitor.painting():
                if step == "slide":
                    visitor.slider("Smile").fill("2")
                else:
                    visitor.drag(shapes.mean[EAR], shapes.mean[EAR] + (0.05, 0.02))
        masks.append(visitor.mask())
    np.testing.assert_array_equal(*masks)
    with visitor.painting():
        visitor.button("Undo").click()
    expect(visitor.slider("Smile")).to_have_value("0")


def test_drawing_and_erasing(visit):
    visitor = visit()
    before = visitor.mask()
    visitor.button("Draw").click()
    with visitor.painting():
        visitor.drag((0.1, 0.05), (0.9, 0.05))
    line = visitor.mask()
    row = int(0.05 * SIDE)
    assert line[row, 8:56].all() and line.sum() == before.sum() + line[row].sum()
    visitor.slider("Line width").fill("4")
    visitor.button("Erase").click()
    with visitor.painting():
        visitor.drag((0.5, 0), (0.5, 1))
    erased = visitor.mask()
    assert not erased[:, 31:33].any()
    np.testing.assert_array_equal(erased[:, :28], line[:, :28])
    for wanted in (line, before):
        with visitor.painting():
            visitor.page.keyboard.press("Control+z")
        np.testing.assert_array_equal(visitor.mask(), wanted)
    with visitor.painting():
        visitor.page.keyboard.press("Control+Shift+z")
    np.testing.assert_array_equal(visitor.mask(), line)


def same(picture, other):
    """Alone or among eight: a half may be rounded either way."""
    return np.abs(picture.astype(int) - other).max() <= 1


def test_the_own_face_stays_while_others_and_the_drawing_change(visit, shapes):
    visitor = visit()
    mask, others = visitor.mask(), visitor.others()
    with visitor.painting():
        visitor.face_button(CAST[4]).click()
    assert same(visitor.own(), others[4])
    expect(visitor.face_button(CAST[4])).to_have_attribute("aria-pressed", "true")
    with visitor.painting():
        visitor.button("New faces").click()
    assert same(visitor.own(), others[4])
    expect(visitor.face_button(CAST[8])).to_be_visible()
    assert not any((one == other).all() for one in visitor.others() for other in others)
    np.testing.assert_array_equal(visitor.mask(), mask)
    with visitor.painting():
        visitor.button("Laughing").click()
    expect(visitor.portrait.locator("figcaption")).to_have_text(f"Face {CAST[4]}")
    with visitor.painting():
        visitor.button("Undo").click()
    assert same(visitor.own(), others[4])


def test_the_way_between_two_faces(visit):
    visitor = visit()
    boxes = visitor.page.get_by_role("checkbox")
    boxes.nth(1).click()
    with visitor.painting():
        boxes.nth(6).click()
    steps = visitor.page.locator(".strip img")
    images = np.array([pixels(step.get_attribute("src")) for step in steps.all()], int)
    others = visitor.others().astype(int)
    assert same(images[0], others[1]) and same(images[-1], others[6])
    path, name = visitor.download("Save GIF")
    assert name == f"faces_{CAST[1]}_to_{CAST[6]}.gif"
    with Image.open(path) as gif:
        assert gif.n_frames == 2 * len(images) - 2 and gif.size == (256, 256)
    with visitor.painting():
        boxes.nth(3).click()  # a third one takes the first one's place
    expect(boxes.nth(1)).not_to_be_checked()


def test_a_photo_is_drawn_and_compared(visit, astronaut):
    visitor = visit()
    with visitor.painting():
        visitor.open("Photo", astronaut)
    photo = visitor.page.get_by_alt_text("Your photo, cut out")
    expect(photo).to_be_visible()
    assert pixels(photo.get_attribute("src")).shape == (DRAWN_AT, DRAWN_AT, 3)
    over = visitor.page.locator(".over")
    expect(over).to_have_css("opacity", "0")
    visitor.slider("Photo on top").fill("60")
    expect(over).to_have_css("opacity", "0.6")
    with visitor.painting():
        visitor.button("Undo").click()
    expect(photo).to_be_hidden()


def test_what_is_saved_can_be_opened(visit, tmp_path):
    visitor = visit()
    with visitor.painting():
        visitor.button("Laughing").click()
    laughing = visitor.mask()
    picture, name = visitor.download("Save picture")
    assert name == f"face_{CAST[0]}.png"
    np.testing.assert_array_equal(np.asarray(Image.open(picture)), visitor.own())
    landmarks = shutil.copy(visitor.download("Save landmarks")[0], tmp_path / "landmarks.json")
    np.testing.assert_array_equal(drawn(json.loads(landmarks.read_text())), laughing)
    visitor.button("Draw").click()
    with visitor.painting():
        visitor.drag((0.2, 0.1), (0.8, 0.2))
    mixed = visitor.mask()
    mask = shutil.copy(visitor.download("Save mask")[0], tmp_path / "mask.png")
    np.testing.assert_array_equal(np.asarray(Image.open(mask)), np.where(mixed, 255, 0))

    with visitor.painting():
        visitor.button("Nothing").click()
    assert not visitor.mask().any()
    expect(visitor.slider("Smile")).to_be_hidden()
    expect(visitor.button("Save landmarks")).to_be_disabled()
    for button, path, wanted in (
        ("Open mask", mask, mixed),
        ("Open landmarks", landmarks, laughing),
    ):
        with visitor.painting():
            visitor.open(button, path)
        np.testing.assert_array_equal(visitor.mask(), wanted)


def test_the_same_file_can_be_opened_again_and_again(visit, shapes):
    visitor, broken = visit(), []
    visitor.page.on("requestfailed", lambda request: broken.append(request.url))
    content = json.dumps(shapes.mean.tolist()).encode()
    same = {"name": "a.json", "mimeType": "application/json", "buffer": content}
    for _ in range(5):
        with visitor.painting():
            visitor.button("Nothing").click()
        with visitor.painting():
            visitor.open("Open landmarks", **same)
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
    text = {"name": "a.json", "mimeType": "application/json", "buffer": b"[[0.5"}
    pairs = {**text, "buffer": b"[[0.5, 0.5]]"}
    no_picture = {"name": "a.png", "mimeType": "image/png", "buffer": b"no"}
    visitor.open("Photo", grey)
    visitor.complaint("Photo: no face found; give one that looks into the camera.")
    visitor.open("Photo", large)
    visitor.complaint("The file is too large: at most 2 MB are taken.")
    visitor.open("Open mask", small)
    visitor.complaint("Mask: 50x50 pixels; wanted 64x64, or a multiple.")
    visitor.open("Open mask", **no_picture)
    visitor.complaint("Mask: not an image.")
    visitor.open("Open landmarks", **text)
    visitor.complaint("Landmarks: not JSON")
    visitor.open("Open landmarks", **pairs)
    visitor.complaint("Landmarks: wanted 68 pairs [x, y]")
    np.testing.assert_array_equal(visitor.mask(), mask)
    with visitor.painting():
        visitor.button("Narrow").click()
    expect(visitor.said).not_to_have_class(re.compile("complaint"))


def test_keys_alone_are_enough(visit):
    visitor = visit()
    mask, keyboard = visitor.mask(), visitor.page.keyboard
    tab_to(visitor, "Drawing of a face")
    keyboard.press("n")
    expect(visitor.said).to_have_text("Landmark 32, nostrils, 1 of 5")
    keyboard.press("[")
    expect(visitor.said).to_have_text("Landmark 31, nose tip")
    top = visitor.page.evaluate("scrollY")
    with visitor.painting():
        keyboard.press("Shift+ArrowDown")
    expect(visitor.said).to_have_text("Landmark 31, nose tip, moved")
    assert visitor.page.evaluate("scrollY") == top
    middle = slice(SIDE // 2 - 1, SIDE // 2 + 1)
    tips = [np.nonzero(each[:45, middle].any(axis=1))[0].max() for each in (mask, visitor.mask())]
    assert tips[1] > tips[0]
    with visitor.painting():
        keyboard.press("Control+z")
    np.testing.assert_array_equal(visitor.mask(), mask)
    tab_to(visitor, "Smile")
    with visitor.painting():
        keyboard.press("ArrowRight")
    expect(visitor.slider("Smile")).to_have_value("0.1")
    tab_to(visitor, f"Face {CAST[2]}: make it mine")
    with visitor.painting():
        keyboard.press("Enter")
    expect(visitor.portrait.locator("figcaption")).to_have_text(f"Face {CAST[2]}")
    tab_to(visitor, f"Blend face {CAST[2]}")
    keyboard.press("Space")
    expect(visitor.page.get_by_role("checkbox", name=f"Blend face {CAST[2]}")).to_be_checked()


def tab_to(visitor, name):
    """Press Tab until something of this name has the focus; once around is enough."""
    for _ in range(120):
        visitor.page.keyboard.press("Tab")
        label = visitor.page.evaluate("document.activeElement.getAttribute('aria-label') || ''")
        if label.startswith(name):
            return
    raise AssertionError(f"Tab does not come to {name}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_overflows_and_everything_has_a_name(visit, viewport, scheme, astronaut):
    visitor = visit(viewport, color_scheme=scheme)
    page = visitor.page
    with visitor.painting():
        visitor.open("Photo", astronaut)
    visitor.button("Draw").click()
    for box in page.get_by_role("checkbox").all()[:2]:
        box.click()
    expect(visitor.button("Save GIF")).to_be_visible()
    page.get_by_text("Help and keys").click()
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    for part in page.locator("button:visible, input:visible, img:visible").all():
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= viewport["width"]
    assert page.evaluate(NAMELESS) == []
    expect(visitor.canvas).to_have_css("touch-action", "none")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper)[:3])) > 384) == (scheme == "light")


# Of what can be used or looked at, whatever says nothing to those who do not see it.
NAMELESS = """[...document.querySelectorAll(
  'button, input, select, textarea, [tabindex="0"], img, [role=slider], [role=checkbox]')]
  .filter((e) => e.checkVisibility() && !e.closest('[aria-hidden=true]'))
  .filter((e) => !(e.getAttribute('aria-label') || e.hasAttribute('alt') || e.innerText.trim()))
  .map((e) => e.outerHTML.slice(0, 200))"""


def test_on_a_phone_the_face_stays_in_view(visit):
    visitor = visit(PHONE)
    assert visitor.canvas.bounding_box()["width"] < 0.9 * PHONE["width"]  # to scroll beside it
    smile = visitor.slider("Smile")
    for part in (visitor.canvas, smile):
        part.evaluate("(e) => e.scrollIntoView()")
        box = visitor.page.locator(".painted").bounding_box()
        assert box["y"] == 0 and box["height"] < PHONE["height"] / 3
        assert part.bounding_box()["y"] >= box["height"]
    assert smile.bounding_box()["height"] >= 32


def test_hints_about_keys_are_for_those_who_have_some(visit):
    with_mouse, finger = visit(), visit(PHONE, has_touch=True, is_mobile=True)
    expect(with_mouse.page.get_by_text("with N and P")).to_be_visible()
    expect(finger.page.get_by_text("with N and P")).to_be_hidden()


def test_what_is_said_fades_and_is_still_read_out(visit):
    visitor = visit()
    visitor.button("Narrow").click()
    expect(visitor.said).to_have_css("opacity", "1")
    expect(visitor.said).to_have_css("opacity", "0", timeout=20_000)
    expect(visitor.said).to_have_text("Begun anew: narrow")
    visitor.button("Straight").click()
    expect(visitor.said).to_have_css("opacity", "1")


def test_a_lost_drawing_is_said_to_be(visit):
    visitor = visit()
    visitor.page.reload()
    expect(visitor.portrait).to_have_attribute("data-painted", "1", timeout=20_000)
    expect(visitor.said).to_have_text("")
    # As NiceGUI does where the server no longer knows the page.
    visitor.page.evaluate("document.getElementById('popup').ariaHidden = false, location.reload()")
    visitor.complaint("The connection was lost; the drawing begins anew.")


def test_visitors_do_not_see_each_others_drawings(visit):
    one, other = visit(), visit()
    mask = other.mask()
    with one.painting():
        one.button("Nothing").click()
    np.testing.assert_array_equal(other.mask(), mask)
    with other.painting():
        other.button("Laughing").click()
    assert not one.mask().any()


def test_another_model_paints_the_same_drawing(visit):
    visitor = visit()
    mask = visitor.mask()
    visitor.page.get_by_role("combobox", name="Model").click()
    with visitor.painting():
        visitor.page.get_by_role("option", name="plain").click()
    np.testing.assert_array_equal(visitor.mask(), mask)
    expect(visitor.page.get_by_text("came without the shapes of its faces")).to_be_visible()
    expect(visitor.button("Straight")).to_have_count(0)
    with visitor.painting():
        visitor.drag((0.5, 0.9), (0.5, 0.8))  # landmarks can still be dragged


def fetched(address, path, **options):
    """Status, kind of content and content of what the server answers."""
    request = urllib.request.Request(address.rstrip("/") + path, **options)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type(), error.read()


def test_the_page_leaves_the_other_routes_alone(address):
    assert fetched(address, "/healthz")[:2] == (200, "application/json")
    assert b"# HELP" in fetched(address, "/metrics")[2]
    assert fetched(address, "/docs")[:2] == (200, "text/html")
    assert b"swagger" in fetched(address, "/docs")[2]
    assert fetched(address, "/v1/models/portraits")[:2] == (200, "application/json")
    for path in ("/v1/nothing", "/api/nothing"):
        status, kind, content = fetched(address, path)
        assert (status, kind) == (404, "application/json") and "error" in json.loads(content)
    assert fetched(address, "/api/generate", data=b"", method="POST")[0] == 400
    assert fetched(address, "/")[:2] == (200, "text/html")
    assert fetched(address, "/nothing")[0] == 404
    assert fetched(address, "/", headers={"Origin": "http://elsewhere.example"})[0] == 403
