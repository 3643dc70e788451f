"""In which order pictures are painted."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Any, Optional

import numpy as np
from scipy import ndimage

from interface.command_line import UserError
from serving import objects
from serving.page.frame import Frame
from serving.page.labels.canvas import Canvas
from serving.page.labels.edits import pixel
from serving.page.labels.state import State
from serving.page.labels.styles import Styles
from serving.page.labels.variations import Variations
from serving.page.latest import Latest
from serving.page.voice import Voice
from serving.scene import Scene
from serving.styles import CLUSTERS

Box = tuple[slice, slice]

REST = 2  # times as long as a picture took to paint, while a stroke is drawn, none is painted
POLL = 0.005  # seconds between two looks whether the hand rests
AROUND = 0.25  # of an object's own size, that is seen around it where its styles are shown


class Easel:
    """Paints what is to be seen and is not yet, one picture at a time.

    Attributes:
      latest: is asked at each change.
    """

    def __init__(
        self,
        state: State,
        frame: Frame,
        canvas: Canvas,
        styles: Styles,
        variations: Variations,
        voice: Voice,
    ) -> None:
        self.state, self.frame, self.canvas, self.voice = state, frame, canvas, voice
        self.styles, self.variations = styles, variations
        self.latest = Latest(self._paint, self._failed)
        self._seen: dict[str, Any] = {}  # where → what its picture is of
        self._before: Optional[tuple[Scene, str]] = None
        state.listeners.append(self.latest.ask)

    async def _paint(self) -> None:
        """The visitor's own; when no hand is at work all others too, one by one."""
        state, scene = self.state, self.state.asked
        if state.version.about.style == "reference" and state.reference is None:
            self.frame.caption.content = "Waits for a photo whose style it is painted in"
            self.frame.busy(False)
            return
        start = time.monotonic()
        await self._own(scene)
        if not state.history.settled:
            await self._rest(REST * (time.monotonic() - start))
        if state.history.settled:
            await self._styles(scene)
            for place, seed in enumerate(self.variations.wanted):
                image = await self._bring(f"variation {place}", scene, seed)
                if image is not None:
                    self.variations.painted(place, image)
        if self.frame.is_busy and not self.latest.asked:
            self.frame.busy(False)
            self.voice.whisper("painted")

    async def _rest(self, seconds: float) -> None:
        """For so long or until the hand rests: its last place waits for what is being painted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.state.history.settled:
            await asyncio.sleep(POLL)

    async def _own(self, scene: Scene) -> None:
        seed, base = self.state.seed, self.state.now.work.base
        image = await self._bring("own", scene, seed, self.state.keeps_photo)
        if image is None:
            return
        image = self.state.finished(image, scene)
        self.frame.painted(image, f"Picture {seed}" if self.state.has_seeds else "")
        address = self.frame.picture.props["src"]
        self.canvas.lay_under(address)
        if self._before is None or self._before[0] is not base:
            self._before = (base, address)
            self.frame.lay_over(address)

    async def _styles(self, scene: Scene) -> None:
        """What the selected object looks like in each of its class' styles."""
        state, place = self.state, self.state.selected
        if place is None or not state.clusters():
            return
        spot = pixel(scene, place)
        region, box = objects.id_at(scene, spot, state.styles_of), _around(objects.at(scene, spot))
        for number in range(min(state.clusters(), CLUSTERS)):
            styled = dataclasses.replace(scene, styles={**scene.styles, region: number})
            image = await self._bring(f"style {number}", styled, state.seed, box)
            if image is not None:
                self.styles.painted(number, image[box])

    async def _bring(
        self, where: str, scene: Scene, seed: int, *shown: Any
    ) -> Optional[np.ndarray]:
        """The picture, unless it is there already or something newer is asked for.

        Args:
          shown: what else decides about how it is shown there.
        """
        state, drawing = self.state, self.state.now
        of = (state.version, drawing.work, drawing.reference, dict(scene.styles), seed, shown)
        if self.latest.asked or _same(self._seen.get(where), of):
            return None
        self.frame.busy(True)
        try:
            images = await state.studio.labels.painted(
                state.version, scene, [seed], state.reference
            )
        except UserError as error:
            self._seen[where] = of  # it would be no better again
            self.frame.busy(False)
            self.voice.complain(error)
            return None
        self._seen[where] = of
        return np.asarray(images[0])

    def _failed(self) -> None:
        self.frame.busy(False)
        self.voice.complain("the picture could not be painted; the server's log says why")


def _around(inside: np.ndarray) -> Box:
    """The box of an object and a little around it."""
    (box,) = ndimage.find_objects(inside.astype(np.uint8))
    more = [max(2, round(AROUND * (side.stop - side.start))) for side in box]
    rows, columns = (slice(max(0, side.start - by), side.stop + by) for side, by in zip(box, more))
    return rows, columns


def _same(seen: Optional[tuple[Any, ...]], of: tuple[Any, ...]) -> bool:
    """Whether they are of the very same things, and of equal numbers."""
    return seen is not None and all(
        one is other or (type(one) in (int, dict, tuple) and one == other)
        for one, other in zip(seen, of)
    )
