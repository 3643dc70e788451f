"""The visitor's own face, large, and the photo that it began with beside it or over it."""

from __future__ import annotations

from typing import Optional

import numpy as np
from nicegui import ui

from interface import pictures
from serving.page.landmarks.state import State
from serving.page.slider import Slider


class Portrait:
    """Painted picture and photo.

    Attributes:
      image: what is shown, uint8 [H, H, 3], or None before the first.
      seed: its seed.
      is_busy: whether something is still to be painted.
    """

    def __init__(self, state: State) -> None:
        self.state, self.seed, self.is_busy, self._painted = state, 0, False, 0
        self.image: Optional[np.ndarray] = None
        self._photo: Optional[np.ndarray] = None
        with ui.element("div").classes("comparison"):
            with ui.element("figure").classes("portrait") as self.figure:
                with ui.element("div").classes("frame"):
                    self.picture = ui.element("img").props('alt="Your face" width=384 height=384')
                    self.over = ui.element("img").classes("over").props('alt="" aria-hidden=true')
                self.caption = ui.html("Being painted …", sanitize=False, tag="figcaption")
            with ui.element("figure").classes("photo") as self.beside:
                self.photo = ui.element("img").props(
                    'alt="Your photo, cut out" width=384 height=384'
                )
                ui.html("Your photo", sanitize=False, tag="figcaption")
            with ui.element("div").classes("mixer") as self.mixer:
                Slider("Photo on top, %", 0, 100, 5, 0, self.mix)
        state.listeners.append(self.compare)
        self.mix(0)
        self.compare()

    def painted(self, image: np.ndarray, seed: int) -> None:
        """Another picture."""
        self.image, self.seed = image, seed
        self.picture.props["src"] = pictures.data_url(image)
        self.caption.content = f"Face {seed}"

    def busy(self, busy: bool) -> None:
        """Say whether something that is seen is still to be painted."""
        self._painted += self.is_busy and not busy
        self.is_busy = busy
        self.figure.props["aria-busy"] = "true" if busy else "false"
        self.figure.props["data-painted"] = str(self._painted)  # how often all was

    def mix(self, percent: float) -> None:
        """Lay the photo over the picture."""
        self.over.style(f"opacity: {percent / 100}")

    def compare(self) -> None:
        """Show the drawing's photo, if it has one."""
        photo = self.state.now.photo
        for part in (self.beside, self.mixer, self.over):
            part.set_visibility(photo is not None)
        if photo is not None and photo is not self._photo:
            self.photo.props["src"] = self.over.props["src"] = pictures.data_url(photo)
        self._photo = photo
