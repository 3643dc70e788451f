"""Building blocks of image-to-image networks, with PyTorch's pads and norms.

Convolutions have biases; their kernels begin at N(0, 0.02).
"""

from __future__ import annotations

from typing import Any, Optional, Union

import tensorflow as tf
from tensorflow import keras

from networks.batch_norm import BatchNorm
from networks.convolution import conv2d, conv2d_transpose
from networks.image_to_image.given import Given, convolved

EPSILON = 1e-5
FEW = 4  # samples that are normed one by one
SPREAD = 0.02  # standard deviation of the first kernels
NORMS = ("instance", "batch")


class _Kernel(keras.layers.Layer):
    """A kernel of size × size and a bias."""

    def __init__(self, width: int, size: int, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        self.width, self.size = width, size

    def _add(self, inner: int, outer: int) -> None:
        drawn = keras.initializers.RandomNormal(0.0, SPREAD)
        shape = [self.size, self.size, inner, outer]
        self.kernel = self.add_weight("kernel", shape, initializer=drawn)
        self.bias = self.add_weight("bias", [self.width], initializer="zeros")


class Conv(_Kernel):
    """Convolution of a padded picture: [N, H, W, C] → [N, (H + 2 · pad - size) / stride + 1, …].

    Args:
      width: channels of the result; size: of the kernel; stride.
      pad: pixels on each side.
      mode: of padding: CONSTANT (zeros), REFLECT, or SYMMETRIC (PyTorch's replicate, for a pad of
        1).
    """

    def __init__(
        self,
        width: int,
        size: int,
        stride: int = 1,
        pad: int = 0,
        mode: str = "CONSTANT",
        dtype: Any = None,
    ) -> None:
        super().__init__(width, size, dtype)
        self.stride, self.pad, self.mode = stride, pad, mode

    def build(self, shape: Any) -> None:
        self._add(shape[-1], self.width)

    def call(self, x: Union[tf.Tensor, Given]) -> tf.Tensor:
        sides = [[0, 0], [self.pad] * 2, [self.pad] * 2, [0, 0]]
        if isinstance(x, Given):
            summed = convolved(x, self.kernel, self.stride, sides, self.mode, self._convolved)
        else:
            summed = self._convolved(padded(x, self.pad, self.mode) if self.pad else x, self.kernel)
        return tf.nn.bias_add(summed, self.bias)

    def _convolved(self, padded: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return conv2d(padded, kernel, self.stride, "VALID")


def padded(x: tf.Tensor, pad: int, mode: str) -> tf.Tensor:
    """[N, H, W, C] with `pad` pixels more on each side; `mode` as `tf.pad` has it."""
    sides = [[0, 0], [pad] * 2, [pad] * 2, [0, 0]]
    if mode != "REFLECT":
        return tf.pad(x, sides, mode)

    @tf.custom_gradient  # gathering's own gradient is a slow one
    def reflected(x: tf.Tensor) -> Any:
        """As tf.pad, which on a CPU takes twice as long."""
        wide = x
        for axis in (1, 2):
            end = tf.shape(x)[axis] - 2
            before, after = tf.range(pad, 0, -1), tf.range(end, end - pad, -1)
            wide = tf.gather(wide, tf.concat([before, tf.range(end + 2), after], 0), axis=axis)
        return wide, lambda dy: tf.raw_ops.MirrorPadGrad(input=dy, paddings=sides, mode=mode)

    wide = reflected(x)
    rows, columns = (None if size is None else size + 2 * pad for size in x.shape[1:3])
    wide.set_shape([x.shape[0], rows, columns, x.shape[3]])
    return wide


class UpConv(_Kernel):
    """Transposed convolution 3×3, stride 2, pad 1, output pad 1: [N, H, W, C] → [N, 2H, 2W, width].

    The kernel is [3, 3, width, C].
    """

    def __init__(self, width: int, dtype: Any = None) -> None:
        super().__init__(width, 3, dtype)

    def build(self, shape: Any) -> None:
        self._add(self.width, shape[-1])

    def call(self, x: tf.Tensor) -> tf.Tensor:
        whole = conv2d_transpose(x, self.kernel, 2, "VALID")  # 2n + 1 pixels
        return tf.nn.bias_add(whole[:, 1:, 1:], self.bias)


class InstanceNorm(keras.layers.Layer):
    """Each channel of each sample of [N, H, W, C] to mean 0 and (biased) variance 1."""

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        full = tf.cast(x, self.variable_dtype)
        count = x.shape[0]
        if count is not None and count <= FEW and full.dtype == tf.float32:
            each = [_normed_alone(sample) for sample in tf.split(full, count)]
            return tf.cast(each[0] if count == 1 else tf.concat(each, 0), x.dtype)
        mean, variance = tf.nn.moments(full, [1, 2], keepdims=True)
        return tf.cast((full - mean) * tf.math.rsqrt(variance + EPSILON), x.dtype)


def _normed_alone(x: tf.Tensor) -> tf.Tensor:
    """One sample as a batch of its own, whose norm is one operation, on a CPU in a third of the
    time."""
    ones = tf.ones([x.shape[3]])
    normed, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x, scale=ones, offset=0 * ones, mean=[], variance=[], epsilon=EPSILON, is_training=True
    )
    return normed


class Normed(keras.layers.Layer):
    """A convolution, a norm, and ReLU or another activation, or none.

    Args:
      conv: `Conv` or `UpConv`; norm: one of NORMS, or such a layer.
    """

    def __init__(
        self,
        conv: _Kernel,
        norm: Union[str, BatchNorm],
        activation: Optional[Any] = tf.nn.relu,
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype=dtype)
        self.conv, self.activation = conv, activation
        named = BatchNorm if norm == "batch" else InstanceNorm
        self.norm = named(dtype=dtype) if isinstance(norm, str) else norm

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = self.norm(self.conv(x), training=training)
        return x if self.activation is None else self.activation(x)


class Residual(keras.layers.Layer):
    """x + two normed convolutions 3×3 of it, reflected at the border; nothing after the sum.

    Args:
      width: channels, before and after.
      dropout: share of the values that are dropped between the two; 0 = none.
    """

    def __init__(self, width: int, norm: str, dropout: float = 0.0, dtype: Any = None) -> None:
        super().__init__(dtype=dtype)
        convs = [Conv(width, 3, pad=1, mode="REFLECT", dtype=dtype) for _ in range(2)]
        self.first = Normed(convs[0], norm, dtype=dtype)
        self.second = Normed(convs[1], norm, activation=None, dtype=dtype)
        self.dropout = dropout

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        inside = self.first(x, training=training)
        if training and self.dropout:
            inside = tf.nn.dropout(inside, self.dropout)
        return x + self.second(inside, training=training)


def half_for(conv: Conv, x: Union[tf.Tensor, Given]) -> tf.Tensor:
    """`half` of x, or of the tensor that a convolution takes it for."""
    return half_of(x, x.classes(conv.kernel)) if isinstance(x, Given) else half(x)


def half(x: tf.Tensor) -> tf.Tensor:
    """Average pool 3×3, stride 2, pad 1, of the pixels that are there alone: [N, H, W, C] → half.

    H and W of the result are rounded up.
    """
    return _pooled(x) / _pooled(tf.ones([1, tf.shape(x)[1], tf.shape(x)[2], 1], x.dtype))


def half_of(given: Given, classes: int) -> tf.Tensor:
    """`half` of what `given.dense` would be, of which a quarter at most is ever there."""
    dtype = given.others.dtype
    shape = tf.shape(given.label)
    height, width = ((shape[axis] + 1) // 2 * 2 for axis in (1, 2))
    padded = tf.pad(given.label, [[0, 0], [1, 1], [1, 1]], constant_values=classes)
    met = (padded[:, y : y + height : 2, x : x + width : 2] for y in range(3) for x in range(3))
    counts = tf.add_n([tf.one_hot(ids, classes, dtype=dtype) for ids in met])
    there = 9 * _pooled(tf.ones([1, shape[1], shape[2], 1], dtype))
    return tf.concat([counts / there, half(given.others)], axis=3)


def _pooled(x: tf.Tensor) -> tf.Tensor:
    """Of 3×3 pixels their sum / 9."""
    return tf.nn.avg_pool2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID")
