import base64
import io

import numpy as np
import pytest
from PIL import Image

from serving.page.landmarks.canvas import FAR, Canvas, svg
from serving.page.landmarks.desk import Desk
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.tools import DRAW, ERASE, HINTS, KEYS, MOVE, NO_POINTS, Tools

SIDE, WIDTH = 16, 320
CHIN = 8


@pytest.fixture
def drawn_on(studio, voice, on_page, fire):
    """Runs a function with a canvas, and another that moves a pointer over it."""

    def run(work):
        def visit():
            desk = Desk(studio)
            canvas = Canvas(desk, Tools(desk, voice), voice)

            def point(kind, *places):
                message = {"kind": kind, "places": [[*place] for place in places], "width": WIDTH}
                fire(canvas.picture, "pointermove", message)

            work(canvas, point)

        on_page(visit)

    return run


def press(fire, canvas, key, shift=False, kind="keydown"):
    fire(canvas.picture, kind, {"kind": kind, "key": key, "shift": shift})


def shown(canvas):
    content = base64.b64decode(canvas.picture.props["src"].partition("base64,")[2])
    return np.asarray(Image.open(io.BytesIO(content))) > 0


def test_the_mask_is_shown(drawn_on):
    def work(canvas, _):
        np.testing.assert_array_equal(shown(canvas), canvas.desk.mask())
        canvas.desk.put(Drawing())
        assert not shown(canvas).any() and canvas.picture.content == ""

    drawn_on(work)


def test_a_drag_moves_the_landmark_that_was_grasped_as_far_as_the_hand(drawn_on, voice, shapes):
    def work(canvas, point):
        begun, aside = canvas.desk.now, np.array([0.01, 0.02])  # not quite on the landmark
        point("down", shapes.mean[CHIN] + aside)
        assert canvas.selected == CHIN and canvas.desk.now is begun
        point("move", (0.3, 0.3), shapes.mean[CHIN] + aside + (0.05, -0.1))
        assert not canvas.desk.history.settled
        point("up", shapes.mean[CHIN] + aside + (0.1, -0.1))
        wanted = shapes.mean.copy()
        wanted[CHIN] += (0.1, -0.1)
        np.testing.assert_allclose(canvas.desk.now.landmarks, wanted)
        assert voice.said == ["Landmark 9, chin, moved"]
        assert canvas.desk.go(-1) and canvas.desk.now is begun

    drawn_on(work)


def test_where_no_landmark_is_nothing_moves(drawn_on, voice):
    def work(canvas, point):
        begun = canvas.desk.now
        for kind in ("down", "move", "up"):
            point(kind, (0.02, 0.02))
        point("move", (0.5, 0.5))  # with no button down
        assert canvas.desk.now is begun and not voice.said

    drawn_on(work)


@pytest.mark.parametrize(
    "tool, erases, said", [(DRAW, False, "Line drawn"), (ERASE, True, "Erased")]
)
def test_a_stroke_goes_through_all_places(drawn_on, voice, tool, erases, said):
    def work(canvas, point):
        canvas.tools.tool, canvas.tools.size = tool, 2
        point("down", (0.1, 0.1))
        point("move", (0.2, 0.1), (0.3, 0.2))
        point("up", (0.4, 0.2))
        (stroke,) = canvas.desk.now.strokes
        assert stroke.points == ((0.1, 0.1), (0.2, 0.1), (0.3, 0.2), (0.4, 0.2))
        assert stroke.width == 2 / SIDE and stroke.erases == erases
        assert voice.said == [said]
        assert canvas.desk.go(-1) and not canvas.desk.now.strokes

    drawn_on(work)


def test_keys_choose_a_landmark_and_move_it(drawn_on, voice, fire, shapes):
    def work(canvas, _):
        for key in ("n", "]", "P", "["):
            press(fire, canvas, key)
        assert canvas.selected == 30 and voice.said[:2] == [
            "Landmark 32, nostrils, 1 of 5",
            "Landmark 33, nostrils, 2 of 5",
        ]
        for _ in range(2):  # a key that is held down
            press(fire, canvas, "ArrowRight")
        press(fire, canvas, "ArrowUp", shift=True)
        press(fire, canvas, "ArrowUp", kind="keyup")
        offset = canvas.desk.now.landmarks[30] - shapes.mean[30]
        np.testing.assert_allclose(offset, (2 / SIDE, -FAR / SIDE))
        assert voice.said[-1] == "Landmark 31, nose tip, moved"
        assert "nose tip" in canvas.picture.props["aria-label"]
        assert canvas.desk.go(-1) and canvas.desk.now.landmarks is shapes.mean

    drawn_on(work)


def test_keys_do_nothing_where_there_are_no_landmarks(drawn_on, fire):
    def work(canvas, _):
        canvas.desk.put(Drawing())
        begun = canvas.desk.now
        for key in ("n", "ArrowUp"):
            press(fire, canvas, key)
        assert canvas.desk.now is begun

    drawn_on(work)


def test_the_hint_is_about_what_can_be_done(drawn_on, elements):
    def work(canvas, _):
        def hints():
            return [e.text for e in elements("div") if "hint" in e.classes and e.visible]

        assert hints() == [HINTS[MOVE], KEYS]
        canvas.desk.put(Drawing())
        assert hints() == [NO_POINTS]
        canvas.tools.tool = DRAW
        canvas.show()
        assert hints() == [HINTS[DRAW]]

    drawn_on(work)


def test_lines_and_handles_stand_where_the_landmarks_do(face):
    plain = svg(Drawing(face), 64, None)
    assert plain.count("<polyline") == 5 and plain.count("<polygon") == 4
    assert f"{face[0, 0] * 64:.2f},{face[0, 1] * 64:.2f} " in plain and "<circle" not in plain
    handles = svg(Drawing(face), 64, CHIN)
    assert handles.count('class="handle"') == 67 and handles.count('class="chosen"') == 1
    x, y = face[CHIN] * 64
    assert f'class="chosen" cx="{x:.2f}" cy="{y:.2f}"' in handles


def test_a_tool_hides_the_handles(drawn_on):
    def work(canvas, _):
        assert canvas.tools.tool == MOVE and "circle" in canvas.picture.content
        canvas.tools.tool = DRAW
        canvas.show()
        assert "circle" not in canvas.picture.content

    drawn_on(work)
