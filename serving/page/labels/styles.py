"""What a picture's style comes from: a photo, clusters of an object, a seed."""

from __future__ import annotations

from typing import Optional

import numpy as np
from nicegui import events, ui

from interface import pictures
from serving.page.labels.state import State
from serving.page.opener import Opener
from serving.page.tiles import Tile
from serving.page.voice import Voice
from serving.styles import CLUSTERS

NO_PHOTO = "It is painted in the style of a photo: open one, here or above."
SELECT = "Select an object to see the styles that its class can have."
NONE = "Its class has no styles to choose from."


class Styles:
    """A photo whose style is copied, and the styles that the selected object can have."""

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        limit = state.studio.limits.body
        with ui.element("div").classes("tray"):
            with ui.element("div") as self._opener:
                Opener("Style of a photo", "image/*", self._take, limit, voice, "photo_camera")
            self._drop = ui.button("Without the photo's style", icon="close", on_click=self._leave)
            self._drop.props("outline no-caps")
            self.photo = ui.element("img").classes("reference")
            self.photo.props('alt="Photo whose style is copied"')
            self._keep = ui.checkbox("Keep the photo where nothing is edited").props("dense")
            self._keep.on_value_change(self._keep_photo)
        self._hint = ui.label().classes("hint")
        with ui.element("div").classes("tiles ten") as self._row:
            self._tiles = [self._tile(number) for number in range(CLUSTERS)]
        self._photo: Optional[np.ndarray] = None
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What there is to choose from now."""
        state, reference = self.state, self.state.reference
        count, chosen = state.clusters(), state.chosen()
        self._opener.set_visibility(state.takes_photos)
        known = state.version.known_styles is not None
        self._drop.set_visibility(known and reference is not None)
        self.photo.set_visibility(reference is not None)
        self._keep.set_visibility(state.can_keep_photo)
        self._keep.value = state.keeps_photo
        if reference is not None and reference.photo is not self._photo:
            self._photo = reference.photo
            self.photo.props["src"] = pictures.data_url(reference.photo)
        self._row.set_visibility(count > 0)
        for number, (tile, button) in enumerate(self._tiles):
            tile.set_visibility(number < count)
            name = f"Style {number + 1}"
            button.name(name, f"{name} of the selected object", number == chosen)
        if known:
            self._hint.text = SELECT if state.selected is None else "" if count else NONE
        else:
            self._hint.text = "" if reference else NO_PHOTO
        self._hint.set_visibility(bool(self._hint.text))

    def painted(self, number: int, image: np.ndarray) -> None:
        """Show what a style looks like: uint8 [H, W, 3], of the object and a little around it."""
        self._tiles[number][1].painted(image)

    def _tile(self, number: int) -> tuple[ui.element, Tile]:
        with ui.element("div").classes("tile") as place:
            return place, Tile(lambda: self._choose(number))

    def _choose(self, number: int) -> None:
        if self.voice.tried(lambda: self.state.restyle(number)):
            self.voice.say(f"Style {number + 1} is chosen")

    async def _take(self, content: bytes) -> None:
        self.voice.say("Looking at the photo …")
        reference = await self.state.studio.labels.reference(self.state.version, content)
        self.state.copy_style(reference)
        self.voice.say("It is painted in the photo's style now")

    def _keep_photo(self, event: events.ValueChangeEventArguments) -> None:
        if self.state.keeps_photo != event.value:
            self.state.keeps_photo = bool(event.value)
            self.state.tell()

    def _leave(self) -> None:
        self.state.copy_style(None)
        self.voice.say("The photo's style is left")
