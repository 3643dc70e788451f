import pytest

from serving.page.gestures import Gesture, parsed

SOUND = {"kind": "move", "places": [[0.25, 1], [-0.5, 0.75]], "width": 320}


def test_a_message_of_the_browsers_is_read():
    assert parsed(SOUND) == Gesture("move", [(0.25, 1.0), (-0.5, 0.75)], 320.0)
    assert parsed({**SOUND, "kind": "leave"}).kind == "leave"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "jump"},
        {"kind": ["move"]},
        {"places": []},
        {"places": [[0.5]]},
        {"places": [["a", "b"]]},
        {"places": [[1e9, 0]]},
        {"places": [[float("nan"), 0]]},
        {"places": 3},
        {"width": 0},
        {"width": None},
    ],
)
def test_any_other_is_not(change):
    assert parsed({**SOUND, **change}) is None


@pytest.mark.parametrize("message", [None, [], "move", {}])
def test_no_message_at_all_is_not(message):
    assert parsed(message) is None
