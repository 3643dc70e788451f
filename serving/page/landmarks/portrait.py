"""The visitor's own face, large, and the photo that it began with beside it or over it."""

from __future__ import annotations

from typing import Optional

import numpy as np
from nicegui import ui

from interface import pictures
from serving.page.frame import Frame
from serving.page.landmarks.state import State
from serving.page.slider import Slider


class Portrait:
    """Painted picture and photo.

    Attributes:
      frame: the picture's.
      seed: its seed.
    """

    def __init__(self, state: State) -> None:
        self.state, self.seed = state, 0
        self._photo: Optional[np.ndarray] = None
        with ui.element("div").classes("comparison"):
            self.frame = Frame("Your face")
            with ui.element("figure").classes("photo") as self.beside:
                self.photo = ui.element("img").props(
                    'alt="Your photo, cut out" width=384 height=384'
                )
                ui.html("Your photo", sanitize=False, tag="figcaption")
            with ui.element("div").classes("mixer") as self.mixer:
                Slider("Photo on top, %", 0, 100, 5, 0, self.frame.mix)
        state.listeners.append(self.compare)
        self.compare()

    def painted(self, image: np.ndarray, seed: int) -> None:
        """Another picture."""
        self.seed = seed
        self.frame.painted(image, f"Face {seed}")

    def compare(self) -> None:
        """Show the drawing's photo, if it has one."""
        photo = self.state.now.photo
        for part in (self.beside, self.mixer):
            part.set_visibility(photo is not None)
        if photo is not self._photo or photo is None:
            address = None if photo is None else pictures.data_url(photo)
            self.photo.props["src"] = address or ""
            self.frame.lay_over(address)
        self._photo = photo
