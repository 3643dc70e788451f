from serving.page.landmarks.desk import Desk
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.tools import DRAW, ERASE, MOVE, Tools


def test_undo_and_redo_can_be_pressed_when_there_is_something_to(
    studio, voice, on_page, elements, fire
):
    def visit():
        desk = Desk(studio)
        Tools(desk, voice)
        undo, redo = elements("q-btn")
        assert [undo.props["aria-label"], redo.props["aria-label"]] == ["Undo", "Redo"]
        assert not undo.enabled and not redo.enabled
        begun, other = desk.now, Drawing()
        desk.put(other)
        assert undo.enabled and not redo.enabled
        fire(undo, "click")
        assert desk.now is begun and not undo.enabled and redo.enabled
        (keyboard,) = (each for each in desk_elements(elements) if "keyboard" in each.tag)
        fire(keyboard, "key", 1)
        assert desk.now is other
        fire(keyboard, "key", 1)
        assert voice.said == ["Undone", "Redone", "Nothing to redo"]

    on_page(visit)


def desk_elements(elements):
    from nicegui import context

    return context.client.elements.values()


def test_another_tool_ends_what_is_under_way(studio, voice, on_page, elements):
    def visit():
        desk = Desk(studio)
        tools = Tools(desk, voice)
        toggle = next(each for each in desk_elements(elements) if hasattr(each, "options"))
        assert tools.tool == MOVE and toggle.options == [MOVE, DRAW, ERASE]
        desk.change(Drawing())
        toggle.value = ERASE
        assert tools.tool == ERASE and desk.history.settled

    on_page(visit)
