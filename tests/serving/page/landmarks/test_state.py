import numpy as np

from input_pipeline.faces import traits
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.state import EXAMPLES, State


def test_it_begins_with_the_mean_face_or_with_nothing(studio, state, shapes):
    np.testing.assert_array_equal(state.now.landmarks, shapes.mean)
    assert state.mask().shape == (16, 16) and state.mask().any()
    plain = State(studio, "plain")
    assert plain.now.landmarks is None and plain.examples() == []


def test_examples_look_as_they_are_called(state, shapes):
    drawings = {name: state.example(name) for name in state.examples()}
    assert [*drawings] == [*EXAMPLES]
    mean = traits.measured(shapes.mean[None])
    seen = {name: traits.measured(each.landmarks[None]) for name, each in drawings.items()}
    assert seen["Turned left"]["turn"] < mean["turn"] < seen["Turned right"]["turn"]
    assert seen["Laughing"]["smile"] > mean["smile"]
    assert seen["Surprised"]["mouth_open"] > mean["mouth_open"]
    assert seen["Narrow"]["width"] < mean["width"]
    assert drawings["Narrow"].sliders == EXAMPLES["Narrow"]


def test_new_faces_are_the_rest_of_the_cast_then_others_and_the_own_one_stays(state):
    assert (state.seeds, state.mine) == ([*range(1, 9)], 1)
    state.make_mine(3)
    state.renew()
    assert state.seeds == [*range(9, 17)] and state.mine == 3
    state.renew()
    assert state.seeds == [0, *range(17, 24)] and state.mine == 3


def test_of_three_ends_the_first_one_goes(state):
    for seed in (4, 2, 7):
        state.blend(seed, True)
    assert state.ends == [2, 7]
    state.blend(2, False)
    assert state.ends == [7]


def test_listeners_hear_of_every_change(state):
    heard = []
    state.listeners.append(lambda: heard.append(True))
    changes = (
        lambda: state.history.put(Drawing()),
        lambda: state.make_mine(3),
        lambda: state.blend(3, True),
        state.renew,
        lambda: state.choose("plain"),
    )
    for change in changes:
        heard.clear()
        change()
        assert heard == [True]


def test_another_model_goes_on_with_the_drawing_and_has_other_people(studio, state):
    studio.models.get("plain").cast = (7, 70)
    state.history.put(state.example("Laughing"))
    landmarks = state.now.landmarks
    state.renew()
    state.make_mine(12)
    state.blend(12, True)
    state.choose("plain")
    assert state.version.name == "plain" and state.shapes is None
    assert state.now.landmarks is landmarks and state.now.sliders == {}
    assert state.seeds == [7, 70, *range(6)]
    assert (state.mine, state.ends) == (7, [])
    state.renew()
    assert state.seeds == [6, *range(8, 15)]
