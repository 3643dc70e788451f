import asyncio
import gc
import weakref

import pytest
from nicegui import Client, context, ui

from input_pipeline.faces.framing import Framing
from serving.page import studio_page
from serving.page.landmarks.desk import Desk


@pytest.fixture
def desks(monkeypatch):
    """Weak references to all desks that pages make."""
    made = []

    def make(studio):
        desk = Desk(studio)
        made.append(weakref.ref(desk))
        return desk

    monkeypatch.setattr(studio_page, "Desk", make)
    return made


def test_of_several_models_one_is_chosen(studio, on_page, desks):
    def visit():
        studio_page.build(studio)
        (choice,) = (
            each
            for each in context.client.elements.values()
            if hasattr(each, "options") and "model" in each.classes
        )
        assert choice.options == ["faces", "plain"]
        choice.value = "plain"
        assert desks[0]().version.name == "plain"
        buttons = [each.text for each in context.client.elements.values() if each.tag == "q-btn"]
        assert "Nothing" in buttons and "Straight" not in buttons

    on_page(visit)


@pytest.mark.parametrize("framed", Framing)
def test_a_drawing_that_lies_otherwise_than_the_other_models_faces_is_told(studio, on_page, framed):
    studio.models[1].framing = framed

    def visit():
        studio_page.build(studio)
        elements = context.client.elements.values()
        (choice,) = (each for each in elements if "model" in each.classes)
        choice.value = "plain"
        said = [each.text for each in elements if each.props.get("role") == "status"]
        assert ("faces lie otherwise" in said[0]) is (framed is Framing.CENTRAL)

    on_page(visit)


def test_one_model_needs_no_choice(studio, on_page):
    def visit():
        del studio.models[1:]
        studio_page.build(studio)
        assert not any("model" in each.classes for each in context.client.elements.values())

    on_page(visit)


def test_all_that_belongs_to_a_visitor_goes_with_them(studio, desks, on_page):
    async def visit():
        for _ in range(2):
            with Client(ui.page("/")):
                studio_page.build(studio)
        one, other = list(Client.instances.values())[-2:]
        one.delete()
        del one
        await asyncio.sleep(0)
        gc.collect()
        assert [desk() is None for desk in desks] == [True, False]
        other.delete()

    on_page(visit)


def test_what_goes_wrong_inside_is_said(studio, on_page):
    def visit():
        studio_page.build(studio)
        context.client.handle_exception(ZeroDivisionError())
        said = [e.text for e in context.client.elements.values() if e.props.get("role") == "status"]
        assert said == ["Something went wrong here; the log says what."]

    on_page(visit)
