"""The way from one face to another."""

from __future__ import annotations

import asyncio
from typing import Optional

import numpy as np
from nicegui import ui

from interface import pictures
from serving.page.landmarks.state import State
from serving.page.voice import Voice

STEPS = 12  # both ends included


class Blend:
    """Pictures between two faces, which can be saved as an animation."""

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        self._images: Optional[np.ndarray] = None
        self._hint = ui.label().classes("hint")
        with ui.element("div").classes("strip") as self._strip:
            self._steps = [ui.element("img").props("width=64 height=64") for _ in range(STEPS)]
        for number, step in enumerate(self._steps, 1):
            step.props["alt"] = f"Step {number} of {STEPS}"
        self._save = ui.button("Save GIF", icon="movie", on_click=self._send)
        self._save.props("outline no-caps")
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """Between which faces it goes, if there are two."""
        both = len(self.state.ends) == 2
        if both:
            self._hint.text = f"From face {self.state.ends[0]} to face {self.state.ends[1]}"
        else:
            self._hint.text = "Tick Blend under two faces to see the way from one to the other."
        self._strip.set_visibility(both)
        self._save.set_visibility(both)

    def painted(self, images: np.ndarray) -> None:
        """Show it: uint8 [STEPS, H, H, 3]."""
        self._images = images
        for step, image in zip(self._steps, images):
            step.props["src"] = pictures.data_url(image)

    async def _send(self) -> None:
        if self._images is None:
            return
        content = await asyncio.to_thread(pictures.gif, self._images)
        name = f"faces_{'_to_'.join(map(str, self.state.ends))}.gif"
        ui.download.content(content, name, "image/gif")
        self.voice.say(f"Saved as {name}")
