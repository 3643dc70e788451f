"""The faces that are seen at once."""

from __future__ import annotations

import numpy as np
from nicegui import ui

from serving.page.landmarks.state import COUNT, State
from serving.page.tiles import Tile
from serving.page.voice import Voice

HINT = (
    "Click a face to keep it as yours: it stays while you draw. "
    "Tick two to see the way between them."
)


class Choice:
    """One of them: a button that makes it the visitor's, and a box that makes it an end."""

    def __init__(self, faces: Faces, place: int) -> None:
        with ui.element("div").classes("tile"):
            self.face = Tile(lambda: faces.choose(place))
            self.end = ui.checkbox("Blend").props("dense")
        self.end.on_value_change(lambda event: faces.blend(place, bool(event.value)))

    def name(self, seed: int, mine: bool, end: bool) -> None:
        """Say whose it is."""
        self.face.name(f"Face {seed}", f"Face {seed}: make it mine", mine)
        self.end.props["aria-label"] = f"Blend face {seed}"
        self.end.value = end


class Faces:
    """Each of them can be made the visitor's own."""

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        ui.label(HINT).classes("hint")
        with ui.element("div").classes("tiles"):
            self._tiles = [Choice(self, place) for place in range(COUNT)]
        with ui.element("div").classes("tray"):
            ui.button("New faces", icon="refresh", on_click=self._renew).props("outline no-caps")
            self._own = ui.checkbox().props("dense")
        self._own.on_value_change(lambda event: self._blend(state.mine, bool(event.value)))
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """Which they are."""
        for tile, seed in zip(self._tiles, self.state.seeds):
            tile.name(seed, seed == self.state.mine, seed in self.state.ends)
        mine = self.state.mine
        self._own.text, self._own.value = f"Blend your face {mine}", mine in self.state.ends
        self._own.set_visibility(mine not in self.state.seeds)

    def painted(self, images: np.ndarray) -> None:
        """Show them: uint8 [COUNT, H, H, 3]."""
        for tile, image in zip(self._tiles, images):
            tile.face.painted(image)

    def choose(self, place: int) -> None:
        """Make it the visitor's own."""
        seed = self.state.seeds[place]
        self.state.make_mine(seed)
        self.voice.say(f"Face {seed} is yours now: it stays while you draw")

    def blend(self, place: int, chosen: bool) -> None:
        """Make it an end of the way between two, or no longer."""
        self._blend(self.state.seeds[place], chosen)

    def _blend(self, seed: int, chosen: bool) -> None:
        if chosen != (seed in self.state.ends):
            self.state.blend(seed, chosen)

    def _renew(self) -> None:
        self.state.renew()
        self.voice.say(f"{COUNT} new faces")
