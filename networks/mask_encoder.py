"""Mask → an embedding for the latent code, and a side feature for each resolution (paper, 3.1)."""

from __future__ import annotations

import math
from typing import Any, Optional

import tensorflow as tf
from tensorflow import keras

from networks.layers import GAIN_RELU, Conv, Dense, leaky_relu

SIDE_CHANNELS = 8
SMALLEST = 16  # pixels: the map that the embedding reads


def channels_at(size: int) -> int:
    """Channels of the encoder's map of `size` pixels: 32 up to 16, 16 up to 64, 8 above."""
    level = int(math.log2(size // 4))
    return 32 if level <= 2 else 16 if level <= 4 else 8


class MaskEncoder(keras.Model):
    """The part of the generator that looks at the mask.

    Layers are named by the resolution they work at, so that a network grown by one resolution
    finds those it takes over; the two at the mask's full resolution start anew in every phase.

    Args:
      resolution: H = W of the masks.
      hidden: units between the last map and the embedding.
      size: values of the embedding; 0 leaves the embedding out.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(
        self, resolution: int, hidden: int = 256, size: int = 48, dtype: Any = None
    ) -> None:
        super().__init__(name="mask_encoder", dtype=dtype)
        self.resolution, self.size = resolution, size
        first, second = Conv(8, 8, dtype=dtype), Conv(channels_at(resolution), 8, dtype=dtype)
        self.full = {f"r{resolution}_first": first, f"r{resolution}_second": second}
        self.downs: dict[str, tuple[Conv, Conv]] = {}
        side = resolution
        while side > SMALLEST:
            side //= 2
            channels = channels_at(side)
            pair = Conv(channels, 4, dtype=dtype), Conv(channels, 4, stride=2, dtype=dtype)
            self.downs[f"r{side}"] = pair
        if size:
            last_gain = GAIN_RELU / 4
            dense = Dense(hidden, dtype=dtype), Dense(size, gain=last_gain, dtype=dtype)
            self.dense = {f"r{side}_hidden": dense[0], "embedding": dense[1]}

    def call(self, mask: tf.Tensor) -> tuple[Optional[tf.Tensor], dict[int, tf.Tensor]]:
        """Encode masks.

        Args:
          mask: [N, H, H, 1] in {0, 1}.

        Returns:
          The embedding [N, size], or None without one; and {side: map [N, side, side, 8]}.
        """
        x = mask
        for conv in self.full.values():
            x = leaky_relu(conv(x))  # [N, H, H, channels_at(H)]
        sides = {self.resolution: x[..., :SIDE_CHANNELS]}
        for pair in self.downs.values():
            for conv in pair:
                x = leaky_relu(conv(x))  # [N, side/2, side/2, channels]
            sides[int(x.shape[1])] = x[..., :SIDE_CHANNELS]
        if not self.size:
            return None, sides
        x = tf.reshape(x, [-1, math.prod(x.shape[1:])])
        for dense in self.dense.values():
            x = dense(x)
        return x, sides
