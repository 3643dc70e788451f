"""Small pictures to choose from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from nicegui import ui

from interface import pictures

UNPAINTED = pictures.data_url(np.full([1, 1, 3], 128, np.uint8))  # an img without is broken


class Tile:
    """A picture that is a button.

    Args:
      choose: called when it is pressed.
    """

    def __init__(self, choose: Callable[[], None]) -> None:
        self.button = ui.element("button").props("type=button")
        with self.button:
            self.picture = ui.element("img").props("width=64 height=64")
            self.picture.props["src"] = UNPAINTED
        self.button.on("click", lambda: choose(), args=[])

    def name(self, alt: str, does: str, chosen: bool) -> None:
        """Say what it shows, what happens when it is pressed, and whether it has been."""
        self.picture.props["alt"] = alt
        self.button.props["aria-label"] = does
        self.button.props["aria-pressed"] = "true" if chosen else "false"
        self.button.classes(**({"add": "mine"} if chosen else {"remove": "mine"}))

    def painted(self, image: np.ndarray) -> None:
        """Show it: uint8 [H, W, 3]."""
        self.picture.props["src"] = pictures.data_url(image)
