"""Rows of many callers → few calls of a model."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

import numpy as np

from serving.signatures import Arrays, Signature, rows


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
    """A caller's rows, and where they are waited for.

    Attributes:
      images: that they count as.
    """

    signature: Signature
    inputs: Arrays
    images: int
    answer: asyncio.Future

    @property
    def rows(self) -> int:
        return rows(self.inputs)

    def is_like(self, other: Job) -> bool:
        """Whether both go into one call: the same signature, rows of the same shapes."""
        return self.signature is other.signature and all(
            array.shape[1:] == other.inputs[name].shape[1:] for name, array in self.inputs.items()
        )


class Batcher:
    """Calls models with the rows of all who wait, one call at a time.

    While a call runs, callers queue up. The next call is for the one who has waited longest,
    together with those whose rows are like theirs. A caller who has gone away is left out.

    Args:
      most: images in a call (one caller's rows stay together, even if they are more).
      capacity: images that may wait; at least one caller always may.
      wait: seconds that the first in an empty queue waits for others.
      images: how many a caller's inputs count as.
      observe: is told of each call: rows, callers, seconds.
    """

    def __init__(
        self,
        most: int,
        capacity: int,
        wait: float,
        images: Callable[[Arrays], int],
        observe: Callable[[int, int, float], None] = lambda rows, callers, seconds: None,
    ) -> None:
        self.most, self.capacity, self.wait = most, capacity, wait
        self.images, self.observe = images, observe
        self.waiting = 0  # images
        self._queue: collections.deque[Job] = collections.deque()
        self._pace = 0.0  # seconds an image, of late
        self._thread = ThreadPoolExecutor(1, "model")
        self._worker: Optional[asyncio.Task] = None

    async def run(self, signature: Signature, **inputs: np.ndarray) -> Arrays:
        """What `signature` makes of these rows.

        Args:
          inputs: [N, …] each.

        Raises:
          Full: too many images are waiting.
        """
        images = self.images(inputs)
        if self._queue and self.waiting + images > self.capacity:
            raise Full(max(1, round(self.waiting * self._pace)))
        job = Job(signature, inputs, images, asyncio.get_running_loop().create_future())
        self._queue.append(job)
        self.waiting += images
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
        """The first job and those like it behind it, up to the first that is too much."""
        there = [job for job in self._queue if not job.answer.done()]
        alike = [job for job in there if job.is_like(there[0])]
        ends = itertools.accumulate(job.images for job in alike)
        taken = [job for job, end in zip(alike, ends) if end <= self.most] or there[:1]
        self._queue = collections.deque(job for job in there if job not in taken)
        self.waiting = sum(job.images for job in self._queue)
        return taken

    async def _answer(self, jobs: list[Job]) -> None:
        count, images = sum(job.rows for job in jobs), sum(job.images for job in jobs)
        start = time.perf_counter()
        call = asyncio.get_running_loop().run_in_executor(self._thread, _together, jobs)
        try:
            outputs = await call
        except Exception as error:
            for job in jobs:
                if not job.answer.done():
                    job.answer.set_exception(error)
            return
        seconds = time.perf_counter() - start
        self._pace = seconds / images
        self.observe(count, len(jobs), seconds)
        for job, output in zip(jobs, outputs):
            if not job.answer.done():
                job.answer.set_result(output)


def _together(jobs: Sequence[Job]) -> list[Arrays]:
    """What each job's rows become, by one call."""
    names = jobs[0].inputs
    inputs = {name: np.concatenate([job.inputs[name] for job in jobs]) for name in names}
    outputs = jobs[0].signature.call(**inputs)
    ends = np.cumsum([job.rows for job in jobs])
    return [
        {name: array[end - job.rows : end] for name, array in outputs.items()}
        for job, end in zip(jobs, ends)
    ]
