"""What a drawing can begin with."""

from __future__ import annotations

from nicegui import ui

from serving.page.landmarks.desk import Desk
from serving.page.landmarks.sketch import Drawing
from serving.page.opener import Opener
from serving.page.voice import Voice


class Start:
    """Buttons for a photo, an empty drawing and the examples of a desk's model."""

    def __init__(self, desk: Desk, voice: Voice) -> None:
        self.desk, self.voice = desk, voice
        limit = desk.studio.limits.body
        Opener("Photo", "image/*", self._take_photo, limit, voice, "photo_camera")
        self._buttons = ui.element("div").classes("tray")
        self.build()

    def build(self) -> None:
        """Anew, for another model."""
        self._buttons.clear()
        with self._buttons:
            self._button("Nothing", Drawing())
            for name in self.desk.examples():
                self._button(name, self.desk.example(name))

    def _button(self, name: str, drawing: Drawing) -> None:
        def begin() -> None:
            self.desk.put(drawing)
            self.voice.say(f"Begun anew: {name.lower()}")

        ui.button(name, on_click=begin).props("outline no-caps")

    async def _take_photo(self, content: bytes) -> None:
        self.voice.say("Looking for a face in the photo …")
        asked = await self.desk.studio.of_photo(self.desk.version, content)
        self.desk.put(Drawing(landmarks=asked.landmarks, photo=asked.photo))
        self.voice.say("Face found: its lines are drawn, the photo is beside the picture")
