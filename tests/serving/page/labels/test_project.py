import base64
import json

import numpy as np
import pytest

from interface import pictures
from interface.command_line import UserError
from serving.page.labels import project
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
    state.edit(Filled((0.9, 0.9), 1))
    state.go(-1)
    state.seed = 12
    scenes = []
    other = State(label_studio, "clusters")
    other.restore(*project.opened(project.saved(state), other))
    assert other.seed == 12
    np.testing.assert_array_equal(other.now.reference.photo, PHOTO)
    for by in (0, 1, 1, -1, -1, -1, -1):
        for each in (state, other):
            each.go(by) if by else None
        scenes.append(state.scene)
        np.testing.assert_array_equal(state.scene.label, other.scene.label)
        np.testing.assert_array_equal(state.scene.instance, other.scene.instance)
        assert state.scene.styles == other.scene.styles
        if not state.can_go(by or 1):
            break
    assert other.scene.instance.max() == 255_999


def test_a_map_without_anything_else_is_a_project_too(state, label_studio):
    told = json.loads(project.saved(state))
    assert told["photo"] is told["instances"] is None and told["edits"] == []
    drawings, at, seed = project.opened(project.saved(state), State(label_studio, "free"))
    assert (len(drawings), at, seed) == (1, 0, 0)


def test_one_of_other_classes_is_refused(state):
    told = {**json.loads(project.saved(state)), "classes": ["a", "b"]}
    with pytest.raises(UserError, match="project: of other classes than free paints"):
        project.opened(json.dumps(told).encode(), state)


def test_anything_else_is_refused_in_one_line(state):
    state.edit(Filled((0.5, 0.5), 1))
    state.copy_style(Reference(PHOTO, LABELS))
    told = json.loads(project.saved(state))
    nonsense = ("x", -1, 2**70, [], [[]], {}, True, "AAAA", [None], 1.5)
    others = [{**told, name: value} for name in told for value in nonsense]
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
