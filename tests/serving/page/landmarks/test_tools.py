import pytest
from nicegui import ui

from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.tools import DRAW, ERASE, MOVE, Tools


@pytest.fixture
def tools(page, state, voice):
    return Tools(state, voice)


def test_there_is_something_to_undo_when_the_drawing_has_changed(tools, state, elements, fire):
    undo, redo = elements("q-btn")
    begun = state.now
    state.history.put(Drawing())
    assert undo.enabled and not redo.enabled
    fire(undo, "click")
    assert state.now is begun and not undo.enabled and redo.enabled


def test_another_tool_ends_what_is_under_way(tools, state, page):
    (toggle,) = (each for each in page.elements.values() if isinstance(each, ui.toggle))
    assert tools.tool == MOVE and toggle.options == [MOVE, DRAW, ERASE]
    state.history.change(Drawing())
    toggle.value = ERASE
    assert tools.tool == ERASE and state.history.settled
