"""What a label map can begin with."""

from __future__ import annotations

from nicegui import ui

from serving.examples import Example
from serving.page.labels.state import State
from serving.page.opener import Opener
from serving.page.voice import Voice


class Start:
    """Buttons for a photo, a label map, nothing, and the model's examples."""

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        limit = state.studio.limits.body
        with ui.element("div") as self._photo:
            Opener("Photo", "image/*", self._take_photo, limit, voice, "photo_camera")
        kinds = ".png,.bmp,.gif,.tif,.tiff,.webp"  # a JPEG changes ids
        Opener("Label map", kinds, self._take_map, limit, voice)
        with ui.element("div") as self._instances:
            Opener("Its instances", kinds, self._take_instances, limit, voice)
        self._buttons = ui.element("div").classes("tray")
        self.build()

    def build(self) -> None:
        """Anew, for another model."""
        self._photo.set_visibility(self.state.labels_photos)
        self._instances.set_visibility(self.state.version.about.instances)
        self._buttons.clear()
        with self._buttons:
            self._button("Nothing", Example("Nothing", self.state.blank()))
            for example in self.state.version.examples:
                self._button(example.name, example)

    def _button(self, name: str, example: Example) -> None:
        def begin() -> None:
            self.state.begin(example.scene, example.reference)
            self.voice.say(f"Begun anew: {name.lower()}")

        ui.button(name, on_click=begin).props("outline no-caps")

    async def _take_photo(self, content: bytes) -> None:
        self.voice.say("Looking at the photo …")
        state = self.state
        reference = await state.studio.labels.reference(state.version, content)
        state.begin(state.as_scene(reference.label), reference)
        self.voice.say("The photo's label map is drawn; it is painted in the photo's style")

    async def _take_map(self, content: bytes) -> None:
        state = self.state
        scene = await state.studio.labels.scene(state.version.about, content, scaled=True)
        state.exchange(state.as_scene(scene.label))
        height, width = scene.label.shape[:2]
        self.voice.say(f"Label map opened: {width} by {height} pixels")

    async def _take_instances(self, content: bytes) -> None:
        state = self.state
        scene = await state.studio.labels.with_instances(state.scene, content)
        state.exchange(scene)
        self.voice.say("Objects are told apart now")
