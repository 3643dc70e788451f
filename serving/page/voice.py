"""What the page says, for those who see it and those who hear it."""

from __future__ import annotations

from nicegui import ui


class Voice:
    """A line at the window's lower edge, and one that only screen readers notice."""

    def __init__(self) -> None:
        # Not assertive: it would cut off what a screen reader says of the control that was used.
        self._line = ui.label().classes("said").props("role=status aria-live=polite")
        self._unseen = ui.label().classes("unseen").props("aria-live=polite aria-atomic=true")

    def say(self, text: str) -> None:
        """What has happened."""
        self._line.classes(remove="complaint")
        _tell(self._line, text)

    def complain(self, error: object) -> None:
        """What is wrong with what was asked for, as a sentence."""
        text = str(error)
        self._line.classes("complaint")
        _tell(self._line, text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))

    def whisper(self, text: str) -> None:
        """What everybody else sees."""
        _tell(self._unseen, text)


def _tell(label: ui.label, text: str) -> None:
    """A screen reader passes over a text that stays the same, so then a space is added."""
    label.text = text + "\N{NO-BREAK SPACE}" * (label.text == text)
