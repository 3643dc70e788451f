import json
import types

import numpy as np
import pytest

from serving.page.labels.canvas import SCRIPT, Canvas, names_of
from serving.page.labels.edits import Area
from serving.page.labels.tools import ERASE, HINTS, PAN, POLYGON, SELECT
from serving.scene import Scene
from tests.serving.label_models import PALETTE


@pytest.fixture
def canvas(hand):
    return Canvas(hand)


@pytest.fixture
def point(canvas, fire):
    def send(kind, *places):
        message = {"kind": kind, "places": [[*place] for place in places], "width": 480}
        fire(canvas.sheet, "pointermove", message)

    return send


def test_the_map_is_shown_in_its_classes_colours(canvas, flat, read):
    flat.edit(Area(((0.1, 0.1), (0.6, 0.6)), 2))
    np.testing.assert_array_equal(read(canvas.map.props["src"]), flat.scene.label)
    with_colours = canvas.map.props["src"]
    assert "24 by 16 pixels; Brush, class left bank" in canvas.view.props["aria-label"]
    flat.go(-1)
    assert canvas.map.props["src"] != with_colours


def test_the_browser_is_told_what_to_draw_ahead(canvas, hand):
    def told():
        return [canvas.sheet.props[f"data-{name}"] for name in ("tool", "size", "colour")]

    assert told() == ["Brush", "1", f"#{bytes(PALETTE[1]).hex()}"]
    hand.tools.choose(ERASE)
    hand.tools.resize(3)
    assert told() == ["Erase", "4", f"#{bytes(PALETTE[0]).hex()}"]
    assert canvas._hint.text == HINTS[ERASE]
    script = SCRIPT.read_text()
    for name in ("tool", "size", "colour"):
        assert name in script
    for tool in HINTS:  # those that the browser draws ahead are called as here
        if f"'{tool}'" not in script:
            assert tool in ("Polygon", "Fill", "Pick")


def test_the_browser_is_told_what_each_colour_stands_for(canvas, flat):
    told = json.loads(canvas.map.props["data-names"])
    assert told == {f"#{bytes(c).hex()}": n for c, n in zip(PALETTE, flat.classes.spoken)}
    colours = np.array([[255, 0, 0], [0, 0, 16], [255, 0, 0]], np.uint8)
    alike = types.SimpleNamespace(colours=colours, spoken=("hat", "sea", "hood"))
    assert names_of(alike) == {"#ff0000": "hat or hood", "#000010": "sea"}


def test_while_a_stroke_is_under_way_the_map_is_not_sent(canvas, point, hand, read):
    before = canvas.map.props["src"]
    point("down", (0.1, 0.1))
    point("move", (0.5, 0.1), (0.9, 0.1))
    assert hand.state.scene.label.any() and canvas.map.props["src"] == before
    point("up", (0.9, 0.5))
    np.testing.assert_array_equal(read(canvas.map.props["src"]), hand.state.scene.label)


def test_a_second_finger_leaves_what_the_first_began(canvas, point, flat):
    before = flat.now
    point("down", (0.2, 0.2))
    point("move", (0.6, 0.6))
    assert flat.now is not before
    point("leave", (0, 0))
    assert flat.now is before and flat.history.settled and not flat.can_go(1)


def test_nonsense_and_looking_change_nothing(canvas, point, hand, fire):
    before = hand.state.now
    fire(canvas.sheet, "pointermove", {"kind": "down", "places": [["x", 1]], "width": 1})
    point("move", (0.5, 0.5))
    point("up", (0.5, 0.5))
    hand.tools.choose(PAN)
    point("down", (0.5, 0.5))
    point("up", (0.5, 0.9))
    assert hand.state.now is before


def test_a_selection_has_an_outline_and_a_polygon_its_corners(canvas, point, hand, read, flat):
    flat.edit(Area(((0.21, 0.21), (0.6, 0.6)), 2))
    assert not canvas.outline.visible
    hand.tools.choose(SELECT)
    point("down", (0.4, 0.4))
    point("up", (0.4, 0.4))
    assert canvas.outline.visible
    edge = read(canvas.outline.props["src"]) > 0
    assert edge.any() and not (edge & (flat.scene.label != 2)).any()
    hand.tools.choose(POLYGON)
    point("down", (0.1, 0.1))
    assert "circle" in canvas.guide.content
    hand.tools.choose(SELECT)
    assert "circle" not in canvas.guide.content


def test_objects_of_a_class_that_touch_have_a_seam(canvas, flat, read):
    label, instance = np.ones([16, 24], np.uint8), np.full([16, 24], 1000, np.int32)
    instance[:, 12:] = 1001
    flat.begin(Scene(label, instance))
    seam = read(canvas.seams.props["src"]) > 0
    assert canvas.seams.visible and seam[:, 11].all() and seam.sum() == 16
    flat.begin(Scene(label))
    assert not canvas.seams.visible


def test_keys_reach_it_and_the_pointer_takes_the_cross_away(canvas, fire, point):
    fire(canvas.view, "keydown", {"key": "ArrowLeft", "shift": False})
    assert "cursor" in canvas.guide.content
    point("down", (0.5, 0.5))
    assert "cursor" not in canvas.guide.content


def test_a_stroke_by_keys_is_seen_while_it_is_drawn(canvas, fire, hand):
    """Nobody draws it ahead in the browser."""
    for key in (" ", "ArrowRight", "ArrowRight"):
        before = canvas.map.props["src"]
        fire(canvas.view, "keydown", {"key": key, "shift": True})
        assert canvas.map.props["src"] != before and hand.gesture is not None


def test_the_picture_lies_under_the_map(canvas, elements, fire):
    canvas.lay_under("data:image/png;base64,AAAA")
    assert "src" not in canvas.under.props  # nobody can see it
    fire(elements("input")[-1], "input", 30)
    assert canvas.map.style["opacity"] == "0.3"
    assert canvas.under.props["src"].endswith("AAAA")
    canvas.lay_under("data:image/png;base64,BBBB")
    assert canvas.under.props["src"].endswith("BBBB")
