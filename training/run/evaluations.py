"""What --eval_every does: figures on the way, and the best checkpoint kept."""

from __future__ import annotations

import math
from typing import Protocol

import tensorflow as tf

from training.run.logbook import Board, Rows
from training.run.loop import Scalars
from training.run.stages import Stage


class Evaluation(Protocol):
    """A small evaluation of what is trained.

    Attributes:
      decisive: the name of the figure that decides.
      highest_is_best: of that figure; else the lowest is.
      images: that figures are taken from; those of other numbers are not comparable.
    """

    decisive: str
    highest_is_best: bool
    images: int

    def __call__(self) -> dict[str, float]:
        """The figures of the moment, by name."""


class Evaluations:
    """Writes evaluations.jsonl, and keeps the checkpoint whose decisive figure is the best.

    Args:
      stage: that is trained.
      start: the step that training goes on from.
      board: TensorBoard.
      checkpoint: the state to keep.
      evaluation: what is measured.
    """

    def __init__(
        self,
        stage: Stage,
        start: int,
        board: Board,
        checkpoint: tf.train.Checkpoint,
        evaluation: Evaluation,
    ) -> None:
        self.rows, self.board = Rows(stage.folder / "evaluations.jsonl", start), board
        self.checkpoint, self.evaluation, self.saved = checkpoint, evaluation, stage.best()
        kept = {row["step"]: row for row in self.rows.kept}
        # One of other images can't be compared.
        rows = [kept[step] for step in self.saved.steps() if step in kept]
        same = [row[evaluation.decisive] for row in rows if row["images"] == evaluation.images]
        self.best = same[-1] if same else -math.inf if evaluation.highest_is_best else math.inf

    def __call__(self, step: int, scalars: Scalars) -> None:
        figures = self.evaluation()
        self.rows.append(step, {**figures, "images": self.evaluation.images})
        self.board.scalars(step, {f"evaluation/{name}": v for name, v in figures.items()})
        figure = figures[self.evaluation.decisive]
        if figure > self.best if self.evaluation.highest_is_best else figure < self.best:
            self.best = figure
            self.saved.save(self.checkpoint, step)
