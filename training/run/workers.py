"""The processes that train together, and what they have to agree on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import tensorflow as tf

from interface.command_line import UserError


class Workers:
    """The workers of a strategy; most often this process is the only one.

    Args:
      strategy: all workers' replicas.

    Attributes:
      chief: whether this process writes; of several workers that is number 0.
    """

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        resolver = strategy.cluster_resolver
        self.alone, self.number = resolver is None, resolver.task_id if resolver else 0
        self.chief = self.number == 0

        @tf.function(autograph=False)
        def mean(value: tf.Tensor) -> tf.Tensor:
            values = strategy.run(tf.identity, [value])
            return strategy.reduce(tf.distribute.ReduceOp.MEAN, values, axis=None)

        self._mean = mean

    def agreed(self, question: Callable[[], bool]) -> Callable[[], bool]:
        """The question, answered yes on every worker as soon as it is on one of them."""
        if self.alone:
            return question
        return lambda: self._over_all(float(question())) > 0

    def check_same_start(self, step: int) -> None:
        """Refuse to train on from different steps.

        Raises:
          UserError: another worker has found another checkpoint.
        """
        if not self.alone and self._over_all(float(step)) != step:
            raise UserError(
                f"worker {self.number} starts at step {step}, another one elsewhere: --run_dir "
                "must be one folder that all workers share"
            )

    @contextlib.contextmanager
    def none_may_be_lost(self) -> Iterator[None]:
        """Turn what TensorFlow raises when another worker dies into one line.

        Raises:
          UserError: a worker is gone.
        """
        try:
            yield
        except (tf.errors.UnavailableError, tf.errors.DeadlineExceededError):
            if self.alone:
                raise
            raise UserError(
                f"worker {self.number} lost another one; start all of them again with the same "
                "command: they go on from the last checkpoint"
            ) from None

    def _over_all(self, value: float) -> float:
        return float(self._mean(tf.constant(value, tf.float64)))
