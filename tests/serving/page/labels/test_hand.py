import numpy as np
import pytest

from serving.page.labels.tools import (
    AREA,
    BRUSH,
    ERASE,
    FILL,
    HINTS,
    LINE,
    PAN,
    PICK,
    POLYGON,
    SELECT,
)

HEIGHT, WIDTH = 16, 24


def at(row, column):
    return (column + 0.5) / WIDTH, (row + 0.5) / HEIGHT


@pytest.fixture
def use(hand):
    """Does something with a tool of one pixel's width: `use(LINE, (1, 2), (1, 9))`."""

    def use(tool, first, *others):
        hand.tools.tool, hand.tools.size = tool, 1
        hand.down(at(*first))
        hand.move([at(*each) for each in others])
        hand.up()
        return hand.state.scene.label

    return use


def block(rows, columns, label=1):
    wanted = np.zeros([HEIGHT, WIDTH], np.uint8)
    wanted[rows, columns] = label
    return wanted


@pytest.mark.parametrize(
    "tool, wanted",
    [
        (BRUSH, block(3, slice(2, 10)) | block(slice(3, 8), 9)),
        (LINE, None),
        (AREA, block(slice(3, 8), slice(2, 10))),
    ],
)
def test_what_is_dragged_is_one_step(use, hand, voice, tool, wanted):
    label = use(tool, (3, 2), (3, 9), (7, 9))
    if wanted is None:  # from the first place to the last one, a pixel in each column
        assert (label.sum(0) == ([0] * 2 + [1] * 8 + [0] * 14)).all()
        assert label[3, 2] == label[7, 9] == 1
    else:
        np.testing.assert_array_equal(label, wanted)
    assert voice.said == ["Painted: left bank"] and hand.state.history.settled
    assert hand.state.go(-1) and not hand.state.scene.label.any()


def test_a_stroke_is_seen_before_it_ends(hand):
    hand.tools.size = 1
    hand.down(at(2, 2))
    hand.move([at(2, 5)])
    assert not hand.state.history.settled
    np.testing.assert_array_equal(hand.state.scene.label, block(2, slice(2, 6)))
    hand.move([at(2, 7)])
    hand.leave()
    assert not hand.state.scene.label.any() and hand.gesture is None


def test_erasing_paints_the_first_class(use, voice):
    use(AREA, (2, 2), (8, 8))
    label = use(ERASE, (4, 0), (4, 20))
    assert not label[4].any() and label.any() and voice.said[-1] == "Erased"


def test_a_polygon_ends_at_its_first_corner(hand, use):
    for corner in ((2, 2), (2, 12), (10, 12)):
        use(POLYGON, corner)
    assert len(hand.corners) == 3 and not hand.state.scene.label.any()
    hand.down((at(2, 2)[0] + 0.01, at(2, 2)[1]), near=0.02)
    label = hand.state.scene.label
    assert not hand.corners and label[2, 2:13].all() and label[2:11, 12].all()
    assert not label[10, 2:8].any()
    use(POLYGON, (1, 1))
    hand.close()  # of one corner there is none
    assert not hand.corners and hand.state.scene.label is label


def test_filling_picking_selecting_and_moving(use, hand, voice):
    use(AREA, (2, 2), (5, 5))
    hand.state.label = 2
    np.testing.assert_array_equal(use(FILL, (3, 3)), block(slice(2, 6), slice(2, 6), 2))
    hand.state.label = 1
    use(PICK, (3, 3))
    assert hand.state.label == 2 and voice.said[-1] == "Class: right bank"
    np.testing.assert_array_equal(
        use(SELECT, (3, 3), (6, 13)), block(slice(5, 9), slice(12, 16), 2)
    )
    assert voice.said[-1] == "Moved: right bank"
    np.testing.assert_array_equal(hand.state.selection(), hand.state.scene.label == 2)
    before = hand.state.now
    use(SELECT, (6, 13))  # a click alone moves nothing
    assert hand.state.now is before
    hand.remove()
    assert not hand.state.scene.label.any() and voice.said[-1] == "Deleted: right bank"
    hand.remove()
    assert voice.complaints == []


def test_what_is_impossible_is_said(use, hand, voice, monkeypatch):
    from serving.page.labels import state

    monkeypatch.setattr(state, "MOST_EDITS", -1)
    for tool in (BRUSH, AREA, FILL):
        use(tool, (3, 3), (4, 4))
    use(SELECT, (3, 3), (4, 4))
    assert len(voice.complaints) >= 4 and "changed very often" in voice.complaints[0]
    assert hand.state.history.settled


def test_every_tool_but_the_one_for_looking_was_tried():
    used = {BRUSH, LINE, AREA, ERASE, POLYGON, FILL, PICK, SELECT}
    assert {*HINTS} == used | {PAN}
