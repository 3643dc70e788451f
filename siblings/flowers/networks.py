"""A DCGAN (arXiv 1511.06434) that is told where its subject lies, in both networks.

Masks are 1 where it is, -1 elsewhere, and join at several scales as the last channel of what a
layer is given. Without masks the same networks are the plain DCGAN.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow import keras

from networks.batch_norm import BatchNorm
from networks.convolution import Conv2D, Doubling, Halving
from networks.layers import LEAKY_SLOPE

CANVAS = 64  # pixels a side that the discriminator judges; pictures are of multiples of it
LATENT = (2, 2, 32)  # of a picture of 64 × 64; twice the height, twice the rows
# How much smaller than the picture the masks are that each network is given, in their order.
GENERATOR_SCALES = (32, 16, 8, 4, 2)
DISCRIMINATOR_SCALES = (4, 8, 16)
SPREAD = 0.02  # standard deviation of the first weights


class Generator(keras.Model):
    """Five transposed convolutions 4×4 of stride 2 (pad 1), batch norm and ReLU between them.

    Args:
      width: channels before the last layer; before that 2, 4 and 8 times as many.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(self, width: int = 128, dtype: Any = None) -> None:
        super().__init__(name="generator", dtype=dtype)
        widths = [8 * width, 4 * width, 2 * width, width]
        self.convs = [Doubling(each, _drawn(), dtype) for each in (*widths, 3)]
        self.norms = [_norm(dtype) for _ in widths]

    def call(
        self, latent: tf.Tensor, masks: Sequence[tf.Tensor] = (), training: bool = False
    ) -> tf.Tensor:
        """Paint.

        Args:
          latent: [N, H / 32, W / 32, 32] from N(0, 1).
          masks: of GENERATOR_SCALES, [N, H / scale, W / scale, 1] in [-1, 1]; none, always or
            never.
          training: normalise by the batch's statistics, and keep them.

        Returns:
          Pictures [N, H, W, 3] in [-1, 1], in the weights' dtype.
        """
        x = tf.cast(latent, self.compute_dtype)
        for level, conv in enumerate(self.convs):
            x = conv(_joined(x, masks, level))
            if level < len(self.norms):
                x = tf.nn.relu(self.norms[level](x, training=training))
        return tf.tanh(tf.cast(x, self.variable_dtype))


class Discriminator(keras.Model):
    """Four convolutions 4×4 of stride 2 (pad 1), batch norm and leaky ReLU 0.2, one 4×4 at last.

    Args:
      width: channels of the first layer; then 2, 4 and 8 times as many.
      dtype: of weights and computation.
    """

    def __init__(self, width: int = 64, dtype: Any = None) -> None:
        super().__init__(name="discriminator", dtype=dtype)
        widths = [width, 2 * width, 4 * width, 8 * width]
        self.convs = [Halving(each, _drawn(), dtype) for each in widths]
        self.norms = [_norm(dtype) for _ in widths[1:]]
        self.last = Conv2D(1, 4, use_bias=False, kernel_initializer=_drawn(), dtype=dtype)

    def call(
        self, picture: tf.Tensor, masks: Sequence[tf.Tensor] = (), training: bool = False
    ) -> tf.Tensor:
        """Judge.

        Args:
          picture: [N, 64, 64, 3] in [-1, 1].
          masks: of DISCRIMINATOR_SCALES, [N, 64 / scale, 64 / scale, 1] in [-1, 1]; none, always
            or never.
          training: normalise by the batch's statistics, and keep them.

        Returns:
          Logits [N], in the weights' dtype; their sigmoid is the probability of a real photo.
        """
        x = tf.nn.leaky_relu(self.convs[0](tf.cast(picture, self.compute_dtype)), LEAKY_SLOPE)
        x = self._normed(0, x, training)
        for level in (1, 2):
            x = self._normed(level, _joined(x, masks, level - 1), training)
        return tf.cast(self.last(_joined(x, masks, 2)), self.variable_dtype)[:, 0, 0, 0]

    def _normed(self, level: int, x: tf.Tensor, training: bool) -> tf.Tensor:
        x = self.norms[level](self.convs[level + 1](x), training=training)
        return tf.nn.leaky_relu(x, LEAKY_SLOPE)


def masks_at(mask: tf.Tensor, scales: Sequence[int]) -> list[tf.Tensor]:
    """A mask [N, H, W, 1], so many times smaller each: means of the pixels that become one."""
    return [tf.nn.avg_pool2d(mask, scale, scale, "VALID") for scale in scales]


def is_one_of(label: tf.Tensor, ids: Sequence[int]) -> tf.Tensor:
    """Label maps uint8 [N, H, W] → where classes are, bool [N, H, W]."""
    return tf.reduce_any([tf.equal(label, id) for id in ids], axis=0)


def mask_of(there: tf.Tensor, dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Where something is, bool [N, H, W] → [N, H, W, 1]: 1 there, -1 elsewhere."""
    return 2 * tf.cast(there, dtype)[..., tf.newaxis] - 1


def latent_shape(height: int, width: int) -> tuple[int, int, int]:
    """Of the latent of a picture."""
    rows, columns, channels = LATENT
    return rows * height // CANVAS, columns * width // CANVAS, channels


def _joined(x: tf.Tensor, masks: Sequence[tf.Tensor], level: int) -> tf.Tensor:
    return tf.concat([x, tf.cast(masks[level], x.dtype)], axis=-1) if masks else x


def _norm(dtype: Any) -> BatchNorm:
    return BatchNorm(_drawn(1.0), dtype=dtype)


def _drawn(mean: float = 0.0) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(mean, SPREAD)
