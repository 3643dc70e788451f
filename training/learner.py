"""Networks of which each is updated once a step, and all that must survive; siblings extend it.

The main system has more: several updates of the critic, an average (`training.trainer`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf
from tensorflow import keras

from training import step
from training.loss_scale import LossScale
from training.run.loop import Batch, Scalars

ADVERSARIAL = 0.5, 0.999  # Adam's betas of DCGAN (arXiv 1511.06434) and all that came of it


class Learner:
    """All of `training.run.loop.Trainer`, where `_replica_step` says what a step is.

    Args:
      strategy: the replicas.
      networks: by name, with all of their weights.
      learning_rate: of all of them: steps done → float32 scalar; betas: of Adam.
      loss_scaling: for networks that compute in float16.
      xla: compile what `compiled` is given with XLA.
      trained: by name, the weights of a network that are; all where there is none.
      kept: what a checkpoint holds beside networks and optimisers, by name.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        networks: Mapping[str, keras.Model],
        learning_rate: Callable[[tf.Tensor], tf.Tensor],
        betas: tuple[float, float],
        loss_scaling: bool = False,
        xla: bool = False,
        trained: Mapping[str, Sequence[tf.Variable]] | None = None,
        **kept: tf.Module,
    ) -> None:
        self.strategy, self.networks = strategy, networks
        weights = {name: each.trainable_variables for name, each in networks.items()}
        weights.update(trained or {})
        with strategy.scope():
            self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
            self.rate_scale = tf.Variable(1.0, trainable=False)  # whoever rolls back lowers it
            self.loss_scale = LossScale(loss_scaling)
            self.learning_rate = lambda: learning_rate(self.step) * self.rate_scale
            optimizers = {name: step.adam(self.learning_rate, *betas) for name in networks}
            for name, optimizer in optimizers.items():
                optimizer._create_all_weights(weights[name])
        self.updates = {
            name: step.Update(name, weights[name], optimizer, self.loss_scale, clip_norm=0.0)
            for name, optimizer in optimizers.items()
        }
        others = len(networks) > 1
        self.checkpoint = tf.train.Checkpoint(
            **networks,
            **{f"{name}_optimizer" if others else "optimizer": o for name, o in optimizers.items()},
            **kept,
            loss_scale=self.loss_scale,
            step=self.step,
        )
        compiled = functools.partial(tf.function, jit_compile=True, autograph=False)
        self.compiled: Callable[..., Any] = compiled if xla else lambda function: function

    @tf.function(autograph=False)
    def train_step(self, batch: Batch) -> Scalars:
        """One step.

        Args:
          batch: see the system's `_replica_step`; per replica, its share.

        Returns:
          Float32 scalars: losses and others, means over the replicas.
        """
        scalars = step.means(self.strategy, self.strategy.run(self._scalars, [batch]))
        if self.loss_scale.active:
            finite = tf.add_n([scalars[f"{name}_skipped"] for name in self.updates]) == 0
            self.loss_scale.update(finite)
        self.step.assign_add(1)
        return scalars

    def _scalars(self, batch: Batch) -> Scalars:
        """A replica's, and the rate that its step was taken with, all float32."""
        scalars = {**self._replica_step(batch), "learning_rate": self.learning_rate()}
        return {name: tf.cast(value, tf.float32) for name, value in scalars.items()}

    def _replica_step(self, batch: Batch) -> Scalars:
        """Update every network once, on one replica; returns scalars to log."""
        raise NotImplementedError

    def share(self, loss: tf.Tensor) -> tf.Tensor:
        """This replica's part of a loss (replicas are added up), times the loss scale."""
        scale = tf.cast(self.loss_scale.value(), loss.dtype)
        return scale / self.strategy.num_replicas_in_sync * loss
