import numpy as np
import pytest

from serving.page.landmarks.canvas import FAR, Canvas
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.tools import DRAW, ERASE, HINTS, KEYS, MOVE, NO_POINTS, Tools

SIDE, WIDTH = 16, 320
CHIN, NOSE_TIP = 8, 30


@pytest.fixture
def canvas(page, state, voice):
    return Canvas(state, Tools(state, voice), voice)


@pytest.fixture
def point(canvas, fire):
    """Moves a pointer over it: `point("move", (0.5, 0.5), (0.6, 0.5))`."""

    def send(kind, *places):
        message = {"kind": kind, "places": [[*place] for place in places], "width": WIDTH}
        fire(canvas.picture, "pointermove", message)

    return send


@pytest.fixture
def press(canvas, fire):
    def send(key, shift=False, kind="keydown"):
        fire(canvas.picture, kind, {"kind": kind, "key": key, "shift": shift})

    return send


def test_the_mask_is_shown(canvas, state, read):
    np.testing.assert_array_equal(read(canvas.picture.props["src"]) > 0, state.mask())
    state.history.put(Drawing())
    assert not read(canvas.picture.props["src"]).any() and canvas.picture.content == ""


def test_a_drag_moves_the_landmark_that_was_grasped_as_far_as_the_hand(
    canvas, state, point, voice, shapes
):
    begun, aside = state.now, np.array([0.01, 0.02])  # not quite on the landmark
    point("down", shapes.mean[CHIN] + aside)
    assert canvas.selected == CHIN and state.now is begun
    point("move", (0.3, 0.3), shapes.mean[CHIN] + aside + (0.05, -0.1))
    assert not state.history.settled
    point("up", shapes.mean[CHIN] + aside + (0.1, -0.1))
    wanted = shapes.mean.copy()
    wanted[CHIN] += (0.1, -0.1)
    np.testing.assert_allclose(state.now.landmarks, wanted)
    assert voice.said == ["Landmark 9, chin, moved"]
    assert state.history.go(-1) and state.now is begun


def test_where_no_landmark_is_nothing_moves(state, point, voice):
    begun = state.now
    for kind in ("down", "move", "up"):
        point(kind, (0.02, 0.02))
    point("move", (0.5, 0.5))  # with no button down
    assert state.now is begun and not voice.said


@pytest.mark.parametrize(
    "tool, erases, said", [(DRAW, False, "Line drawn"), (ERASE, True, "Erased")]
)
def test_a_stroke_goes_through_all_places(canvas, state, point, voice, tool, erases, said):
    canvas.tools.tool, canvas.tools.size = tool, 2
    point("down", (0.1, 0.1))
    point("move", (0.2, 0.1), (0.3, 0.2))
    point("up", (0.4, 0.2))
    (stroke,) = state.now.strokes
    assert stroke.points == ((0.1, 0.1), (0.2, 0.1), (0.3, 0.2), (0.4, 0.2))
    assert stroke.width == 2 / SIDE and stroke.erases == erases
    assert voice.said == [said]
    assert state.history.go(-1) and not state.now.strokes


def test_keys_choose_a_landmark_and_move_it(canvas, state, press, voice, shapes):
    for key in ("n", "]", "P", "["):
        press(key)
    assert canvas.selected == NOSE_TIP and voice.said[:2] == [
        "Landmark 32, nostrils, 1 of 5",
        "Landmark 33, nostrils, 2 of 5",
    ]
    for _ in range(2):  # a key that is held down
        press("ArrowRight")
    press("ArrowUp", shift=True)
    press("ArrowUp", kind="keyup")
    offset = state.now.landmarks[NOSE_TIP] - shapes.mean[NOSE_TIP]
    np.testing.assert_allclose(offset, (2 / SIDE, -FAR / SIDE))
    assert voice.said[-1] == "Landmark 31, nose tip, moved"
    assert "nose tip" in canvas.picture.props["aria-label"]
    assert state.history.go(-1) and state.now.landmarks is shapes.mean


def test_keys_do_nothing_where_there_are_no_landmarks(state, press):
    state.history.put(Drawing())
    begun = state.now
    for key in ("n", "ArrowUp"):
        press(key)
    assert state.now is begun


def test_hint_and_handles_are_for_what_can_be_done(canvas, state, elements):
    def hints():
        return [hint.text for hint in elements("div", "hint") if hint.visible]

    assert hints() == [HINTS[MOVE], KEYS] and "circle" in canvas.picture.content
    canvas.tools.tool = DRAW
    canvas.show()
    assert "line" in canvas.picture.content and "circle" not in canvas.picture.content
    state.history.put(Drawing())
    assert hints() == [HINTS[DRAW]]
    canvas.tools.tool = MOVE
    canvas.show()
    assert hints() == [NO_POINTS]
