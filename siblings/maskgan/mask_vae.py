"""MaskVAE: label maps ↔ points between which they change smoothly (MaskGAN, arXiv 1907.11922)."""

from __future__ import annotations

import math
from typing import Any, Union

import tensorflow as tf
from tensorflow import keras

from networks.batch_norm import BatchNorm
from networks.image_to_image.given import Given
from networks.image_to_image.layers import SPREAD, Conv, Normed
from networks.layers import LEAKY_SLOPE
from siblings.maskgan.phases import SMALLEST

CLASSES = 19  # of CelebAMask-HQ
# The release's, which keep a batch norm's root from zero.
ENCODER_EPSILON, DECODER_EPSILON = 1e-5, 1e-3


class MaskVAE(keras.Model):
    """A variational autoencoder of label maps (section "Editing Behavior Simulated Training").

    Down to 4×4 by convolutions 4×4 of stride 2, up again by convolutions 3×3 of doubled pixels.

    Args:
      classes: how many.
      resolution: pixels a side, a power of two from 8 on.
      width: of the first convolution; twice as many with every step down.
      latent: numbers that a label map becomes.
      dtype: of weights and computation (a Keras dtype policy or its name).
    """

    def __init__(
        self,
        classes: int = CLASSES,
        resolution: int = 512,
        width: int = 32,
        latent: int = 1024,
        dtype: Any = None,
    ) -> None:
        super().__init__(name="mask_vae", dtype=dtype)
        self.classes = classes
        widths = [width * 2**step for step in range(int(math.log2(resolution // SMALLEST)))]
        self.downs = [
            _normed(Conv(wide, 4, stride=2, pad=1, dtype=dtype), ENCODER_EPSILON, dtype)
            for wide in widths
        ]
        self.to_mean, self.to_log_variance = (_dense(latent, dtype) for _ in range(2))
        self.flat = widths[-1] * SMALLEST**2
        self.from_latent = _dense(self.flat, dtype)
        self.ups = [_normed(_wide(each, dtype), DECODER_EPSILON, dtype) for each in widths[-2::-1]]
        self.last = _wide(classes, dtype)

    def call(
        self, label: Union[tf.Tensor, Given], noise: tf.Tensor, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Encode label maps, and decode a draw of what each may have become.

        Args:
          label, training: see `encode`; noise: see `drawn`.

        Returns:
          Logits (see `decode`), means and log-variances (see `encode`).
        """
        mean, log_variance = self.encode(label, training)
        noise = tf.cast(noise, mean.dtype)
        return self.decode(drawn(mean, log_variance, noise), training), mean, log_variance

    def encode(
        self, label: Union[tf.Tensor, Given], training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Encode.

        Args:
          label: classes, one-hot [N, resolution, resolution, classes].
          training: normalise by the batch's statistics, and keep them.

        Returns:
          Means and log-variances, each [N, latent], in the weights' dtype.
        """
        x = label
        for down in self.downs:
            x = down(x, training=training)
        # PyTorch's order: a channel's pixels stand together.
        flat = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, self.flat])
        mean, log_variance = self.to_mean(flat), self.to_log_variance(flat)
        return tf.cast(mean, self.variable_dtype), tf.cast(log_variance, self.variable_dtype)

    def decode(self, latent: tf.Tensor, training: bool = False) -> tf.Tensor:
        """[N, latent] → logits [N, resolution, resolution, classes], in the weights' dtype."""
        flat = tf.nn.relu(self.from_latent(latent))
        channels_first = [-1, self.flat // SMALLEST**2, SMALLEST, SMALLEST]
        x = tf.transpose(tf.reshape(flat, channels_first), [0, 2, 3, 1])
        for up in self.ups:
            x = up(_doubled(x), training=training)
        return tf.cast(self.last(_doubled(x)), self.variable_dtype)


def drawn(mean: tf.Tensor, log_variance: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """Draws from normal distributions, by noise from N(0, 1); all [N, latent]."""
    return mean + noise * tf.exp(log_variance / 2)


def _doubled(x: tf.Tensor) -> tf.Tensor:
    """Each pixel becomes 2×2: [N, H, W, C] → [N, 2H, 2W, C]."""
    _, height, width, channels = x.shape
    four = tf.tile(x[:, :, None, :, None], [1, 1, 2, 1, 2, 1])
    return tf.reshape(four, [-1, 2 * height, 2 * width, channels])


def _wide(width: int, dtype: Any) -> Conv:
    return Conv(width, 3, pad=1, mode="SYMMETRIC", dtype=dtype)


def _normed(conv: Conv, epsilon: float, dtype: Any) -> Normed:
    norm = BatchNorm(keras.initializers.RandomNormal(1.0, SPREAD), epsilon, dtype=dtype)
    return Normed(conv, norm, _leaky, dtype)


def _leaky(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.leaky_relu(x, LEAKY_SLOPE)


def _dense(units: int, dtype: Any) -> keras.layers.Dense:
    # PyTorch's: uniform up to the inverse root of the inputs, of which there may be 32,768.
    kernels = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    return keras.layers.Dense(units, kernel_initializer=kernels, dtype=dtype)
