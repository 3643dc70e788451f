import numpy as np
import pytest

from serving.page.labels.desk import LabelsDesk
from tests.serving.label_models import PALETTE

SECTIONS = ["start", "drawing", "painted", "classes", "styles", "variations", "files", "help"]


@pytest.fixture
def desk_of(page, label_studio, voice):
    def make(model):
        desk = LabelsDesk(label_studio, model, voice)
        desk.build()
        return desk

    return make


@pytest.mark.parametrize(
    "model, hidden",
    [
        ("free", {"styles", "variations"}),
        ("styled", {"styles"}),
        ("clusters", set()),
        ("editor", {"variations"}),
    ],
)
def test_it_has_the_parts_that_a_model_has_something_for(desk_of, elements, model, hidden):
    desk_of(model)
    parts = {next(iter(each.classes)): each.visible for each in elements("section")}
    assert [*parts] == SECTIONS
    assert {name for name, visible in parts.items() if not visible} == hidden


async def test_another_model_paints_the_same_map(desk_of, until, elements):
    desk = desk_of("free")
    label = np.random.default_rng(0).integers(0, 3, [8, 12]).astype(np.uint8)
    desk.state.begin(desk.state.as_scene(label))
    picture = next(e for e in elements("img") if e.props.get("alt") == "Your picture")
    desk.paint()
    await until(lambda: picture.props.get("src"))
    desk.choose("styled")
    desk.choose("styled")
    await until(lambda: desk._latest._task.done())
    np.testing.assert_array_equal(desk.state.scene.label, label)
    assert {e.visible for e in elements("section") if "variations" in e.classes} == {True}
    desk.stop()


async def test_what_was_drawn_is_there_when_it_opens_again(desk_of, page, elements, read, until):
    desk = desk_of("free")
    label = np.random.default_rng(1).integers(0, 3, [8, 12]).astype(np.uint8)
    desk.state.begin(desk.state.as_scene(label))
    page.content.clear()
    desk.build()
    desk.paint()
    picture = next(e for e in elements("img") if e.props.get("alt") == "Your picture")
    await until(lambda: picture.props.get("src"))
    np.testing.assert_array_equal(read(picture.props["src"]), PALETTE[label])
    assert len(desk.state.listeners) < 12  # those of the parts that are gone are not called
