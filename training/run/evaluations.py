"""What --eval_every does: figures on the way, and the best checkpoint kept."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from interface import pictures
from training.growth import best_of
from training.run.logbook import Board, Rows
from training.run.loop import Trainer

Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Evaluations:
    """Writes evaluations.jsonl, and keeps the checkpoint whose decisive figure is the lowest.

    Args:
      stage: its folder.
      start: the step that training goes on from.
      board: TensorBoard.
      trainer: what paints.
      measure: of a function (mask bool [N, H, H], latent float32 [N, L]) → uint8 [N, H, H, 3].
      decisive: the name of the figure that decides.
      images: that figures are taken from; those of other numbers are not comparable.
    """

    def __init__(
        self,
        stage: pathlib.Path,
        start: int,
        board: Board,
        trainer: Trainer,
        measure: Callable[[Paint], dict[str, float]],
        decisive: str,
        images: int,
    ) -> None:
        self.rows, self.board = Rows(stage / "evaluations.jsonl", start), board
        self.trainer, self.measure, self.decisive = trainer, measure, decisive
        self.images, self.best = images, best_of(stage)
        kept = {row["step"]: row for row in self.rows.kept}
        # One of a later step than where training goes on from is of another course of it; one
        # of other images can't be compared.
        rows = [kept[step] for step in self.best.steps() if step in kept]
        same = [row[decisive] for row in rows if row["images"] == images]
        self.lowest = same[-1] if same else float("inf")

    def __call__(self, step: int, scalars: dict[str, Any]) -> None:
        figures = self.measure(self._paint)
        self.rows.append(step, {**figures, "images": self.images})
        self.board.scalars(step, {f"evaluation/{name}": v for name, v in figures.items()})
        if figures[self.decisive] < self.lowest:
            self.lowest = figures[self.decisive]
            self.best.save(self.trainer.checkpoint, step)

    def _paint(self, mask: np.ndarray, latent: np.ndarray) -> np.ndarray:
        asked = tf.constant(mask[..., None], tf.float32)
        return pictures.to_uint8(self.trainer.sample(asked, tf.constant(latent)).numpy())
