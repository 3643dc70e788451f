"""Discriminators that judge each patch of a picture, at several scales.

Those of pix2pixHD (arXiv 1711.11585, section 3.2).
"""

from __future__ import annotations

from typing import Any, Union

import tensorflow as tf
from tensorflow import keras

from networks.image_to_image.given import Given
from networks.image_to_image.layers import Conv, Normed, half_for
from networks.layers import LEAKY_SLOPE

WIDEST = 8  # times the first layer's width


def _leaky(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.leaky_relu(x, LEAKY_SLOPE)


class PatchCritic(keras.layers.Layer):
    """Convolutions 4×4 with a pad of 2: `layers` of stride 2, one of stride 1, one to a score.

    Args:
      width: of the first layer; twice as many in each that follows, up to 8 times.
      layers: of stride 2; norm: instance or batch, in all but the first and the last.
    """

    def __init__(
        self, width: int = 64, layers: int = 3, norm: str = "instance", dtype: Any = None
    ) -> None:
        super().__init__(dtype=dtype)
        self.first = Conv(width, 4, stride=2, pad=2, dtype=dtype)
        wider = [width * min(2**level, WIDEST) for level in range(1, layers + 1)]
        strides = [2] * (layers - 1) + [1]
        self.middle = [
            Normed(Conv(wide, 4, stride, 2, dtype=dtype), norm, _leaky, dtype)
            for wide, stride in zip(wider, strides)
        ]
        self.last = Conv(1, 4, pad=2, dtype=dtype)

    def call(self, x: Union[tf.Tensor, Given], training: bool = False) -> list[tf.Tensor]:
        """All layers' results of [N, H, W, C]; the last are scores [N, …, …, 1]."""
        maps = [_leaky(self.first(x))]
        for layer in self.middle:
            maps.append(layer(maps[-1], training=training))
        return [*maps, tf.cast(self.last(maps[-1]), self.variable_dtype)]


class PatchCritics(keras.Model):
    """Alike, for the picture and for half of it, a quarter, …

    Args:
      scales: how many; the others as `PatchCritic` has them.
    """

    def __init__(
        self,
        scales: int = 2,
        width: int = 64,
        layers: int = 3,
        norm: str = "instance",
        dtype: Any = None,
    ) -> None:
        super().__init__(name="critics", dtype=dtype)
        self.critics = [PatchCritic(width, layers, norm, dtype) for _ in range(scales)]

    def call(self, x: Union[tf.Tensor, Given], training: bool = False) -> list[list[tf.Tensor]]:
        """All layers' results of [N, H, W, C], at each scale, full resolution first."""
        judged = []
        for scale, critic in enumerate(self.critics):
            x = half_for(self.critics[scale - 1].first, x) if scale else x
            judged.append(critic(x, training=training))
        return judged
