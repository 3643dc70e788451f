"""Buttons that send the visitor a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from serving.page import lost
from serving.page.voice import Voice


def saver(label: str, save: Callable[[], Any]) -> ui.button:
    """A button; `save` sends when it is pressed."""
    return ui.button(label, icon="download", on_click=save).props("outline no-caps")


def send(voice: Voice, content: bytes, name: str, kind: str) -> None:
    """Have the browser save a file of this name."""
    ui.download.content(content, name, kind)
    ui.run_javascript(lost.SAVED)
    voice.say(f"Saved as {name}")
