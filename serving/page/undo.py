"""Undo and redo: buttons, and keys that work anywhere on the page."""

from __future__ import annotations

from typing import Protocol

from nicegui import events, ui

from serving.page.voice import Voice

KEYS = """(e) => {
  const key = e.key.toLowerCase();
  if (e.action !== 'keydown' || !(e.ctrlKey || e.metaKey) || !['z', 'y'].includes(key)) return;
  e.event.preventDefault();
  emit(key === 'y' || e.shiftKey ? 1 : -1);
}"""


class Reversible(Protocol):
    """A history, or what has one."""

    def can_go(self, by: int) -> bool:
        """See `History.can_go`."""

    def go(self, by: int) -> bool:
        """See `History.go`."""


class Undo:
    """Buttons for a history of anything."""

    def __init__(self, history: Reversible, voice: Voice) -> None:
        self._can_go, self._go_in_history, self.voice = history.can_go, history.go, voice
        self._undo = self._button("undo", "Undo", -1)
        self._redo = self._button("redo", "Redo", 1)
        ui.keyboard(ignore=[]).on("key", self._typed, js_handler=KEYS)
        self.show()

    def show(self) -> None:
        """What there is to undo and to redo now."""
        self._undo.set_enabled(self._can_go(-1))
        self._redo.set_enabled(self._can_go(1))

    def _button(self, icon: str, name: str, by: int) -> ui.button:
        button = ui.button(icon=icon, on_click=lambda: self._go(by))
        return button.props(f'outline aria-label="{name}" title="{name}"')

    def _typed(self, event: events.GenericEventArguments) -> None:
        self._go(1 if event.args == 1 else -1)

    def _go(self, by: int) -> None:
        if self._go_in_history(by):
            self.voice.say("Undone" if by < 0 else "Redone")
        else:
            self.voice.say("Nothing to undo" if by < 0 else "Nothing to redo")
