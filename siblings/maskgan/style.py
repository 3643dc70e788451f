"""The style of a photo whose label map says where everything is (MaskGAN, arXiv 1907.11922).

The spatial-aware style encoder (section "Dense Mapping Network").
"""

from __future__ import annotations

from typing import Any, Union

import tensorflow as tf
from tensorflow import keras

from networks.image_to_image.given import Given
from networks.image_to_image.layers import Conv

SLOPE = 0.1  # of what the spatial feature transform makes of its condition

# What a label map says of a picture, of a quarter and of a 32nd of its sides.
Conditions = tuple[tf.Tensor, tf.Tensor]


class SpatialFeatureTransform(keras.layers.Layer):
    """x · scale + shift, each pixel's own, which two convolutions 1×1 make of a condition.

    Args:
      width: channels of x, of the condition, and between.
    """

    def __init__(self, width: int, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.scale, self.shift = ([Conv(width, 1, dtype=dtype) for _ in range(2)] for _ in range(2))

    def call(self, x: tf.Tensor, condition: tf.Tensor) -> tf.Tensor:
        """Both [N, H, W, width]."""
        scale, shift = (
            second(tf.nn.leaky_relu(first(condition), SLOPE))
            for first, second in (self.scale, self.shift)
        )
        return x * scale + shift


class _Encoder(keras.layers.Layer):
    """One convolution 7×7 and five 4×4 of stride 2, reflected at the border, without norms.

    Args:
      width: of the 7×7; the next has 2, all others have 4 times as many.
    """

    def __init__(self, width: int = 16, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        first = Conv(width, 7, pad=3, mode="REFLECT", dtype=dtype)
        self.widest = 4 * width
        self.fine = [first, *_halving([2 * width, self.widest], dtype)]
        self.coarse = _halving([self.widest] * 3, dtype)


class LabelEncoder(_Encoder):
    """What a label map says, at two resolutions; see `_Encoder`."""

    def call(self, label: Union[tf.Tensor, Given]) -> Conditions:
        """[N, H, W, classes] → [N, H/4, W/4, 4 · width], [N, H/32, W/32, 4 · width].

        Sides are rounded down; they are 32 at least.
        """
        fine = _encoded(self.fine, label)
        return fine, _encoded(self.coarse, tf.nn.relu(fine))


class StyleEncoder(_Encoder):
    """A photo's style, told what is where; see `_Encoder`.

    Args:
      numbers: that a style is of; width: as the label encoder has it.
    """

    def __init__(self, numbers: int, width: int = 16, dtype: Any = None) -> None:
        super().__init__(width, dtype)
        self.transforms = [SpatialFeatureTransform(self.widest, dtype) for _ in range(2)]
        self.last = Conv(numbers, 1, dtype=dtype)

    def call(self, photo: tf.Tensor, conditions: Conditions) -> tf.Tensor:
        """[N, H, W, 3] in [-1, 1] → [N, numbers], in the weights' dtype."""
        x = photo
        halves = zip((self.fine, self.coarse), self.transforms, conditions)
        for convs, transform, condition in halves:
            x = transform(tf.nn.relu(_encoded(convs, x)), condition)
        mean = tf.reduce_mean(tf.cast(x, self.variable_dtype), [1, 2], keepdims=True)
        return tf.cast(self.last(mean)[:, 0, 0], self.variable_dtype)


def _halving(widths: list[int], dtype: Any) -> list[Conv]:
    return [Conv(wide, 4, stride=2, pad=1, mode="REFLECT", dtype=dtype) for wide in widths]


def _encoded(convs: list[Conv], x: Union[tf.Tensor, Given]) -> tf.Tensor:
    """By convolutions with ReLU between them."""
    for conv in convs[:-1]:
        x = tf.nn.relu(conv(x))
    return convs[-1](x)
