import dataclasses

import pytest

from input_pipeline.label_maps import label_sets
from serving.about import About
from serving.page.desks import DESKS, desk_for, kind_of
from serving.page.labels.desk import LabelsDesk
from serving.page.landmarks.desk import LandmarksDesk
from serving.page.no_desk import NoDesk

PHOTOS = About(asks="photo", gives="labels", classes=label_sets.numbered(3))


@pytest.fixture
def studios(studio, label_studio):
    """By what their models ask for; each has two models or more of that kind."""
    return {"landmarks": studio, "labels": label_studio}


@pytest.mark.parametrize(
    "studio_of, model, wanted",
    [
        ("landmarks", "faces", LandmarksDesk),
        ("labels", "free", LabelsDesk),
        ("labels", "clusters", LabelsDesk),
        ("labels", "editor", LabelsDesk),
        ("labels", "telling", NoDesk),
        ("labels", "pictures", NoDesk),  # it has no classes to paint with
    ],
)
def test_a_model_gets_the_desk_for_what_it_asks(studios, voice, studio_of, model, wanted):
    assert type(desk_for(studios[studio_of], model, voice)) is wanted


def test_models_of_the_same_classes_share_a_desk(label_studio):
    kinds = {v.name: kind_of(v.about) for v in label_studio.models}
    assert kinds["free"] == kinds["editor"] == kinds["clusters"] != kinds["telling"]
    about = label_studio.models.get("free").about
    other = dataclasses.replace(about, classes=label_sets.numbered(3))
    assert kind_of(other) != kinds["free"]
    assert kind_of(About()) == ("landmarks",) and kind_of(PHOTOS) == ("photo",)


@pytest.mark.parametrize(
    "asks, make, models",
    [
        ("landmarks", DESKS["landmarks"], ("faces", "plain")),
        ("labels", DESKS["labels"], ("free", "clusters")),
        ("landmarks", NoDesk, ("faces", "plain")),
    ],
)
def test_a_desk_can_be_left_and_opened_again(studios, voice, on_page, asks, make, models):
    from nicegui import ui

    desk, room = make(studios[asks], models[0], voice), ui.element("main")
    assert desk.title and "<" not in desk.title

    def seen():
        room.clear()
        with room:
            desk.build()
        return [each.tag for each in room.descendants()]

    first = seen()
    desk.stop()
    assert "section" in first and seen() == first
    on_page(lambda: desk.choose(models[1]))
    assert seen()
    assert voice.complaints == []
