"""Rows of many callers → few calls of a model."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

import numpy as np

from serving.models import Signature

Arrays = dict[str, np.ndarray]


class Full(Exception):
    """No room in the queue.

    Attributes:
      seconds: after which there may be some.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many requests are waiting; try again in {seconds} s")
        self.seconds = seconds


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """A caller's rows, and where they are waited for."""

    signature: Signature
    inputs: Arrays
    rows: int
    answer: asyncio.Future


class Batcher:
    """Calls models with the rows of all who wait, one call at a time.

    While a call runs, callers queue up; the next call takes them together. A caller who has gone
    away is left out.

    Args:
      most_rows: in a call (one caller's rows stay together, even if they are more).
      capacity: rows that may wait; at least one caller always may.
      wait: seconds that the first in an empty queue waits for others.
      observe: is told of each call: rows, callers, seconds.
    """

    def __init__(
        self,
        most_rows: int,
        capacity: int,
        wait: float,
        observe: Callable[[int, int, float], None] = lambda rows, callers, seconds: None,
    ) -> None:
        self.most_rows, self.capacity, self.wait, self.observe = most_rows, capacity, wait, observe
        self.waiting = 0  # rows
        self._queue: collections.deque[Job] = collections.deque()
        self._pace = 0.0  # seconds a row, of late
        self._thread = ThreadPoolExecutor(1, "model")
        self._worker: Optional[asyncio.Task] = None

    async def run(self, signature: Signature, **inputs: np.ndarray) -> Arrays:
        """What `signature` makes of these rows.

        Args:
          inputs: [N, …] each.

        Raises:
          Full: too many rows are waiting.
        """
        rows = len(next(iter(inputs.values())))
        if self._queue and self.waiting + rows > self.capacity:
            raise Full(max(1, round(self.waiting * self._pace)))
        job = Job(signature, inputs, rows, asyncio.get_running_loop().create_future())
        self._queue.append(job)
        self.waiting += rows
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await job.answer

    async def _work(self) -> None:
        """Until nobody waits."""
        await asyncio.sleep(self.wait)
        while self._queue:
            jobs = self._take()
            if jobs:
                await self._answer(jobs)

    def _take(self) -> list[Job]:
        """The first job and those right behind it that fit into one call with it."""
        jobs: list[Job] = []
        rows = 0
        while self._queue:
            job = self._queue[0]
            if jobs and (
                job.signature is not jobs[0].signature or rows + job.rows > self.most_rows
            ):
                break
            self._queue.popleft()
            self.waiting -= job.rows
            if not job.answer.done():
                jobs.append(job)
                rows += job.rows
        return jobs

    async def _answer(self, jobs: list[Job]) -> None:
        signature, rows = jobs[0].signature, sum(job.rows for job in jobs)
        inputs = {
            name: np.concatenate([job.inputs[name] for job in jobs]) for name in jobs[0].inputs
        }
        start = time.perf_counter()
        call = asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: signature.call(**inputs)
        )
        try:
            outputs = await call
        except Exception as error:
            for job in jobs:
                if not job.answer.done():
                    job.answer.set_exception(error)
            return
        seconds = time.perf_counter() - start
        self._pace = seconds / rows
        self.observe(rows, len(jobs), seconds)
        place = 0
        for job in jobs:
            part = {name: array[place : place + job.rows] for name, array in outputs.items()}
            place += job.rows
            if not job.answer.done():
                job.answer.set_result(part)
