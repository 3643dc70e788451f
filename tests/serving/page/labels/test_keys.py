import numpy as np
import pytest

from serving.page.labels.keys import Keys
from serving.page.labels.tools import AREA, BRUSH, FILL, LINE, POLYGON, SELECT, SHORT
from tests.serving.page.labels.test_hand import block


@pytest.fixture
def keys(hand):
    return Keys(hand)


@pytest.fixture
def press(keys, hand):
    """`press("Right 3, Space, Right 2")`: names of keys, how often, with the size of a pixel."""

    def press(text):
        hand.tools.size = 1
        for each in text.split(", "):
            name, _, count = each.partition(" ")
            shift = name.startswith("^")
            name = name.lstrip("^")
            key = {"Space": " ", "Right": "ArrowRight", "Left": "ArrowLeft"}.get(name, name)
            key = {"Up": "ArrowUp", "Down": "ArrowDown"}.get(key, key)
            for _ in range(int(count or 1)):
                keys.typed(key, shift)
        return hand.state.scene.label

    return press


def test_a_stroke_by_arrow_keys(press, hand, voice):
    """The cross begins in the middle, at row 8 and column 12."""
    label = press("Right, Left, Space, Right 3, Down 2, Space, Right 5")
    np.testing.assert_array_equal(label, block(8, slice(12, 16)) | block(slice(8, 11), 15))
    assert hand.state.history.settled and voice.said == ["Painted: left bank"]
    assert voice.whispered[0] == "column 13, row 8, sky" and "pen down" in voice.whispered
    assert hand.state.go(-1) and not hand.state.scene.label.any()


def test_the_cross_stays_on_the_map_and_shift_goes_ten(keys, press):
    press("^Left 9, ^Up 9")
    assert keys.cursor == pytest.approx((0.5 / 24, 0.5 / 16))
    press("^Right")
    assert keys.cursor == pytest.approx((10.5 / 24, 0.5 / 16))


def test_enter_is_a_click(press, hand):
    np.testing.assert_array_equal(press("Enter"), block(8, 12))
    press("Up 3, p, Enter, Right 6, Enter, Down 6, Enter")
    assert len(hand.corners) == 3
    label = press("Enter")
    assert not hand.corners and label[5, 12:19].all() and label[5:12, 18].all()


@pytest.mark.parametrize("key, wanted", [("l", block(8, slice(12, 16))), ("r", None)])
def test_lines_and_rectangles_have_two_corners(press, key, wanted):
    label = press(f"{key}, Enter, Right 3, Enter")
    np.testing.assert_array_equal(label, block(8, slice(12, 16)))
    if wanted is None:
        label = press("Enter, Down 2, Left 2, Space")
        np.testing.assert_array_equal(label[8:11, 13:16], 1)


def test_an_object_is_selected_carried_and_deleted(press, hand, voice):
    press("Enter, s, Enter")
    assert hand.state.selected is not None
    label = press("Space, Right 4, Up 2, Space")
    np.testing.assert_array_equal(label, block(6, 16))
    assert voice.said[-1] == "Moved: left bank"
    assert not press("Delete").any()
    press("Enter, Escape")
    assert hand.state.selected is None


def test_escape_leaves_what_is_begun(press, hand):
    assert not press("Space, Right 4, Escape").any()
    assert not hand.state.can_go(1) and hand.gesture is None
    press("p, Enter, Right, Enter, Escape")
    assert not hand.corners


def test_letters_choose_tools_and_brackets_the_size(keys, hand, voice):
    assert [*SHORT.values()][:2] == [BRUSH, "Erase"] and len({*SHORT.values()}) == 9
    for key, tool in (("f", FILL), ("L", LINE), ("r", AREA), ("p", POLYGON), ("s", SELECT)):
        keys.typed(key, False)
        assert hand.tools.tool == tool and voice.said[-1] == tool
    hand.tools.size = 3
    for key in "]][":
        keys.typed(key, False)
    assert hand.tools.size == 4 and voice.said[-1] == "Brush size 4"
    keys.typed("x", False)
