"""Fakes of earlier steps, that a discriminator sees again in place of some of today's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

KEPT = {  # on each replica; they are equal, for what comes in is
    "trainable": False,
    "synchronization": tf.VariableSynchronization.ON_READ,
    "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA,
}
SWAPPED = 0.5  # of a full pool's new pictures


class ImagePool(tf.Module):
    """Holds up to `size` pictures; survives with the checkpoint that it is part of.

    While it is filled, pictures go in and come out as they are. Then each new one is given out
    itself, or with probability 0.5 changes places with a random one of the pool (arXiv 1612.07828,
    section 2.3).

    Args:
      size: of the pool; 0 = none, all pictures are given out as they are.
      shape: of a picture, [H, W, C]; dtype: likewise.
    """

    def __init__(self, size: int, shape: Sequence[int], dtype: Any = tf.float32) -> None:
        super().__init__()
        self.size = size
        self.count = tf.Variable(0, dtype=tf.int32, **KEPT)
        # Without a pool no shape is kept: its checkpoints are gone on from at any picture size.
        self.pictures = tf.Variable(tf.zeros([size, *shape] if size else [0], dtype), **KEPT)

    def __call__(self, pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """What the discriminator sees of the global batch's pictures.

        Args:
          pictures: [N, H, W, C], of all replicas, in their order.
          seed: int64 [2], of the draws.
        """
        if not self.size:
            return pictures
        swaps, places = tf.unstack(tf.random.stateless_uniform([2, pictures.shape[0]], seed))
        held, count, given = self.pictures.read_value(), self.count.read_value(), []
        for picture, swap, place in zip(*map(tf.unstack, (pictures, swaps, places))):
            full = count >= self.size
            chosen = tf.cast(place * self.size, tf.int32)
            at = tf.where(full, chosen, tf.minimum(count, self.size - 1))
            swapped = full & (swap < SWAPPED)
            given.append(tf.where(swapped, held[at], picture))
            enters = swapped | ~full
            kept = tf.where(enters, picture, held[at])
            held = tf.tensor_scatter_nd_update(held, [[at]], [kept])
            count += tf.cast(~full, tf.int32)
        self.pictures.assign(held)
        self.count.assign(count)
        return tf.stack(given)
