"""A picture that is painted, large, and another that can be laid over it."""

from __future__ import annotations

from typing import Optional

import numpy as np
from nicegui import ui

from interface import pictures


class Frame:
    """A figure.

    Args:
      alt: what the picture is called.

    Attributes:
      image: what is shown, uint8 [H, W, 3], or None before the first.
      caption: below it.
      is_busy: whether something is still to be painted.
    """

    def __init__(self, alt: str) -> None:
        self.image: Optional[np.ndarray] = None
        self.is_busy, self._painted = False, 0
        with ui.element("figure").classes("portrait") as self.figure:
            with ui.element("div").classes("frame"):
                self.picture = ui.element("img").props(f'alt="{alt}" width=384 height=384')
                self._over = ui.element("img").classes("over").props('alt="" aria-hidden=true')
            self.caption = ui.html("Being painted …", sanitize=False, tag="figcaption")
        self.mix(0)

    def painted(self, image: np.ndarray, caption: str) -> None:
        """Another picture."""
        self.image = image
        self.picture.props["src"] = pictures.data_url(image)
        self.caption.content = caption

    def busy(self, busy: bool) -> None:
        """Say whether something that is seen is still to be painted."""
        self._painted += self.is_busy and not busy
        self.is_busy = busy
        self.figure.props["aria-busy"] = "true" if busy else "false"
        self.figure.props["data-painted"] = str(self._painted)  # how often all was

    def lay_over(self, address: Optional[str]) -> None:
        """Another picture over this one, by its address."""
        self._over.set_visibility(address is not None)
        if address is not None:
            self._over.props["src"] = address

    def mix(self, percent: float) -> None:
        """How much is seen of it."""
        self._over.style(f"opacity: {percent / 100}")
