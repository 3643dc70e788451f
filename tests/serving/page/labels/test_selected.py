import numpy as np
import pytest

from serving.page.labels.edits import Area
from serving.page.labels.selected import NOTHING, Selected
from serving.page.labels.tools import SELECT
from serving.scene import Scene

INSIDE = (0.3, 0.3)


@pytest.fixture
def selected(hand, flat, voice):
    flat.edit(Area(((0.21, 0.21), (0.4, 0.4)), 2))
    return Selected(hand, voice)


@pytest.fixture
def press(selected, fire):
    def press(name):
        fire(getattr(selected, f"_{name}"), "click")

    return press


def test_without_a_selection_nothing_can_be_done(selected, press, flat):
    before = flat.now
    assert selected._hint.text == NOTHING
    assert not any(b.enabled for b in (selected._relabel, selected._delete, selected._copy))
    for name in ("relabel", "delete", "copy", "paste"):
        press(name)
    assert flat.now is before and flat.clip is None


def test_the_selected_object_gets_the_chosen_class_or_is_deleted(selected, press, flat, voice):
    flat.select(INSIDE)
    assert selected._hint.text == "Selected: right bank"
    assert selected._relabel.text == "Make it left bank"
    press("relabel")
    assert voice.said[-1] == "right bank is left bank now" and not (flat.scene.label == 2).any()
    press("delete")
    assert not flat.scene.label.any() and flat.selected is None


def test_a_copy_is_pasted_aside_or_into_another_map(selected, press, flat, voice, hand):
    flat.select(INSIDE)
    press("copy")
    press("paste")
    count = (flat.scene.label == 2).sum()
    assert hand.tools.tool == SELECT and flat.selection().any()
    assert voice.said[-1] == "Pasted: right bank; drag it where it belongs"
    assert count > flat.clip.mask.sum()
    flat.begin(Scene(np.zeros([6, 8], np.uint8)))
    flat.clip = type(flat.clip)(flat.clip.mask[:2, :2], (100, 100), 2)
    press("paste")
    assert (flat.scene.label == 2).sum() == 4 and voice.complaints == []


def test_a_copy_dragged_away_leaves_what_it_is_of_as_it_was(selected, press, flat, hand):
    original = flat.scene.label == 2
    flat.select(INSIDE)
    press("copy")
    press("paste")
    assert (flat.scene.label[original] == 2).all()
    assert (flat.scene.label == 2).sum() == 2 * original.sum()
    place = flat.selected
    hand.down(place)
    hand.move([(place[0], place[1] + 0.1)])
    hand.up()
    assert (flat.scene.label[original] == 2).all()


def test_what_can_not_be_pasted_is_said(selected, press, flat, voice, monkeypatch):
    from serving.page.labels import state

    flat.select(INSIDE)
    press("copy")
    monkeypatch.setattr(state, "MOST_EDITS", -1)
    press("paste")
    press("relabel")
    assert len(voice.complaints) == 2
