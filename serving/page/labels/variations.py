"""The same label map painted by eight seeds, one of which is the visitor's."""

from __future__ import annotations

import numpy as np
from nicegui import ui

from serving.page.labels.state import COUNT, State
from serving.page.tiles import Tile
from serving.page.voice import Voice

HINT = "Click a picture to go on with it: its number stays while you paint."
ALIKE = "The photo's style decides: without it, there are others."


class Variations:
    """Pictures that are brought when they are asked for, and again when the map changes.

    Attributes:
      seeds: of those that are wanted; none at first.
    """

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        self.seeds: list[int] = []
        self._hint = ui.label(HINT).classes("hint")
        with ui.element("div").classes("tiles") as self._row:
            self._tiles = [self._tile(place) for place in range(COUNT)]
        self._more = ui.button(icon="refresh", on_click=self._renew).props("outline no-caps")
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """Which they are."""
        decided = self.state.reference is not None
        self._hint.text = ALIKE if decided else HINT
        self._more.text = f"{COUNT} others" if self.seeds else f"{COUNT} variations"
        self._more.set_enabled(not decided)
        self._row.set_visibility(bool(self.seeds) and not decided)
        for tile, seed in zip(self._tiles, self.seeds):
            tile.name(f"Picture {seed}", f"Picture {seed}: go on with it", seed == self.state.seed)

    @property
    def wanted(self) -> list[int]:
        """Seeds of those that are to be seen now."""
        return [] if self.state.reference is not None else self.seeds

    def painted(self, place: int, image: np.ndarray) -> None:
        """Show one of them: uint8 [H, W, 3]."""
        self._tiles[place].painted(image)

    def _tile(self, place: int) -> Tile:
        with ui.element("div").classes("tile"):
            return Tile(lambda: self._choose(place))

    def _choose(self, place: int) -> None:
        if self.seeds:
            self.state.choose_seed(self.seeds[place])
            self.voice.say(f"Picture {self.state.seed} is yours now")

    def _renew(self) -> None:
        first = self.seeds[-1] + 1 if self.seeds else 0
        self.seeds = [*range(first, first + COUNT)]
        self.voice.say(f"{COUNT} variations")
        self.state.tell()
