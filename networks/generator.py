"""Latent and mask → image: the progressive generator, with and without mask embedding."""

from __future__ import annotations

from typing import Any, Optional

import tensorflow as tf
from tensorflow import keras

from networks.layers import (
    GAIN_RELU,
    Conv,
    Dense,
    UpConv,
    blend,
    leaky_pixel_norm,
    leaky_relu,
    unit_rms,
)
from networks.mask_encoder import MaskEncoder

START = 4  # side of the first map
LATENT = 512  # width of [embedding, latent], whatever the number of features
SMALLEST_WIDTH = 16


def widths(blocks: int, max_features: int) -> list[int]:
    """Feature maps of each block: three at the full width, then halved down to 16."""
    counts = [max_features] * min(blocks, 3)
    while len(counts) < blocks:
        counts.append(max(SMALLEST_WIDTH, counts[-1] // 2))
    return counts


class UpBlock(keras.layers.Layer):
    """Double the resolution, join the mask's side feature, convolve."""

    def __init__(self, features: int, size: int, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.up = UpConv(features, size, dtype=dtype)
        self.conv = Conv(features, 3, dtype=dtype)

    def call(self, x: tf.Tensor, side: Optional[tf.Tensor] = None) -> tf.Tensor:
        x = leaky_pixel_norm(self.up(x))  # [N, 2H, 2W, features]
        if side is not None:
            x = tf.concat([x, side], axis=-1)
        return leaky_pixel_norm(self.conv(x))


class Generator(keras.Model):
    """The progressive generator of one phase (paper, section 3).

    Layers are named by the resolution they work at: see `MaskEncoder`.

    Args:
      resolution: H = W of the images, 8 to 1024, a power of two.
      use_embedding: put the mask's embedding into the latent code; without it the mask still
        reaches the image path through the side features (the paper's baseline).
      fading: also have the previous resolution's to-RGB, blended in by `alpha`.
      max_features: width of the first blocks.
      embedding_hidden, embedding_size: of the mask encoder's dense layers.
      normalize_latent: scale latent and embedding to unit root mean square first.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(
        self,
        resolution: int,
        use_embedding: bool = True,
        fading: bool = False,
        max_features: int = 512,
        embedding_hidden: int = 256,
        embedding_size: int = 48,
        normalize_latent: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(name="generator", dtype=dtype)
        embedding = embedding_size if use_embedding else 0
        self.resolution, self.fading = resolution, fading
        self.latent_size = LATENT - embedding
        self.normalize_latent = normalize_latent
        self.encoder = MaskEncoder(resolution, embedding_hidden, embedding, dtype=dtype)
        first_gain = GAIN_RELU / 4
        self.first_dense = Dense(START * START * max_features, gain=first_gain, dtype=dtype)
        self.first_conv = Conv(max_features, 3, dtype=dtype)
        self.blocks: dict[str, UpBlock] = {}
        side = START
        while side < resolution:
            side *= 2
            index = len(self.blocks)
            features = widths(index + 1, max_features)[-1]
            self.blocks[f"r{side}"] = UpBlock(features, size=3 if index < 5 else 4, dtype=dtype)
        sides = [resolution // 2, resolution] if fading else [resolution]
        self.to_rgb = {f"r{side}": Conv(3, 1, gain=1.0, dtype=dtype) for side in sides}

    def call(self, mask: tf.Tensor, latent: tf.Tensor, alpha: tf.Tensor | float = 1.0) -> tf.Tensor:
        """Generate images.

        Args:
          mask: [N, H, H, 1] in {0, 1}.
          latent: [N, latent_size], drawn from N(0, 1).
          alpha: weight of the new resolution while fading, in [0, 1].

        Returns:
          Images [N, H, H, 3], trained towards [-1, 1] and not clipped.
        """
        new, old = self.branches(mask, latent)
        if old is None:
            return new
        doubled = tf.image.resize(old, [self.resolution] * 2)  # bilinear, half-pixel centres
        return blend(new, tf.cast(doubled, new.dtype), alpha)

    def branches(self, mask: tf.Tensor, latent: tf.Tensor) -> tuple[tf.Tensor, Optional[tf.Tensor]]:
        """The image at full resolution [N, H, H, 3], and while fading the one at half of it.

        Both in the weights' dtype, whatever the layers compute in.
        """
        embedding, sides = self.encoder(mask)
        x, before = self._first_map(latent, embedding), None
        for block in self.blocks.values():
            before = x
            x = block(x, sides.get(2 * int(x.shape[1])) if int(x.shape[1]) > START else None)
        new = tf.cast(self.to_rgb[f"r{self.resolution}"](x), self.variable_dtype)
        if not self.fading:
            return new, None
        old = self.to_rgb[f"r{self.resolution // 2}"](before)
        return new, tf.cast(old, self.variable_dtype)

    def _first_map(self, latent: tf.Tensor, embedding: Optional[tf.Tensor]) -> tf.Tensor:
        parts = [latent] if embedding is None else [embedding, latent]
        parts = [tf.cast(part, self.variable_dtype) for part in parts]
        if self.normalize_latent:
            parts = [unit_rms(part) for part in parts]
        x = leaky_relu(self.first_dense(tf.concat(parts, axis=-1)))
        x = tf.reshape(x, [-1, START, START, self.first_conv.units])  # [N, 4, 4, max_features]
        return leaky_pixel_norm(self.first_conv(x))
