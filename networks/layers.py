"""Building blocks with equalised learning rate, shared by all networks.

Stored weights are N(0, 1); each call multiplies them by gain / sqrt(fan_in), so that Adam's steps
have the same relative size in every layer (progressive-GAN paper, section 4.1).
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf
from tensorflow import keras

from networks.convolution import conv2d, conv2d_transpose

GAIN_RELU = math.sqrt(2)
LEAKY_SLOPE = 0.2
EPSILON = 1e-8


class _Equalised(keras.layers.Layer):
    """A kernel with a run-time constant, and a bias that starts at zero."""

    def __init__(self, units: int, gain: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.gain = units, gain

    def _make_weights(self, shape: tuple[int, ...], fan_in: int) -> None:
        self.constant = self.gain / math.sqrt(fan_in)
        self.kernel = self.add_weight(
            "kernel",
            shape,
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            experimental_autocast=False,
        )
        self.bias = self.add_weight("bias", [self.units], initializer="zeros")

    def scaled_kernel(self) -> tf.Tensor:
        # Scaled before it is shortened: one rounding, not two.
        scaled = self.kernel * tf.cast(self.constant, self.kernel.dtype)
        return tf.cast(scaled, self.compute_dtype)


class Conv(_Equalised):
    """Convolution, padding SAME: [N, H, W, C] → [N, H/stride, W/stride, units]."""

    def __init__(
        self, units: int, size: int, stride: int = 1, gain: float = GAIN_RELU, **kwargs: Any
    ) -> None:
        super().__init__(units, gain, **kwargs)
        self.size, self.stride = size, stride

    def build(self, shape: Any) -> None:
        channels = int(shape[-1])
        kernel = (self.size, self.size, channels, self.units)
        self._make_weights(kernel, fan_in=self.size**2 * channels)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.bias_add(conv2d(x, self.scaled_kernel(), self.stride), self.bias)


class UpConv(_Equalised):
    """Transposed convolution, stride 2, padding SAME: [N, H, W, C] → [N, 2H, 2W, units].

    fan_in is size² · input channels; the kernel is stored as [size, size, units, channels].
    """

    def __init__(self, units: int, size: int, gain: float = GAIN_RELU, **kwargs: Any) -> None:
        super().__init__(units, gain, **kwargs)
        self.size = size

    def build(self, shape: Any) -> None:
        channels = int(shape[-1])
        kernel = (self.size, self.size, self.units, channels)
        self._make_weights(kernel, fan_in=self.size**2 * channels)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.bias_add(conv2d_transpose(x, self.scaled_kernel()), self.bias)


class Dense(_Equalised):
    """Matrix product: [N, C] → [N, units]."""

    def __init__(self, units: int, gain: float = 1.0, **kwargs: Any) -> None:
        super().__init__(units, gain, **kwargs)

    def build(self, shape: Any) -> None:
        self._make_weights((int(shape[-1]), self.units), fan_in=int(shape[-1]))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.bias_add(tf.matmul(x, self.scaled_kernel()), self.bias)


@tf.custom_gradient
def leaky_relu(x: tf.Tensor) -> tuple[tf.Tensor, Any]:
    """max(x, 0.2·x).

    The output has the input's sign, so the gradient is taken from the output, which the next
    layer keeps anyway: the input's memory is free at once. May be differentiated twice.
    """
    y = tf.nn.leaky_relu(x, LEAKY_SLOPE)
    return y, lambda dy: _leaky_gradient(dy, y)


@tf.custom_gradient
def leaky_pixel_norm(x: tf.Tensor) -> tuple[tf.Tensor, Any]:
    """Leaky ReLU, then pixel norm, keeping for the gradient the result and one value a pixel.

    For the generator's image path only: may be differentiated once.
    """
    activated = tf.nn.leaky_relu(x, LEAKY_SLOPE)
    scale = tf.cast(_reciprocal_rms(activated), x.dtype)  # [N, H, W, 1]
    y = activated * scale

    def gradient(dy: tf.Tensor) -> tf.Tensor:
        along = tf.reduce_mean(dy * y, axis=-1, keepdims=True)
        return _leaky_gradient((dy - y * along) * scale, y)

    return y, gradient


def _leaky_gradient(dy: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    if dy.dtype == tf.bfloat16 and not tf.config.list_physical_devices("GPU"):
        # On a CPU the kernel for bfloat16 takes ten times as long as float32's with both casts.
        dy, y = tf.cast(dy, tf.float32), tf.cast(y, tf.float32)
        return tf.cast(_leaky_gradient(dy, y), tf.bfloat16)
    return tf.raw_ops.LeakyReluGrad(gradients=dy, features=y, alpha=LEAKY_SLOPE)


def unit_rms(x: tf.Tensor) -> tf.Tensor:
    """Scale the last axis to root mean square 1: pixel norm on a map, and on a latent."""
    return x * tf.cast(_reciprocal_rms(x), x.dtype)


def _reciprocal_rms(x: tf.Tensor) -> tf.Tensor:
    """1 / sqrt(mean of squares along the last axis + 1e-8), at least float32."""
    mean_square = tf.reduce_mean(tf.square(_at_least_float32(x)), axis=-1, keepdims=True)
    return tf.math.rsqrt(mean_square + tf.cast(EPSILON, mean_square.dtype))


def _at_least_float32(x: tf.Tensor) -> tf.Tensor:
    """Short floats lose means of squares first; and 1e-8 is zero in float16."""
    return tf.cast(x, tf.float32) if x.dtype.size < 4 else x


def minibatch_deviation(x: tf.Tensor, group: int = 4) -> tf.Tensor:
    """Append one channel: how much the samples of a group differ (progressive-GAN paper, 3).

    Args:
      x: [N, H, W, C]; N must be a multiple of min(group, N).
      group: samples compared with each other, contiguous in the batch.

    Returns:
      [N, H, W, C + 1].
    """
    batch, height, width, channels = tf.shape(x)[0], x.shape[1], x.shape[2], x.shape[3]
    size = tf.minimum(group, batch)
    groups = tf.reshape(x, [-1, size, height, width, channels])  # [N/size, size, H, W, C]
    _, variance = tf.nn.moments(_at_least_float32(groups), [1])
    deviation = tf.sqrt(variance + tf.cast(EPSILON, variance.dtype))  # [N/size, H, W, C]
    average = tf.cast(tf.reduce_mean(deviation, axis=[1, 2, 3]), x.dtype)  # [N/size]
    plane = tf.ones([batch, height, width, 1], x.dtype)
    return tf.concat([x, plane * tf.repeat(average, size)[:, None, None, None]], axis=-1)


def blend(new: tf.Tensor, old: tf.Tensor, alpha: tf.Tensor | float) -> tf.Tensor:
    """The fade-in: alpha·new + (1 - alpha)·old, alpha in [0, 1]."""
    weight = tf.cast(alpha, new.dtype)
    return weight * new + (1 - weight) * old
