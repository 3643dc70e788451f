import base64
import json

import numpy as np
import pytest

from interface import pictures
from interface.command_line import UserError
from serving.page.labels import project
from serving.page.labels import state as states
from serving.page.labels.edits import Area, Filled, Styled
from serving.page.labels.state import State
from serving.scene import Reference, Scene
from tests.serving.page.labels.conftest import LABELS

PHOTO = np.random.default_rng(0).integers(0, 256, [*LABELS.shape, 3], np.uint8)
NUMBERS = np.where(LABELS == 2, 255_999, LABELS.astype(np.int32))


def test_a_project_brings_back_map_style_seed_and_all_that_can_be_undone(state_of, label_studio):
    state = state_of("clusters")
    state.begin(Scene(LABELS, NUMBERS), Reference(PHOTO, LABELS))
    state.edit(Area(((0.1, 0.1), (0.4, 0.4)), 1, own=True))
    state.edit(Styled(1000, 1, 2))
    state.edit(Filled((0.9, 0.9), (int(LABELS[14, 21]) + 1) % 3))
    state.choose_seed(12)
    state.keeps_photo = False
    state.go(-1)
    other = State(label_studio, "clusters")
    brought = project.opened(project.saved(state), other)
    assert (brought.model, brought.keeps_photo) == ("clusters", False)
    other.restore(brought.drawings, brought.at)
    assert other.seed == 0 and other.can_go(1) and other.now.own
    np.testing.assert_array_equal(other.now.reference.photo, PHOTO)
    for by in (0, 1, -1, -1, -1, -1):
        for each in (state, other):
            each.go(by) if by else None
        assert state.seed == other.seed == (12 if by == 1 else 0)
        np.testing.assert_array_equal(state.scene.label, other.scene.label)
        np.testing.assert_array_equal(state.scene.instance, other.scene.instance)
        assert state.scene.styles == other.scene.styles
    assert state.can_go(-1) and not other.can_go(-1)  # what was before the map began is not in it
    assert other.scene.instance.max() == 255_999


def test_a_map_without_anything_else_is_a_project_too(state, label_studio):
    told = json.loads(project.saved(state))
    assert told["instances"] is None and told["photos"] == told["steps"] == []
    brought = project.opened(project.saved(state), State(label_studio, "free"))
    assert (len(brought.drawings), brought.at, brought.drawings[0].seed) == (1, 0, 0)


def test_photos_whose_style_was_copied_are_steps(state_of, label_studio):
    state = state_of("editor")
    own, other = (Reference(photo, LABELS) for photo in (PHOTO, 255 - PHOTO))
    state.begin(Scene(LABELS), own)
    state.edit(Filled((0.9, 0.9), 1))
    state.copy_style(other)
    state.edit(Filled((0.1, 0.1), 2))
    state.copy_style(None)
    again = State(label_studio, "editor")
    brought = project.opened(project.saved(state), again)
    again.restore(brought.drawings, brought.at)
    seen = []
    for _ in range(5):
        reference = again.now.reference
        seen.append((None if reference is None else int(reference.photo[0, 0, 0]), again.now.own))
        np.testing.assert_array_equal(again.scene.label, state.scene.label)
        again.go(-1), state.go(-1)
    first = int(PHOTO[0, 0, 0])
    there = (255 - first, False)
    assert seen == [(None, False), there, there, (first, True), (first, True)]


def test_edits_that_can_not_be_undone_any_more_are_still_in_it(state, label_studio, monkeypatch):
    monkeypatch.setattr(states, "MOST_BYTES", 900)
    few = State(label_studio, "free")
    for number in range(12):
        few.edit(Area(((0.1, 0.1), (0.2 + number / 20, 0.9)), 1 + number % 2))
    assert len(few.history.kept[0]) < 5
    brought = project.opened(project.saved(few), few)
    state.restore(brought.drawings, brought.at)
    np.testing.assert_array_equal(state.scene.label, few.scene.label)


def test_one_of_other_classes_is_refused(state):
    told = {**json.loads(project.saved(state)), "classes": ["a", "b"]}
    with pytest.raises(UserError, match="project: of other classes than free paints"):
        project.opened(json.dumps(told).encode(), state)


def test_anything_else_is_refused_in_one_line(state):
    state.edit(Filled((0.5, 0.5), 1))
    state.copy_style(Reference(PHOTO, LABELS))
    state.choose_seed(3)
    told = json.loads(project.saved(state))
    nonsense = ("x", -1, 2**70, [], [[]], {}, True, "AAAA", [None], 1.5)
    fine = {("model", "x"), ("model", "AAAA"), ("keeps_photo", True)}
    others = [
        {**told, name: value}
        for name in told
        for value in nonsense
        if not isinstance(value, (str, bool)) or (name, value) not in fine
    ]
    lacking = [{key: told[key] for key in told if key != name} for name in told]
    for each in [*others, *lacking, {**told, "at": None}, {**told, "labels": None}]:
        with pytest.raises(UserError) as caught:
            project.opened(json.dumps(each).encode(), state)
        assert "\n" not in str(caught.value)
    for content in (b"", b"\xff\xfe", b"[" * 100_000, b"3", b"null"):
        with pytest.raises(UserError, match="project: wanted a file that this page has saved"):
            project.opened(content, state)
    foreign = base64.b64encode(pictures.png(np.full([4, 4], 9, np.uint8))).decode()
    with pytest.raises(UserError):  # an id of no class
        project.opened(json.dumps({**told, "labels": foreign}).encode(), state)


def test_a_map_that_was_begun_with_twice_is_the_course_that_one_is_on(state, label_studio):
    scene = Scene(LABELS)  # as an example's, which is the same each time
    for number in range(3):
        state.begin(scene)
        state.edit(Area(((0.1, 0.1), (0.3 + number / 5, 0.9)), 1 + number % 2))
        state.choose_seed(number)
    state.go(-1)
    state.go(-1)
    state.go(-1)  # the end of the second course
    again = State(label_studio, "free")
    brought = project.opened(project.saved(state), again)
    assert (len(brought.drawings), brought.at, brought.drawings[2].seed) == (3, 2, 1)
    again.restore(brought.drawings, brought.at)
    np.testing.assert_array_equal(again.scene.label, state.scene.label)
