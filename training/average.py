"""The moving average of a network's weights, which is what a finished run paints with."""

from __future__ import annotations

from collections.abc import Iterator

import tensorflow as tf
from tensorflow import keras


class MovingAverage:
    """A network that follows another, built alike, as an exponential moving average.

    Args:
      strategy: in whose scope both were built.
      averaged: that follows; network: that is trained.
    """

    def __init__(
        self, strategy: tf.distribute.Strategy, averaged: keras.Model, network: keras.Model
    ) -> None:
        self.strategy, self.averaged, self.network = strategy, averaged, network

    def pairs(self) -> Iterator[tuple[tf.Variable, tf.Variable]]:
        """Each average with its weight."""
        return zip(self.averaged.trainable_variables, self.network.trainable_variables)

    def start(self) -> None:
        """Begin as the network is."""
        for average, weight in self.pairs():
            average.assign(weight)

    def follow(self, kept: tf.Tensor) -> None:
        """Go on by a step, outside of the replicas.

        Args:
          kept: scalar in [0, 1], what is kept of the average; see `schedule.average_decay`.
        """
        for average, weight in self.pairs():
            self.strategy.extended.update(average, _follow, args=(weight, kept))


def _follow(average: tf.Variable, weight: tf.Tensor, kept: tf.Tensor) -> None:
    average.assign_sub(tf.cast(1 - kept, average.dtype) * (average - weight))
