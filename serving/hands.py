"""Threads for what takes a core: pictures read and written, faces found in photos."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from serving.batching import Full

PHOTOS_WAITING = 16  # more are refused: a photo takes a core for a tenth of a second and more


class Hands:
    """Do it beside the server's own thread, which stays free to answer."""

    def __init__(self) -> None:
        self._drawers = ThreadPoolExecutor(2, "pictures")
        self._finders = ThreadPoolExecutor(1, "faces")  # dlib takes all of a core
        self._finding = 0

    async def draw(self, work: Any, *args: Any) -> Any:
        """`work(*args)`, which reads or makes pictures."""
        return await _in(self._drawers, work, *args)

    async def find(self, work: Any, *args: Any) -> Any:
        """`work(*args)`, which looks for faces. Raises Full: too many photos are waiting."""
        if self._finding >= PHOTOS_WAITING:
            raise Full(2)
        self._finding += 1
        try:
            return await _in(self._finders, work, *args)
        finally:
            self._finding -= 1


async def _in(pool: ThreadPoolExecutor, work: Any, *args: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(pool, work, *args)
