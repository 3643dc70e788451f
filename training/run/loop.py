"""The loop around every trainer: it knows steps and actions, and nothing of what is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import tensorflow as tf
from tensorflow import keras

Batch = Mapping[str, tf.Tensor]  # of several replicas: a value for each, by name
Scalars = dict[str, tf.Tensor]
Action = Callable[[int, Scalars], None]


class Trainer(Protocol):
    """What a run asks of a system: all that the loop, its actions and the stages use.

    Attributes:
      strategy: whose replicas train.
      networks: by the names under which checkpoints hold them.
      checkpoint: everything that must survive.
      step: int64, steps done.
      rate_scale: float32, what the learning rate is multiplied by; a rollback halves it.
    """

    strategy: tf.distribute.Strategy
    networks: Mapping[str, keras.Model]
    checkpoint: tf.train.Checkpoint
    step: tf.Variable
    rate_scale: tf.Variable

    def train_step(self, batch: Batch) -> Scalars:
        """Update the weights once; returns float32 scalars to log."""


def every(interval: int, action: Action, also_at: int | None = None) -> Action:
    """`action`, but only at multiples of `interval` and at step `also_at`."""

    def sometimes(step: int, scalars: Scalars) -> None:
        if step % interval == 0 or step == also_at:
            action(step, scalars)

    return sometimes


def run(
    trainer: Trainer,
    batches: Iterator[Batch],
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
