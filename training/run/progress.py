"""What a run shows while it trains: a progress bar and sample pictures."""

from __future__ import annotations

import contextlib
import pathlib
import time
from typing import Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from interface import pictures
from training.run.logbook import Board
from training.run.loop import Trainer

SHOWN = ("critic_loss", "generator_loss")
WARM = 4  # steps: the first one compiles, the next ones fill caches
VARIATIONS = 6  # pictures for each mask of a sample sheet
LARGEST_TILE = 256


class ProgressBar(contextlib.AbstractContextManager["ProgressBar"]):
    """Steps done, losses, images/s and the time left; a context that ends with the bar's line.

    Once warm it says in a line of its own how long all steps will take.

    Args:
      start, stop: steps.
      images: trained on in each step.
      interval: steps between two looks at the losses (each look waits for the device).
      shown: whether there is a bar at all.
    """

    def __init__(
        self, name: str, start: int, stop: int, images: int, interval: int, shown: bool = True
    ) -> None:
        self.bar = tqdm(
            desc=name, initial=start, total=stop, unit="step", smoothing=0.05, disable=not shown
        )
        self.images, self.interval, self.start, self.stop = images, interval, start, stop
        self.seen = (start, time.monotonic())

    def __call__(self, step: int, scalars: dict[str, Any]) -> None:
        done = step - self.start
        if done == 1:
            self.seen = (step, time.monotonic())  # what compiling took is nobody's speed
        elif done == WARM and not self.bar.disable:
            float(next(iter(scalars.values())))  # waits for the device
            self._say_expected_time(step, scalars)
        elif step % self.interval == 0 or step == self.stop:
            shown = {k: f"{float(scalars[k]):.3g}" for k in SHOWN if k in scalars}
            rate = self.images / self._seconds_a_step(step)
            self.bar.set_postfix({**shown, "images/s": f"{rate:.0f}"}, refresh=False)
            self.seen = (step, time.monotonic())
        self.bar.update()

    def _seconds_a_step(self, step: int) -> float:
        return max(time.monotonic() - self.seen[1], 1e-9) / max(step - self.seen[0], 1)

    def _say_expected_time(self, step: int, scalars: dict[str, Any]) -> None:
        seconds = self._seconds_a_step(step)
        left = tqdm.format_interval((self.stop - step) * seconds)
        self.bar.write(f"warm: {seconds:.3g} s a step; expected time to step {self.stop}: {left}")

    def __exit__(self, *error: object) -> None:
        self.bar.close()


class SampleSheet:
    """A picture of fixed masks × fixed latents: each row a mask, its photo, then variations.

    Args:
      folder: where `step_00001000.png` goes.
      board: TensorBoard, where it is shown too.
      trainer: what draws.
      mask: [N, H, H, 1] in {0, 1}; image: their photos [N, H, H, 3] in [-1, 1].
      latent_size, seed: of the fixed latents, one for each column.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        board: Board,
        trainer: Trainer,
        mask: np.ndarray,
        image: np.ndarray,
        latent_size: int,
        seed: int,
    ) -> None:
        self.folder, self.board, self.trainer, self.mask = folder, board, trainer, mask
        self.photos = pictures.to_uint8(image)
        self.latent = tf.random.stateless_normal([VARIATIONS, latent_size], [seed, 0])

    def __call__(self, step: int, scalars: dict[str, Any]) -> None:
        rows = []
        for mask, photo in zip(self.mask, self.photos):
            same_mask = tf.repeat(mask[None], VARIATIONS, axis=0)
            drawn = self.trainer.sample(same_mask, self.latent)
            ink = (mask[..., 0] * 255).astype(np.uint8)
            rows.append([ink, photo, *pictures.to_uint8(drawn.numpy())])
        side = self.photos.shape[1]
        tile = max(side, min(LARGEST_TILE, 4 * side))
        path = self.folder / f"step_{step:08d}.png"
        pictures.save_png(path, pictures.grid(rows, tile))
        self.board.png(step, "samples", path)
