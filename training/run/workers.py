"""The processes that train together, and what they have to agree on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

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

    def check_same_settings(self, mine: Mapping[str, Any], chiefs: Callable[[], Any]) -> None:
        """Refuse to train together otherwise than the chief.

        Args:
          mine: what this worker's config.json would say.
          chiefs: reads what the chief's says, which is written by now.

        Raises:
          UserError: naming the first that differs; the other workers end too.
        """
        if self.alone:
            return
        self._over_all(0.0)  # the chief has come as far as this
        theirs, own = chiefs(), json.loads(json.dumps(mine))
        names = [name for name in own if own[name] != theirs.get(name)]
        if self._over_all(float(bool(names))) == 0:
            return
        told = "another worker has other settings or records than the chief; its line says which"
        if names:
            (name, *_), number = names, self.number
            told = f"worker {number} has {name} {own[name]}, the chief {theirs.get(name)}"
        raise UserError(f"{told}; give all workers the same flags and the same records")

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
