"""Masks and landmarks that visitors open and save, and pictures that they save."""

from __future__ import annotations

import asyncio

import numpy as np
import orjson
from nicegui import ui

from interface import pictures, texts
from interface.command_line import UserError
from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.state import State
from serving.page.opener import Opener
from serving.page.saving import saver, send
from serving.page.voice import Voice


class Files:
    """What can be opened and saved of the drawing."""

    def __init__(self, state: State, portrait: Portrait, voice: Voice) -> None:
        self.state, self.portrait, self.voice = state, portrait, voice
        with ui.element("div").classes("tray"):
            saver("Save picture", self._save_picture)
            saver("Save mask", self._save_mask)
            self._landmarks = saver("Save landmarks", self._save_landmarks)
        limit = state.studio.limits.body
        with ui.element("div").classes("tray"):
            Opener("Open mask", "image/*", self._take_mask, limit, voice)
            Opener("Open landmarks", ".json,.txt", self._take_landmarks, limit, voice)
        self.state.listeners.append(self._show)
        self._show()

    def _show(self) -> None:
        self._landmarks.set_enabled(self.state.now.landmarks is not None)

    async def _take_mask(self, content: bytes) -> None:
        asked = await self.state.studio.of_picture(self.state.version, content)
        self.state.history.put(Drawing(picture=asked.mask))
        self.voice.say("Mask opened")

    async def _take_landmarks(self, content: bytes) -> None:
        try:
            points = orjson.loads(texts.of_bytes(content))
        except ValueError:
            raise UserError("landmarks: not JSON; wanted 68 pairs [x, y], from 0 to 1") from None
        asked = await self.state.studio.of_landmarks(self.state.version, points)
        self.state.history.put(Drawing(landmarks=asked.landmarks))
        self.voice.say("Landmarks opened")

    async def _save_picture(self) -> None:
        if self.portrait.frame.image is not None:
            content = await asyncio.to_thread(pictures.png, self.portrait.frame.image)
            send(self.voice, content, f"face_{self.portrait.seed}.png", "image/png")

    def _save_mask(self) -> None:
        mask = self.state.mask().astype(np.uint8) * 255
        send(self.voice, pictures.png(mask), "mask.png", "image/png")

    def _save_landmarks(self) -> None:
        if self.state.now.landmarks is not None:
            content = self.state.now.landmarks_json().encode()
            send(self.voice, content, "landmarks.json", "application/json")
