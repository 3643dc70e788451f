"""What visitors save, and projects that they open again."""

from __future__ import annotations

import asyncio

import numpy as np
from nicegui import ui

from interface import pictures
from serving.page.frame import Frame
from serving.page.labels import project
from serving.page.labels.state import State
from serving.page.opener import Opener
from serving.page.saving import saver, send
from serving.page.voice import Voice

PNG = "image/png"


class Files:
    """What can be saved of the drawing, and opened."""

    def __init__(self, state: State, frame: Frame, voice: Voice) -> None:
        self.state, self.frame, self.voice = state, frame, voice
        with ui.element("div").classes("tray"):
            saver("Save picture", self._save_picture)
            saver("Save label map", self._save_labels)
            saver("Save its colours", self._save_colours)
            self._instances = saver("Save instances", self._save_instances)
        with ui.element("div").classes("tray"):
            saver("Save project", self._save_project)
            Opener("Open project", ".json", self._take_project, state.studio.limits.body, voice)
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What there is to save."""
        self._instances.set_visibility(self.state.version.about.instances)

    async def _save_picture(self) -> None:
        if self.frame.image is not None:
            content = await asyncio.to_thread(pictures.png, self.frame.image)
            send(self.voice, content, "picture.png", PNG)

    def _save_labels(self) -> None:
        """A PNG of ids, which viewers show in the classes' colours."""
        content = pictures.palette_png(self.state.scene.label, self.state.classes.colours)
        send(self.voice, content, "labels.png", PNG)

    def _save_colours(self) -> None:
        pixels = self.state.classes.pictured(self.state.scene.label)
        send(self.voice, pictures.png(pixels), "label_colours.png", PNG)

    def _save_instances(self) -> None:
        numbers = self.state.asked.instance
        if numbers is None:
            return
        if numbers.max() > np.iinfo(np.uint16).max:
            self.voice.complain("these instances have ids above 65535, which no PNG of ids holds")
        else:
            content = pictures.png(numbers.astype(np.uint16))
            send(self.voice, content, "instances.png", PNG)

    async def _save_project(self) -> None:
        content = await asyncio.to_thread(project.saved, self.state)
        send(self.voice, content, "project.json", "application/json")

    async def _take_project(self, content: bytes) -> None:
        state = self.state
        brought = await asyncio.to_thread(project.opened, content, state)
        state.keeps_photo = brought.keeps_photo
        state.restore(brought.drawings, brought.at)
        other = f"; it was saved with the model {brought.model}" * (brought.model != state.model)
        self.voice.say(f"Project opened{other}")
