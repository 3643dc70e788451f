"""What a drawing can begin with."""

from __future__ import annotations

from nicegui import ui

from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.state import State
from serving.page.opener import Opener
from serving.page.voice import Voice


class Start:
    """Buttons for a photo, an empty drawing and the examples of the model."""

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        limit = state.studio.limits.body
        Opener("Photo", "image/*", self._take_photo, limit, voice, "photo_camera")
        self._buttons = ui.element("div").classes("tray")
        self.build()

    def build(self) -> None:
        """Anew, for another model."""
        self._buttons.clear()
        with self._buttons:
            self._button("Nothing", Drawing())
            for name in self.state.examples():
                self._button(name, self.state.example(name))

    def _button(self, name: str, drawing: Drawing) -> None:
        def begin() -> None:
            self.state.history.put(drawing)
            self.voice.say(f"Begun anew: {name.lower()}")

        ui.button(name, on_click=begin).props("outline no-caps")

    async def _take_photo(self, content: bytes) -> None:
        self.voice.say("Looking for a face in the photo …")
        asked = await self.state.studio.of_photo(self.state.version, content)
        self.state.history.put(Drawing(landmarks=asked.landmarks, photo=asked.photo))
        self.voice.say("Face found: its lines are drawn, the photo is beside the picture")
