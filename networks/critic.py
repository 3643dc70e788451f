"""Image and mask → score: the WGAN-GP critic, conditioned on the mask."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

from networks.layers import Conv, Dense, blend, leaky_relu, minibatch_deviation

END = 4  # side of the last map
MASK_CHANNELS = 3
FINEST_WIDTH, FINEST = 16, 1024  # features at the largest resolution; twice as many at each half


def width_at(side: int, max_features: int) -> int:
    """Features of the critic's map of `side` pixels: 16 at 1024, 32 at 512, …"""
    return min(max_features, FINEST_WIDTH * FINEST // side)


class FromImageAndMask(keras.layers.Layer):
    """[N, H, H, 3] and [N, H, H, 1] → [N, H, H, features]."""

    def __init__(self, features: int, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.mask_conv = Conv(MASK_CHANNELS, 3, dtype=dtype)
        self.conv = Conv(features, 3, dtype=dtype)

    def call(self, image: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        mask = leaky_relu(self.mask_conv(mask))
        return leaky_relu(self.conv(tf.concat([image, tf.cast(mask, image.dtype)], axis=-1)))


class DownBlock(keras.layers.Layer):
    """Convolve, then halve the resolution: [N, H, H, C] → [N, H/2, H/2, features]."""

    def __init__(self, before: int, features: int, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.conv = Conv(before, 3, dtype=dtype)
        self.down = Conv(features, 3, stride=2, dtype=dtype)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return leaky_relu(self.down(leaky_relu(self.conv(x))))


class Critic(keras.Model):
    """The critic of one phase: high on real images.

    Layers are named by the resolution they work at, so that a network grown by one resolution
    finds those it takes over.

    Args:
      resolution: H = W of the images, 8 to 1024, a power of two.
      fading: also read the image at half the resolution, blended in by `alpha`.
      max_features: the most features of any layer.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(
        self, resolution: int, fading: bool = False, max_features: int = 512, dtype: Any = None
    ) -> None:
        super().__init__(name="critic", dtype=dtype)
        self.resolution, self.fading = resolution, fading
        sides = [resolution, resolution // 2] if fading else [resolution]
        self.from_rgb = {
            f"r{side}": FromImageAndMask(width_at(side, max_features), dtype=dtype)
            for side in sides
        }
        self.blocks: dict[str, DownBlock] = {}
        side = resolution
        while side > END:
            before, after = width_at(side, max_features), width_at(side // 2, max_features)
            self.blocks[f"r{side}"] = DownBlock(before, after, dtype=dtype)
            side //= 2
        self.last_conv = Conv(before, 3, dtype=dtype)
        self.last_dense = Dense(after, dtype=dtype)
        # The scores in the weights' dtype: their mean is what a short float would round away.
        self.score = Dense(1, dtype=self.variable_dtype)

    def call(self, image: tf.Tensor, mask: tf.Tensor, alpha: tf.Tensor | float = 1.0) -> tf.Tensor:
        """Score images.

        Args:
          image: [N, H, H, 3] in [-1, 1]; N a multiple of min(4, N), the groups compared.
          mask: [N, H, H, 1] in {0, 1}.
          alpha: weight of the new resolution while fading, in [0, 1].

        Returns:
          [N, 1], unbounded.
        """
        x = self.from_rgb[f"r{self.resolution}"](image, mask)
        for name, block in self.blocks.items():
            x = block(x)
            if self.fading and name == f"r{self.resolution}":
                small_image = tf.nn.avg_pool2d(image, 2, 2, "VALID")
                small_mask = tf.nn.max_pool2d(mask, 2, 2, "VALID")
                old = self.from_rgb[f"r{self.resolution // 2}"](small_image, small_mask)
                x = blend(x, old, alpha)
        x = leaky_relu(self.last_conv(minibatch_deviation(x)))  # [N, 4, 4, before]
        x = tf.reshape(x, [-1, END * END * self.last_conv.units])
        return self.score(self.last_dense(x))
