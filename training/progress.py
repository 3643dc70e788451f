"""What a run says while it trains: progress bar, metrics.jsonl, TensorBoard, sample pictures."""

from __future__ import annotations

import contextlib
import json
import pathlib
import time
from typing import Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from interface import files, pictures
from training.loop import Trainer

SHOWN = ("critic_loss", "generator_loss")
VARIATIONS = 6  # pictures for each mask of a sample sheet
LARGEST_TILE = 256


class ProgressBar(contextlib.AbstractContextManager["ProgressBar"]):
    """Steps done, losses, images/s and the time left; a context that ends with the bar's line.

    Args:
      start, stop: steps.
      images: trained on in each step.
      interval: steps between two looks at the losses (each look waits for the device).
    """

    def __init__(self, name: str, start: int, stop: int, images: int, interval: int) -> None:
        self.bar = tqdm(desc=name, initial=start, total=stop, unit="step", smoothing=0.05)
        self.images, self.interval = images, interval
        self.seen = (start, time.monotonic())

    def __call__(self, step: int, scalars: dict[str, Any]) -> None:
        if step % self.interval == 0 or step == self.bar.total:
            shown = {k: f"{float(scalars[k]):.3g}" for k in SHOWN if k in scalars}
            steps, seconds = step - self.seen[0], time.monotonic() - self.seen[1]
            rate = f"{steps * self.images / max(seconds, 1e-9):.0f}"
            self.bar.set_postfix({**shown, "images/s": rate}, refresh=False)
            self.seen = (step, time.monotonic())
        self.bar.update()

    def __exit__(self, *error: object) -> None:
        self.bar.close()


class MetricsLog:
    """One JSON object a line in metrics.jsonl, and the same scalars for TensorBoard.

    Args:
      folder: of the stage.
      start: the step that training goes on from; rows of later steps, written before the run
        was cut off, are dropped, since they will be written again.
    """

    def __init__(self, folder: pathlib.Path, start: int) -> None:
        self.path = folder / "metrics.jsonl"
        kept = [row for row in _whole_rows(self.path) if row["step"] <= start]
        with files.replacing(self.path) as aside:
            aside.write_text("".join(json.dumps(row) + "\n" for row in kept))
        self.board = tf.summary.create_file_writer(str(folder / "logs"))

    def __call__(self, step: int, scalars: dict[str, Any]) -> None:
        row = {name: float(value) for name, value in scalars.items()}
        with open(self.path, "a") as file:
            file.write(json.dumps({"step": step, **row}) + "\n")
        with self.board.as_default():
            for name, value in row.items():
                tf.summary.scalar(name, value, step)
            self.board.flush()


def _whole_rows(path: pathlib.Path) -> list[dict[str, Any]]:
    """The rows of a log; a last one that was cut off is left out."""
    rows = []
    for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
        try:
            row = json.loads(line)
            int(row["step"])
        except (ValueError, KeyError, TypeError):
            break
        rows.append(row)
    return rows


class SampleSheet:
    """A picture of fixed masks × fixed latents: each row a mask, its photo, then variations.

    Args:
      folder: where `step_00001000.png` goes.
      trainer: what draws.
      mask: [N, H, H, 1] in {0, 1}; image: their photos [N, H, H, 3] in [-1, 1].
      latent_size, seed: of the fixed latents, one for each column.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        trainer: Trainer,
        mask: np.ndarray,
        image: np.ndarray,
        latent_size: int,
        seed: int,
    ) -> None:
        self.folder, self.trainer, self.mask = folder, trainer, mask
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
        pictures.save_png(self.folder / f"step_{step:08d}.png", pictures.grid(rows, tile))
