import asyncio

import pytest

from input_pipeline.label_maps import label_sets
from serving.about import About
from serving.page.shell import Shell


@pytest.fixture
def mixed(studio):
    """With a model that asks for something else between those that ask for landmarks."""
    studio.models.insert(1, type(studio.models[0])(**vars(studio.models[0])))
    studio.models[1].name = "other"
    studio.models[1].about = About(asks="photo", gives="labels", classes=label_sets.numbered(2))
    return studio


@pytest.fixture
def choose(page):
    """Has the visitor choose a model."""

    def choose(name):
        (choice,) = (each for each in page.elements.values() if "model" in each.classes)
        choice.value = name

    return choose


async def test_of_several_models_one_is_chosen(studio, elements, choose):
    shell = Shell(studio)
    choose("plain")
    for _ in range(50):
        await asyncio.sleep(0)
    assert {name for _, name, _, _ in studio.painted} == {"plain"}
    buttons = [each.text for each in elements("q-btn")]
    assert "Nothing" in buttons and "Straight" not in buttons
    shell.stop()


def test_one_model_needs_no_choice(studio, page):
    del studio.models[1:]
    Shell(studio)
    assert not any("model" in each.classes for each in page.elements.values())


async def test_another_kind_of_model_opens_another_desk_and_what_was_drawn_waits(
    mixed, elements, fire, choose
):
    shell = Shell(mixed)
    (title,) = elements("h1")
    begun = title.content
    fire(next(each for each in elements("q-btn") if each.text == "Nothing"), "click")
    choose("other")
    assert title.content != begun and not elements("q-btn")
    assert not any(".canvas" in style.content for style in elements("style"))
    mixed.painted.clear()
    choose("plain")
    for _ in range(50):
        await asyncio.sleep(0)
    assert title.content == begun
    assert any(".canvas" in style.content for style in elements("style"))
    assert {name for _, name, _, _ in mixed.painted} == {"plain"}
    assert not any(mask.any() for _, _, mask, _ in mixed.painted)  # nothing, as it was left
    undo = next(each for each in elements("q-btn") if each.props.get("aria-label") == "Undo")
    assert undo.enabled
    shell.stop()
