import numpy as np
import pytest

from input_pipeline.faces.traits import measured
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.sliders import LABELS, NO_LANDMARKS, NO_SHAPES, Sliders


@pytest.fixture
def sliders(page, state, voice):
    return Sliders(state, voice)


@pytest.fixture
def hints(elements):
    return lambda: [hint.text for hint in elements("div", "hint") if hint.visible]


def test_every_trait_has_a_name_for_people(face):
    assert {*measured(face[None])} == {*LABELS}


def test_a_slider_changes_the_face_and_its_release_is_a_step(
    sliders, state, shapes, voice, elements, hints, fire
):
    inputs = {each.props["aria-label"]: each for each in elements("input")}
    assert len(inputs) == len(shapes.names) and hints() == []
    for value in (0.5, 2.0):
        fire(inputs["Smile"], "input", value)
    fire(inputs["Smile"], "change")
    direction = shapes.directions[shapes.names.index("smile")]
    np.testing.assert_allclose(state.now.landmarks, shapes.mean + 2 * direction)
    assert voice.said == ["Smile: 2"]
    state.history.go(-1)
    assert state.now.landmarks is shapes.mean
    assert inputs["Smile"].props["value"] == 0


def test_all_go_to_0_in_one_step_and_what_was_dragged_stays(
    sliders, state, shapes, voice, elements, fire
):
    (reset,) = elements("q-btn")
    state.history.put(state.example("Surprised").moved(8, (0.5, 0.9)))
    before, wanted = state.now, shapes.mean.copy()
    wanted[8] += before.landmarks[8] - state.example("Surprised").landmarks[8]
    fire(reset, "click")
    np.testing.assert_allclose(state.now.landmarks, wanted)
    assert {*state.now.sliders.values()} == {0} and voice.said == ["All sliders are at 0"]
    assert all(float(each.props["value"]) == 0 for each in elements("input"))
    assert state.history.go(-1) and state.now is before
    state.history.put(Drawing())
    assert not reset.visible


def test_where_there_is_nothing_to_change_it_says_why(sliders, state, elements, hints):
    state.history.put(Drawing())
    assert hints() == [NO_LANDMARKS]
    state.choose("plain")
    sliders.build()
    assert hints() == [NO_SHAPES] and not elements("input")
