"""What the page says, for those who see it and those who hear it."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from interface.command_line import UserError


class Voice:
    """A line at the window's lower edge, and one that only screen readers notice."""

    def __init__(self) -> None:
        self._turn = False
        # Not assertive: it would cut off what a screen reader says of the control that was used.
        self._line = ui.label().classes("said").props("role=status aria-live=polite")
        self._unseen = ui.label().classes("unseen").props("aria-live=polite aria-atomic=true")

    def say(self, text: str) -> None:
        """What has happened."""
        self._line.classes(remove="complaint")
        self._show(text)

    def complain(self, error: object) -> None:
        """What is wrong with what was asked for, as a sentence."""
        text = str(error)
        self._line.classes("complaint")
        self._show(text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))

    def tried(self, work: Callable[[], object]) -> bool:
        """Do it, or say why it can't be done; whether it is done."""
        try:
            work()
        except UserError as error:
            self.complain(error)
            return False
        return True

    def whisper(self, text: str) -> None:
        """What everybody else sees."""
        _tell(self._unseen, text)

    def _show(self, text: str) -> None:
        """Until it fades, which begins anew as there are two classes that take turns."""
        self._turn = not self._turn
        self._line.classes(**{"add" if self._turn else "remove": "again"})
        _tell(self._line, text)


def _tell(label: ui.label, text: str) -> None:
    """A screen reader passes over a text that stays the same, so then a space is added."""
    label.text = text + "\N{NO-BREAK SPACE}" * (label.text == text)
