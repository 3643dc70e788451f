"""In which order pictures are painted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from serving.page.landmarks.blend import STEPS, Blend
from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.state import State
from serving.page.landmarks.variations import Faces
from serving.page.latest import Latest
from serving.page.voice import Voice


class Easel:
    """Paints what is to be seen and is not yet, one thing at a time.

    Attributes:
      latest: is asked at each change.
    """

    def __init__(
        self, state: State, portrait: Portrait, faces: Faces, blend: Blend, voice: Voice
    ) -> None:
        self.state, self.portrait, self.faces, self.blend = state, portrait, faces, blend
        self.voice = voice
        self.latest = Latest(self._paint, self._failed)
        self._seen: dict[str, Any] = {}  # where → what its pictures are of
        state.listeners.append(self.latest.ask)

    async def _paint(self) -> None:
        """The visitor's own face; when no hand is at work all others too."""
        state, studio = self.state, self.state.studio
        version, mask, of = state.version, state.mask(), (state.version, state.now)
        mine, seeds, ends = state.mine, tuple(state.seeds), tuple(state.ends)

        def own(images: np.ndarray) -> None:
            self.portrait.painted(images[0], mine)

        await self._bring("own", (*of, mine), own, studio.faces, version, mask, [mine])
        if not state.history.settled:
            return
        show = self.faces.painted
        await self._bring("others", (*of, seeds), show, studio.faces, version, mask, seeds)
        if len(ends) == 2:
            way = self.blend.painted
            await self._bring("way", (*of, ends), way, studio.between, version, mask, ends, STEPS)
        if self.portrait.frame.is_busy and not self.latest.asked:
            self.portrait.frame.busy(False)
            self.voice.whisper(f"Face {mine} painted")

    async def _bring(
        self,
        where: str,
        of: Any,
        show: Callable[[np.ndarray], None],
        paint: Callable[..., Awaitable[np.ndarray]],
        *args: Any,
    ) -> None:
        """Unless it is there, or something newer is asked for."""
        if self._seen.get(where) == of or self.latest.asked:
            return
        self.portrait.frame.busy(True)
        show(await paint(*args))
        self._seen[where] = of

    def _failed(self) -> None:
        self.portrait.frame.busy(False)
        self.voice.complain("the face could not be painted; the server's log says why")
