import numpy as np

from input_pipeline.faces import traits
from serving.page.landmarks.desk import EXAMPLES, Desk
from serving.page.landmarks.sketch import Drawing


def test_it_begins_with_the_mean_face_or_with_nothing(studio, shapes):
    desk = Desk(studio)
    np.testing.assert_array_equal(desk.now.landmarks, shapes.mean)
    assert desk.mask().shape == (16, 16) and desk.mask().any()
    studio.models.reverse()
    assert Desk(studio).now.landmarks is None
    assert Desk(studio).examples() == []


def test_examples_look_as_they_are_called(studio, shapes):
    desk = Desk(studio)
    found = {name: desk.example(name) for name in desk.examples()}
    assert [*found] == [*EXAMPLES]
    mean = traits.measured(shapes.mean[None])
    seen = {name: traits.measured(each.landmarks[None]) for name, each in found.items()}
    assert seen["Turned left"]["turn"] < mean["turn"] < seen["Turned right"]["turn"]
    assert seen["Laughing"]["smile"] > mean["smile"]
    assert seen["Surprised"]["mouth_open"] > mean["mouth_open"]
    assert seen["Narrow"]["width"] < mean["width"]
    assert found["Narrow"].sliders == EXAMPLES["Narrow"]


def test_listeners_hear_of_each_change_once(studio):
    desk, heard = Desk(studio), []
    desk.listeners.append(lambda: heard.append(desk.history.settled))
    desk.change(Drawing())
    desk.keep()
    desk.keep()  # nothing new
    desk.put(Drawing())
    desk.go(-1)
    assert heard == [False, True, True, True]


def test_put_is_one_step_even_in_the_middle_of_another(studio):
    desk = Desk(studio)
    begun, half, other = desk.now, Drawing(), Drawing()
    desk.change(half)
    desk.put(other)
    assert desk.go(-1) and desk.now is half
    assert desk.go(-1) and desk.now is begun
    assert not desk.go(-1)


def test_new_faces_are_the_rest_of_the_cast_then_others_and_the_own_one_stays(studio):
    desk = Desk(studio)
    assert (desk.seeds, desk.mine) == ([*range(1, 9)], 1)
    desk.make_mine(3)
    desk.renew()
    assert desk.seeds == [*range(9, 17)] and desk.mine == 3
    desk.renew()
    assert desk.seeds == [0, *range(17, 24)] and desk.mine == 3


def test_of_three_ends_the_first_one_goes(studio):
    desk = Desk(studio)
    for seed in (4, 2, 7):
        desk.blend(seed, True)
    assert desk.ends == [2, 7]
    desk.blend(2, False)
    assert desk.ends == [7]


def test_another_model_goes_on_with_the_drawing(studio):
    desk = Desk(studio)
    desk.put(desk.example("Laughing"))
    landmarks = desk.now.landmarks
    desk.choose("plain")
    assert desk.version.name == "plain" and desk.shapes is None
    assert desk.now.landmarks is landmarks and desk.now.sliders == {}


def test_another_model_has_other_people(studio):
    desk, plain = Desk(studio), studio.models.get("plain")
    plain.cast = (7, 70)
    desk.renew()
    desk.make_mine(12)
    desk.blend(12, True)
    desk.choose("plain")
    assert desk.seeds == [7, 70, *range(6)]
    assert (desk.mine, desk.ends) == (7, [])
    desk.renew()
    assert desk.seeds == [6, *range(8, 15)]
