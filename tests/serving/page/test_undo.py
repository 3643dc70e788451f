from nicegui import ui

from serving.page.history import History
from serving.page.undo import Undo


def test_buttons_and_keys_go_through_the_history(page, voice, elements, fire):
    history = History("one", lambda: undoing.show())
    undoing = Undo(history, voice)
    undo, redo = elements("q-btn")
    (keyboard,) = (each for each in page.elements.values() if isinstance(each, ui.keyboard))
    assert [undo.props["aria-label"], redo.props["aria-label"]] == ["Undo", "Redo"]
    assert not undo.enabled and not redo.enabled
    history.put("two")
    assert undo.enabled and not redo.enabled
    fire(undo, "click")
    assert history.now == "one" and not undo.enabled and redo.enabled
    fire(keyboard, "key", 1)
    assert history.now == "two" and undo.enabled and not redo.enabled
    fire(keyboard, "key", 1)
    fire(keyboard, "key", -1)
    assert history.now == "one"
    assert voice.said == ["Undone", "Redone", "Nothing to redo", "Undone"]
