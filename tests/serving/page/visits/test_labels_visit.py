"""A person's visit to the desk for label maps, with the models of every system."""

import base64
import io
import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from input_pipeline.label_maps import label_sets
from serving import examples
from serving.styles import Styles
from siblings.flowers import export as flowers_export
from siblings.flowers import import_weights
from siblings.pix2pixhd import export, restoring
from tests.serving.page.visits.conftest import ROOT, serving
from tests.serving.page.visits.test_landmarks_visit import NAMELESS, file
from tests.serving.page.visits.visitor import (
    DESKTOP,
    PHONE,
    TOUCH,
    LabelVisitor,
    expect,
    pixels,
)
from tests.siblings.flowers.conftest import recorded
from tests.siblings.pix2pixhd import tiny_runs
from training import porting

pytestmark = pytest.mark.browser
NAMES = label_sets.CELEBAMASK.names
SHIPPED = ("painted", "edited", "parser")


@pytest.fixture(scope="session")
def label_address(tmp_path_factory):
    """A server of what comes along, of flowers with the release's weights, of tiny streets."""
    folder = tmp_path_factory.mktemp("label_models")
    write_flowers(folder)
    write_streets(folder)
    places = [ROOT / "models" / name for name in SHIPPED]
    places += [folder / "flowers", folder / "streets"]
    cwd = folder / "empty"
    cwd.mkdir()
    with serving("--model", *map(str, places), "--max_bytes=2000000", cwd=cwd) as address:
        yield address


def write_flowers(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(porting, "read", recorded)
        import_weights.main(["generator.pth", f"--run_dir={folder / 'run_of_flowers'}"])
    out = folder / "flowers" / "1"
    flowers_export.main([f"--run_dir={folder / 'run_of_flowers'}", f"--out={out}"])


def write_streets(folder):
    """pix2pixHD with instances, styles and examples."""
    records, run, out = folder / "records", folder / "run_of_streets", folder / "streets" / "1"
    tiny_runs.write_records(records)
    tiny_runs.write_run(run, records, enhancers=1)
    centres = {label: np.linspace(-1, 1, 12).reshape(4, 3).astype("f") for label in range(3)}
    digest = restoring.restore(str(run)).digest
    Styles(digest, "instance", 3, centres).write(run / "phase_3" / "styles.json")
    export.main([f"--run_dir={run}", f"--out={out}"])
    examples.main([f"--model={out}", f"--data_dir={records}", "--count=2"])


@pytest.fixture
def visit(label_address, visits):
    """Opens the page, and goes to a model: `visit("edited", **PHONE)`."""

    def begin(model="painted", **options):
        visitor = visits(label_address, LabelVisitor, **options)
        if model != "painted":
            picture = visitor.page.get_by_alt_text("Your picture")
            before = picture.get_attribute("src")
            visitor.choose(model)
            expect(picture).not_to_have_attribute("src", before, timeout=20_000)
            expect(visitor.portrait).to_have_attribute("aria-busy", "false")
        return visitor

    return begin


def changed(one, other):
    return np.abs(one.astype(int) - other).mean(-1)


def test_a_face_changes_where_it_is_painted_and_undo_brings_the_very_picture_back(visit):
    visitor = visit()
    visitor.click("Long hair")
    before, picture = visitor.map(), visitor.picture()
    assert picture.shape == (256, 256, 3)
    visitor.classed("background")
    visitor.use("Brush", (0.08, 0.7), (0.08, 0.95))  # a strand of hair is cut
    after = visitor.map()
    rows, columns = np.nonzero(after != before)
    assert len(rows) and (after[after != before] == 0).all() and columns.max() < 40
    assert rows.min() > 160
    by = changed(visitor.picture(), picture)
    near, far = by[170:, :35].mean(), by[:128, 128:].mean()
    assert near > 10 and far < near / 10
    visitor.press("Control+z")
    np.testing.assert_array_equal(visitor.map(), before)
    np.testing.assert_array_equal(visitor.picture(), picture)
    visitor.press("Control+y")
    np.testing.assert_array_equal(visitor.map(), after)


def drawn(visitor):
    """Where the browser has drawn ahead: bool [H, W]."""
    layer = visitor.page.locator(".sheet canvas")
    content = layer.evaluate("(layer) => layer.toDataURL().split(',')[1]")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))[..., 3] > 128


def test_strokes_are_seen_before_any_answer(visit):
    """What the browser draws ahead, with the connection held, is where the map is then."""
    visitor = visit()
    visitor.classed("hat")
    mouse, before = visitor.page.mouse, visitor.map()
    mouse.move(*visitor.at((0.2, 0.3)))
    mouse.down()
    mouse.move(*visitor.at((0.7, 0.3)), steps=6)
    ahead = drawn(visitor)
    np.testing.assert_array_equal(visitor.map(), before)
    with visitor.painting():
        mouse.up()
    stroke = visitor.map() == NAMES.index("hat")
    assert stroke.sum() > 500 and (ahead & stroke).sum() > 0.9 * (ahead | stroke).sum()
    expect(visitor.said).to_have_text("Painted: hat")
    assert not drawn(visitor).any()  # the map has it now


def test_a_pointer_over_the_map_tells_what_is_there_and_how_far_the_brush_reaches(visit):
    visitor = visit()
    reading, tip = visitor.page.locator(".reading"), visitor.page.locator(".tip")
    expect(tip).to_be_hidden()
    for place in ((0.5, 0.5), (0.1, 0.1)):
        row, column = (round(256 * side) for side in reversed(place))
        visitor.page.mouse.move(*visitor.at(place))
        name = NAMES[visitor.map()[row, column]]
        expect(reading).to_have_text(label_sets.CELEBAMASK.spoken[NAMES.index(name)])
    visitor.slider("Brush size").fill("32")
    for zoomed in (1, 2.25):  # two clicks on Zoom in
        visitor.page.mouse.move(*visitor.at((0.5, 0.5)))
        box, whole = tip.bounding_box(), visitor.page.locator(".view").bounding_box()
        assert box["width"] == pytest.approx(zoomed * whole["width"] / 8, abs=3)
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert middle == pytest.approx(visitor.at((0.5, 0.5)), abs=2)
        visitor.button("Zoom in").click()
        visitor.button("Zoom in").click()
    expect(reading).to_have_text("")
    visitor.button("Fill").click()
    visitor.page.mouse.move(*visitor.at((0.5, 0.5)))
    expect(tip).to_be_hidden()


def test_a_polygon_shows_its_next_side_and_takes_a_corner_back(visit):
    visitor = visit()
    visitor.click("Nothing")
    visitor.classed("hat")
    visitor.button("Polygon").click()
    line = visitor.page.locator(".guide .line")
    for corners, place in enumerate(((0.2, 0.2), (0.8, 0.2), (0.5, 0.9), (0.8, 0.8)), start=1):
        visitor.tap(place)
        expect(line).to_have_attribute("points", re.compile(rf"^(\S+ ?){{{corners}}}$"))
        visitor.page.mouse.move(*visitor.at((0.5, 0.5)))
        assert drawn(visitor).any()
    visitor.page.keyboard.press("Backspace")
    expect(line).to_have_attribute("points", re.compile(r"^(\S+ ?){3}$"))
    visitor.press("Enter")
    expect(line).to_have_count(0)
    assert not drawn(visitor).any()
    hat = visitor.map() == NAMES.index("hat")
    assert hat.sum() == pytest.approx(0.6 * 0.7 / 2 * 256**2, rel=0.03)  # a triangle, not four


def test_every_tool_does_what_it_says(visit):
    visitor = visit()
    visitor.click("Nothing")
    visitor.classed("hair")
    hair, hat = NAMES.index("hair"), NAMES.index("hat")
    visitor.use("Rectangle", (0.25, 0.25), (0.5, 0.75))
    wanted = np.zeros([256, 256], np.uint8)
    wanted[64:192, 64:128] = hair
    assert (visitor.map() != wanted).mean() < 0.02
    visitor.classed("hat")
    visitor.use("Fill", (0.3, 0.5))
    assert (visitor.map() == hat).sum() == (wanted > 0).sum() or not (visitor.map() == hair).any()
    visitor.button("Pick").click()
    visitor.classed("skin")
    visitor.tap((0.3, 0.5))
    expect(visitor.page.get_by_role("radio", name="hat", exact=True)).to_be_checked()
    visitor.use("Erase", (0.3, 0.3), (0.3, 0.7))
    assert (visitor.map()[80:170, 76] == 0).all()
    visitor.slider("Brush size").fill("1")
    visitor.use("Line", (0.6, 0.1), (0.9, 0.1))
    assert (visitor.map()[25, 155:230] == hat).all()
    visitor.button("Polygon").click()
    for place in ((0.6, 0.5), (0.9, 0.5), (0.9, 0.9)):
        visitor.tap(place)
    with visitor.painting():
        visitor.tap((0.6, 0.5))
    assert visitor.map()[140, 220] == hat and visitor.map()[220, 160] == 0


def test_an_object_is_moved_copied_relabelled_deleted(visit):
    visitor = visit()
    visitor.click("Long hair")
    nose = NAMES.index("nose")
    rows, columns = np.nonzero(visitor.map() == nose)
    place = np.array([columns.mean(), rows.mean()]) / 256
    visitor.use("Select", place, place - (0, 0.1))
    expect(visitor.said).to_have_text("Moved: nose")
    moved, _ = np.nonzero(visitor.map() == nose)
    assert abs((rows.mean() - moved.mean()) / 256 - 0.1) < 0.01 and len(moved) == len(rows)
    expect(visitor.page.get_by_text("Selected: nose")).to_be_visible()
    visitor.button("Copy").click()
    visitor.click("Short hair")
    visitor.click("Paste")
    assert (visitor.map() == nose).sum() > len(rows)
    visitor.classed("hat")
    visitor.click("Make it hat")
    assert (visitor.map() == NAMES.index("hat")).sum() >= len(rows)
    visitor.click("Delete")
    assert not (visitor.map() == NAMES.index("hat")).any()


def test_an_object_has_ten_styles_and_a_map_eight_variations(visit):
    visitor = visit()
    visitor.click("Long hair")
    picture = visitor.picture()
    visitor.button("Select").click()
    with visitor.painting():
        visitor.tap((0.15, 0.7))
    tiles = visitor.page.locator(".styles .tile img")
    shown = [pixels(tile).astype(int) for tile in tiles.all()]
    hues = np.array([tile.mean((0, 1)) for tile in shown])
    assert len(shown) == 10 and np.ptp(hues.mean(1)) > 15
    brightest = int(hues.mean(1).argmax())
    if changed(visitor.picture(), picture).mean() == 0:
        visitor.click(f"Style {brightest + 1} of the selected object")
    hair = visitor.map() == NAMES.index("hair")
    assert visitor.picture()[hair].mean() >= picture[hair].mean()
    visitor.click("8 variations")
    others = [pixels(tile) for tile in visitor.page.locator(".variations .tile img").all()]
    assert len(others) == 8 and len({each.tobytes() for each in others}) == 8
    visitor.click("Picture 3: go on with it")
    np.testing.assert_array_equal(visitor.picture(), others[3])


def test_a_photo_is_edited_and_stays_itself_elsewhere(visit, astronaut):
    visitor = visit("edited")
    with visitor.painting():
        visitor.open("Photo", astronaut)
    expect(visitor.said).to_contain_text("is drawn")
    photo = pixels(visitor.page.get_by_alt_text("Photo whose style is copied"))
    keeps = visitor.page.get_by_role("checkbox", name="Keep the photo where nothing")
    expect(keeps).to_be_checked()
    np.testing.assert_array_equal(visitor.picture(), photo)
    visitor.classed("hat")
    visitor.use("Rectangle", (0.02, 0.02), (0.2, 0.2))
    by = changed(visitor.picture(), photo)
    assert by[:20, :20].mean() > 5 and not by[60:].any()
    with visitor.painting():
        visitor.choose("painted")  # the same map, and the style of the same photo
    expect(visitor.page.get_by_alt_text("Photo whose style is copied")).to_be_visible()
    visitor.click("Without the photo's style")


def test_flowers_change_with_their_mask_and_their_seed(visit):
    visitor = visit("flowers")
    visitor.click("Nothing")
    blank = visitor.picture()
    visitor.use("Brush", (0.5, 0.3), (0.5, 0.7))
    assert changed(visitor.picture(), blank).any()
    visitor.press("Control+z")
    np.testing.assert_array_equal(visitor.picture(), blank)
    visitor.click("8 variations")
    visitor.click("Picture 5: go on with it")
    assert (visitor.picture() != blank).any()


def test_a_street_has_objects_each_with_its_style(visit, tmp_path):
    visitor = visit("streets")
    visitor.click("Example 1")
    before, picture = visitor.map(), visitor.picture()
    visitor.button("Select").click()
    with visitor.painting():
        visitor.tap((0.7, 0.3))  # one of two of a class
    visitor.click("Style 2 of the selected object")
    by = changed(visitor.picture(), picture)
    visitor.click("Delete")
    assert (visitor.map() == 1).sum() in range(1, (before == 1).sum())
    visitor.page.get_by_role("checkbox", name="As an object of its own").click()
    visitor.classed("left bank")
    visitor.button("Brush").click()
    visitor.slider("Brush size").fill("2")
    visitor.use("Brush", (0.8, 0.2), (0.8, 0.5))
    path, name = visitor.download("Save instances")
    assert name == "instances.png" and by.any()
    numbers = np.asarray(Image.open(path))
    assert {1000} < {*np.unique(numbers[visitor.map() == 1]).tolist()} | {1000, 1001}
    visitor.open("Its instances", shutil.copy(path, tmp_path / "instances.png"))
    expect(visitor.said).to_have_text("Objects are told apart now")


def test_what_is_saved_can_be_opened(visit, tmp_path):
    visitor = visit()
    visitor.click("Wavy hair")
    visitor.classed("hat")
    visitor.use("Rectangle", (0.3, 0.02), (0.7, 0.2))
    ids, picture = visitor.map(), visitor.picture()
    saved = {}
    for button, name in (
        ("Save picture", "picture.png"),
        ("Save label map", "labels.png"),
        ("Save its colours", "label_colours.png"),
        ("Save project", "project.json"),
    ):
        path, suggested = visitor.download(button)
        assert suggested == name
        saved[name] = shutil.copy(path, tmp_path / name)
    np.testing.assert_array_equal(np.asarray(Image.open(saved["picture.png"])), picture)
    np.testing.assert_array_equal(np.asarray(Image.open(saved["labels.png"])), ids)
    for name in ("labels.png", "label_colours.png", "project.json"):
        visitor.click("Nothing")
        with visitor.painting():
            visitor.open("Open project" if name.endswith("json") else "Label map", saved[name])
        np.testing.assert_array_equal(visitor.map(), ids)
    visitor.click("Undo")
    assert not (visitor.map() == NAMES.index("hat")).any()


def test_what_cannot_be_used_is_said(visit, tmp_path):
    visitor = visit()
    before = visitor.map()
    grey = tmp_path / "grey.png"
    Image.new("RGB", (300, 300), "grey").save(grey)
    visitor.open("Photo", grey)
    visitor.is_refused("Photo: no face found")
    visitor.open("Label map", grey)
    visitor.is_refused("Labels: colour #808080; wanted ids, or colours of classes: background")
    visitor.open("Label map", **file("a.png", b"no"))
    visitor.is_refused("Labels: not an image.")
    visitor.open("Open project", **file("a.json", json.dumps({"project": 1}).encode()))
    visitor.is_refused("Project: wanted a file that this page has saved.")
    np.testing.assert_array_equal(visitor.map(), before)


def test_a_large_map_is_zoomed_moved_and_edited(visit, tmp_path):
    large = np.zeros([1024, 2048], np.uint8)
    large[300:700, 500:1500] = 1
    path = tmp_path / "large.png"
    Image.fromarray(large).save(path)
    visitor = visit("flowers")  # the smallest network
    with visitor.painting():
        visitor.open("Label map", path)
    assert visitor.map().shape == (1024, 2048)
    box = visitor.canvas.bounding_box()
    assert abs(box["width"] / box["height"] - 2) < 0.02
    for _ in range(4):
        visitor.button("Zoom in").click()
    sheet = visitor.page.locator(".sheet")
    assert sheet.bounding_box()["width"] > 5 * box["width"]
    visitor.slider("Brush size").fill("10")
    visitor.use("Erase", (0.5, 0.5), (0.6, 0.5))
    rows, columns = np.nonzero(visitor.map() != large)
    assert columns.min() > 1000 and columns.max() < 1080 and np.ptp(rows) < 14
    place = sheet.bounding_box()
    visitor.button("Pan").click()
    mouse = visitor.page.mouse
    mouse.move(*visitor.at((0.5, 0.5)))
    mouse.down()
    mouse.move(*visitor.at((0.3, 0.5)), steps=4)
    mouse.up()
    moved = sheet.bounding_box()["x"] - place["x"]
    assert abs(moved + 0.2 * box["width"]) < 3
    visitor.button("See the whole map").click()
    assert abs(sheet.bounding_box()["width"] - box["width"]) < 1


def test_keys_alone_are_enough(visit):
    visitor = visit()
    visitor.click("Nothing")
    keyboard = visitor.page.keyboard
    visitor.tab_to("Label map, 256 by 256 pixels")
    for key in ("[", "[", "[", "[", "[", "[", "[", "[", "[", "b", " "):
        keyboard.press(key)
    for _ in range(3):
        keyboard.press("Shift+ArrowRight")
    top = visitor.page.evaluate("scrollY")
    visitor.press(" ")
    assert visitor.page.evaluate("scrollY") == top
    assert (visitor.map()[128, 128:159] == 1).all() and (visitor.map() == 1).sum() < 100
    keyboard.press("p")
    keyboard.press("Enter")
    for keys in ("Shift+ArrowDown", "Shift+ArrowLeft"):
        keyboard.press(keys)
        keyboard.press("Enter")
    visitor.press("Enter")
    assert (visitor.map() == 1).sum() > 60
    visitor.press("Control+z")
    visitor.press("Control+z")
    assert not visitor.map().any()
    visitor.tab_to("Search classes")
    keyboard.type("brow")
    expect(visitor.page.get_by_role("radio", name="left brow")).to_be_visible()
    expect(visitor.page.get_by_role("radio", name="hair")).to_have_count(0)


def test_a_finger_paints(visit):
    visitor = visit(**TOUCH)
    visitor.classed("hat")
    session = visitor.page.context.new_cdp_session(visitor.page)
    visitor.canvas.scroll_into_view_if_needed()

    def touch(kind, *places):
        points = [dict(zip("xy", visitor.at(place))) for place in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    top = visitor.page.evaluate("scrollY")
    with visitor.painting():
        touch("touchStart", (0.3, 0.3))
        for x in (0.4, 0.5, 0.6):
            touch("touchMove", (x, 0.3))
        touch("touchEnd")
    assert (visitor.map()[76, 80:150] == NAMES.index("hat")).all()
    assert visitor.page.evaluate("scrollY") == top
    # Two fingers zoom, and what the first one had begun is as if it had not.
    before, sheet = visitor.map(), visitor.page.locator(".sheet")
    touch("touchStart", (0.4, 0.6))
    touch("touchMove", (0.42, 0.6))
    touch("touchStart", (0.42, 0.6), (0.6, 0.6))
    for by in (0.05, 0.1, 0.15):
        touch("touchMove", (0.42 - by, 0.6), (0.6 + by, 0.6))
    touch("touchEnd")
    assert "scale(" in sheet.evaluate("it => it.style.transform")
    visitor.page.wait_for_timeout(500)
    np.testing.assert_array_equal(visitor.map(), before)


@pytest.mark.parametrize(
    "model, screen, scheme",
    [
        ("painted", DESKTOP, "light"),
        ("painted", DESKTOP, "dark"),
        ("painted", PHONE, "dark"),
        ("edited", PHONE, "light"),
        ("streets", PHONE, "light"),
        ("streets", DESKTOP, "light"),
    ],
)
def test_nothing_overflows_and_everything_has_a_name(visit, model, screen, scheme):
    visitor = visit(model, **screen, color_scheme=scheme)
    page, width = visitor.page, screen["viewport"]["width"]
    visitor.button("Select").click()
    if model != "edited":
        with visitor.painting():
            visitor.tap((0.5, 0.4))
        visitor.click("8 variations")
    page.get_by_text("Help and keys").click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for part in page.locator("button:visible, input:visible").all():
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate(NAMELESS) == []
    expect(visitor.page.locator(".sheet")).to_have_css("touch-action", "none")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper)[:3])) > 384) == (scheme == "light")


def test_another_visitor_has_another_map_and_landmarks_another_desk(visit):
    one, other = visit(), visit()
    one.click("Nothing")
    assert other.map().any()
