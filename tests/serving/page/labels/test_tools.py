import numpy as np
import pytest

from serving.page.labels.tools import BRUSH, FILL, HINTS, LARGEST, LINE, Tools
from serving.scene import Scene


@pytest.fixture
def tools(page, flat, voice):
    return Tools(flat, voice)


def test_a_tool_is_chosen_and_told(tools, page):
    told = []
    tools.chosen.append(lambda: told.append(tools.tool))
    (toggle,) = (e for e in page.elements.values() if e.props.get("aria-label") == "Tool")
    assert toggle.options == [*HINTS] and tools.tool == BRUSH
    toggle.value = FILL
    tools.choose(LINE)
    assert told == [FILL, LINE] and tools.tool == LINE


def test_the_brush_has_a_size_where_it_counts(tools, elements, fire):
    (slider,) = elements("input")
    fire(slider, "input", 7)
    assert tools.size == 7
    for by, wanted in ((1, 8), (-100, 1), (1000, LARGEST)):
        tools.resize(by)
        assert tools.size == wanted and float(slider.props["value"]) == wanted
    assert tools._sizes._style["visibility"] == "visible"
    tools.choose(FILL)  # leaves its room, so that the map stays below the pointer
    assert tools._sizes.visible and tools._sizes._style["visibility"] == "hidden"


def test_the_brush_suits_a_map_of_another_size(tools, flat):
    assert tools.size == 1
    flat.begin(Scene(np.zeros([480, 960], np.uint8)))
    assert tools.size == 20 and float(tools._slider._input.props["value"]) == 20
    tools.resize(5)
    flat.begin(Scene(np.ones([480, 960], np.uint8)))
    assert tools.size == 25


def test_objects_of_their_own_are_for_models_that_tell_them_apart(page, state_of, voice):
    for model, seen in (("free", False), ("styled", True)):
        state = state_of(model)
        tools = Tools(state, voice)
        assert tools._own.visible == seen
        tools._own.value = True
        assert state.own


def test_undo_goes_through_the_drawing(tools, flat, elements, fire):
    from serving.page.labels.edits import Filled

    undo = next(e for e in elements("q-btn") if e.props.get("aria-label") == "Undo")
    flat.edit(Filled((0.5, 0.5), 1))
    fire(undo, "click")
    assert not flat.scene.label.any()
