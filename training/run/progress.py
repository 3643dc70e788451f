"""What a run shows while it trains: a progress bar and sample pictures."""

from __future__ import annotations

import contextlib
import pathlib
import time
from collections.abc import Callable, Sequence

import numpy as np
from tqdm import tqdm

from interface import pictures
from training.run.logbook import Board
from training.run.loop import Scalars

Paint = Callable[[], list[list[np.ndarray]]]
WARM = 4  # steps: the first one compiles, the next ones fill caches
LARGEST_TILE = 256


class ProgressBar(contextlib.AbstractContextManager["ProgressBar"]):
    """Steps done, losses, images/s and the time left; a context that ends with the bar's line.

    Once warm it says in a line of its own how long all steps will take.

    Args:
      steps: the first and the last.
      images: trained on in each step.
      interval: steps between two looks at the losses (each look waits for the device).
      shown: names of the scalars that are shown.
      hidden: whether there is no bar at all.
    """

    def __init__(
        self,
        name: str,
        steps: tuple[int, int],
        images: int,
        interval: int,
        shown: Sequence[str],
        hidden: bool = False,
    ) -> None:
        start, stop = steps
        self.bar = tqdm(
            desc=name, initial=start, total=stop, unit="step", smoothing=0.05, disable=hidden
        )
        self.images, self.interval, self.start, self.stop = images, interval, start, stop
        self.shown = shown
        self.seen = (start, time.monotonic())

    def __call__(self, step: int, scalars: Scalars) -> None:
        done = step - self.start
        if done == 1:
            self.seen = (step, time.monotonic())  # what compiling took is nobody's speed
        elif done == WARM and not self.bar.disable:
            float(next(iter(scalars.values())))  # waits for the device
            self._say_expected_time(step, scalars)
        elif step % self.interval == 0 or step == self.stop:
            shown = {k: f"{float(scalars[k]):.3g}" for k in self.shown if k in scalars}
            rate = self.images / self._seconds_a_step(step)
            self.bar.set_postfix({**shown, "images/s": f"{rate:.0f}"}, refresh=False)
            self.seen = (step, time.monotonic())
        self.bar.update()

    def _seconds_a_step(self, step: int) -> float:
        return max(time.monotonic() - self.seen[1], 1e-9) / max(step - self.seen[0], 1)

    def _say_expected_time(self, step: int, scalars: Scalars) -> None:
        seconds = self._seconds_a_step(step)
        left = tqdm.format_interval((self.stop - step) * seconds)
        self.bar.write(f"warm: {seconds:.3g} s a step; expected time to step {self.stop}: {left}")

    def __exit__(self, *error: object) -> None:
        self.bar.close()


class SampleSheet:
    """A picture of what is painted from the same inputs each time.

    Args:
      folder: where `step_00001000.png` goes.
      board: TensorBoard, where it is shown too.
      paint: its rows of pictures, uint8 [H, W, 3] or [H, W].
    """

    def __init__(self, folder: pathlib.Path, board: Board, paint: Paint) -> None:
        self.folder, self.board, self.paint = folder, board, paint

    def __call__(self, step: int, scalars: Scalars) -> None:
        rows = self.paint()
        height, width = rows[0][0].shape[:2]
        side = max(height, min(LARGEST_TILE, 4 * height))
        tile = side, round(side * width / height)
        path = self.folder / f"step_{step:08d}.png"
        pictures.save_png(path, pictures.grid(rows, tile))
        self.board.png(step, "samples", path)
