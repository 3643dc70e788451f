"""Batch normalisation over the global batch, with PyTorch's numbers."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

EPSILON = 1e-5
KEPT = 0.9  # of the running statistics at each step


class BatchNorm(keras.layers.Layer):
    """(x - mean) / sqrt(variance + epsilon) · scale + offset, for each channel of [N, H, W, C].

    In training mean and variance are those of all replicas' samples together, so that several
    devices train as one does; the running statistics take an unbiased variance, as PyTorch's do,
    and stand in for them otherwise.

    Args:
      scale_initializer: of the scale; ones.
      epsilon: keeps the root from zero.
    """

    def __init__(
        self, scale_initializer: Any = "ones", epsilon: float = EPSILON, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.scale_initializer, self.epsilon = scale_initializer, epsilon

    def build(self, shape: Any) -> None:
        self.scale = self._weight("scale", shape[-1], self.scale_initializer)
        self.offset = self._weight("offset", shape[-1], "zeros")
        # Each replica keeps its own; they are equal, for their statistics are. So the first one's
        # stand for all: a mean at each checkpoint would need workers that do not write one.
        replicated: dict[str, Any] = {
            "trainable": False,
            "synchronization": tf.VariableSynchronization.ON_READ,
            "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA,
        }
        self.mean = self._weight("mean", shape[-1], "zeros", **replicated)
        self.variance = self._weight("variance", shape[-1], "ones", **replicated)

    def _weight(self, name: str, width: int, initializer: Any, **kwargs: Any) -> tf.Variable:
        return self.add_weight(
            name, [width], initializer=initializer, experimental_autocast=False, **kwargs
        )

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Normalise [N, H, W, C]; statistics are never of short floats."""
        full = tf.cast(x, self.variable_dtype)
        mean, variance = self._of_batch(full) if training else (self.mean, self.variance)
        factor = self.scale * tf.math.rsqrt(variance + self.epsilon)
        return tf.cast(full * factor + (self.offset - mean * factor), self.compute_dtype)

    def _of_batch(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The global batch's mean and variance; the running ones follow them."""
        mean, variance = tf.nn.moments(x, [0, 1, 2])
        context = tf.distribute.get_replica_context()
        replicas = context.num_replicas_in_sync
        if replicas > 1:  # as one tensor: see `training.step.added_up`
            both = tf.stack([mean, variance + mean**2])
            mean, square = tf.unstack(context.all_reduce(tf.distribute.ReduceOp.MEAN, both))
            variance = square - mean**2
        count = tf.cast(tf.size(x) // x.shape[-1] * replicas, x.dtype)
        self._follow(self.mean, mean)
        self._follow(self.variance, variance * count / tf.maximum(count - 1, 1))
        return mean, variance

    @staticmethod
    def _follow(running: tf.Variable, new: tf.Tensor) -> None:
        running.assign(KEPT * running + (1 - KEPT) * tf.stop_gradient(new))
