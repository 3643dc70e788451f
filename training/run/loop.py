"""The loop around every trainer: it knows steps and actions, and nothing of what is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import tensorflow as tf

Action = Callable[[int, dict[str, Any]], None]


class Trainer(Protocol):
    """What the loop, its actions and the checkpoints ask of a system."""

    checkpoint: tf.train.Checkpoint

    def train_step(self, batch: Any) -> dict[str, tf.Tensor]:
        """Update the weights once; returns scalars to log."""

    def sample(self, mask: tf.Tensor, latent: tf.Tensor) -> tf.Tensor:
        """Images [N, H, W, 3] in [-1, 1]."""


def every(interval: int, action: Action, also_at: int | None = None) -> Action:
    """`action`, but only at multiples of `interval` and at step `also_at`."""

    def sometimes(step: int, scalars: dict[str, Any]) -> None:
        if step % interval == 0 or step == also_at:
            action(step, scalars)

    return sometimes


def run(
    trainer: Trainer,
    batches: Iterator[Any],
    start: int,
    stop: int,
    actions: list[Action],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Train from step `start` to step `stop`.

    Args:
      trainer: what learns.
      batches: one element a step.
      actions: called after each step with the number of steps done and the step's scalars.
      stopping: asked after each step; once it is true, the loop ends early.

    Returns:
      The number of steps done.
    """
    for step in range(start + 1, stop + 1):
        scalars = trainer.train_step(next(batches))
        for action in actions:
            action(step, scalars)
        if stopping():
            return step
    return stop
