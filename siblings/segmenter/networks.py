"""The segmenter's network: a small U-Net (arXiv 1505.04597) for photos of any size."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

from networks.batch_norm import BatchNorm
from networks.convolution import Conv2D

DEPTH = 4  # times that the resolution is halved
MULTIPLE_OF = 2**DEPTH  # what height and width must be


class DoubleConv(keras.layers.Layer):
    """Twice: convolution 3×3, batch norm, ReLU. [N, H, W, C] → [N, H, W, features]."""

    def __init__(self, features: int, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.convs = [_conv(features, 3, use_bias=False, dtype=dtype) for _ in range(2)]
        self.norms = [BatchNorm(dtype=dtype) for _ in range(2)]

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        for conv, norm in zip(self.convs, self.norms):
            x = tf.nn.relu(norm(conv(x), training=training))
        return x


class UNet(keras.Model):
    """Halves the resolution four times, doubles it again, and joins what it had there before.

    Widths on the way down: features · (1, 2, 4, 8, 8); on the way up: features · (4, 2, 1, 1).

    Args:
      classes: that it tells apart.
      features: width at full resolution.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(self, classes: int, features: int = 16, dtype: Any = None) -> None:
        super().__init__(name="u_net", dtype=dtype)
        self.classes = classes
        down, up = (1, 2, 4, 8, 8), (4, 2, 1, 1)
        self.down = [DoubleConv(features * times, dtype=dtype) for times in down]
        self.up = [DoubleConv(features * times, dtype=dtype) for times in up]
        self.to_classes = _conv(classes, 1, dtype=dtype)

    def call(self, photo: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Label photos.

        Args:
          photo: [N, H, W, 3] in [-1, 1], H and W multiples of 16.
          training: normalise by the batch's statistics, and keep them.

        Returns:
          Logits [N, H, W, classes], in the weights' dtype.
        """
        x = self.down[0](photo, training=training)
        levels = [x]
        for block in self.down[1:]:
            x = block(tf.nn.max_pool2d(x, 2, 2, "VALID"), training=training)
            levels.append(x)
        for block, level in zip(self.up, reversed(levels[:-1])):
            doubled = tf.image.resize(x, tf.shape(level)[1:3])  # bilinear, half-pixel centres
            joined = tf.concat([level, tf.cast(doubled, level.dtype)], axis=-1)
            x = block(joined, training=training)
        return tf.cast(self.to_classes(x), self.variable_dtype)


def labelled(network: UNet, photo: tf.Tensor) -> tf.Tensor:
    """Photos uint8 [N, H, W, 3] → the class of every pixel, uint8 [N, H, W]."""
    return most_likely(network(tf.cast(photo, network.variable_dtype) / 127.5 - 1))


def most_likely(logits: tf.Tensor) -> tf.Tensor:
    """[N, H, W, classes] → uint8 [N, H, W]."""
    return tf.cast(tf.argmax(logits, axis=-1), tf.uint8)


def _conv(features: int, size: int, **kwargs: Any) -> Conv2D:
    return Conv2D(features, size, padding="same", kernel_initializer="he_normal", **kwargs)
