import numpy as np

from input_pipeline.faces.traits import measured
from serving.page.landmarks.desk import Desk
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.sliders import LABELS, NO_LANDMARKS, NO_SHAPES, Sliders


def hints(elements):
    return [each.text for each in elements("div") if "hint" in each.classes and each.visible]


def test_every_trait_has_a_name_for_people(face):
    assert {*measured(face[None])} == {*LABELS}


def test_a_slider_changes_the_face_and_its_release_is_a_step(
    studio, shapes, voice, on_page, elements, fire
):
    def visit():
        desk = Desk(studio)
        Sliders(desk, voice)
        inputs = {each.props["aria-label"]: each for each in elements("input")}
        assert len(inputs) == len(shapes.names) and hints(elements) == []
        for value in (0.5, 2.0):
            fire(inputs["Smile"], "input", value)
        fire(inputs["Smile"], "change")
        direction = shapes.directions[shapes.names.index("smile")]
        np.testing.assert_allclose(desk.now.landmarks, shapes.mean + 2 * direction)
        assert voice.said == ["Smile: 2"]
        desk.go(-1)
        assert desk.now.landmarks is shapes.mean
        assert inputs["Smile"].props["value"] == 0

    on_page(visit)


def test_all_go_to_0_in_one_step_and_what_was_dragged_stays(
    studio, shapes, voice, on_page, elements, fire
):
    def visit():
        desk = Desk(studio)
        Sliders(desk, voice)
        (reset,) = elements("q-btn")
        desk.put(desk.example("Surprised").moved(8, (0.5, 0.9)))
        before, wanted = desk.now, shapes.mean.copy()
        wanted[8] += before.landmarks[8] - desk.example("Surprised").landmarks[8]
        fire(reset, "click")
        np.testing.assert_allclose(desk.now.landmarks, wanted)
        assert {*desk.now.sliders.values()} == {0} and voice.said == ["All sliders are at 0"]
        assert all(float(each.props["value"]) == 0 for each in elements("input"))
        assert desk.go(-1) and desk.now is before
        desk.put(Drawing())
        assert not reset.visible

    on_page(visit)


def test_where_there_is_nothing_to_change_it_says_why(studio, voice, on_page, elements):
    def visit():
        desk = Desk(studio)
        sliders = Sliders(desk, voice)
        desk.put(Drawing())
        assert hints(elements) == [NO_LANDMARKS]
        desk.choose("plain")
        sliders.build()
        assert hints(elements) == [NO_SHAPES] and not elements("input")

    on_page(visit)
