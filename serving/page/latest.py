"""Work that is asked for more often than it can be done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Optional

from serving.batching import Full

_log = logging.getLogger(__name__)


class Latest:
    """Does one thing at a time; whatever is asked for meanwhile is done once, after it.

    Args:
      work: looks for itself what there is to do, when it begins. `Full` is waited out, then it is
        done again.
      failed: called where it raised anything else, which is logged.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], failed: Callable[[], None]) -> None:
        self.work, self.failed = work, failed
        self._asked = False
        self._task: Optional[asyncio.Task] = None

    def ask(self) -> None:
        """Have it done, with what there is to do from now on."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Do no more of it."""
        self._asked = False
        if self._task is not None:
            self._task.cancel()

    @property
    def asked(self) -> bool:
        """Whether what is being done is out of date already."""
        return self._asked

    async def _run(self) -> None:
        while self._asked:
            self._asked = False
            try:
                await self.work()
            except Full as full:
                await asyncio.sleep(full.seconds)
                self._asked = True
            except Exception:
                _log.exception("painting for the page failed")
                self.failed()
