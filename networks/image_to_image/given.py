"""A label map and other channels as what a picture is made of, without one-hot classes.

A convolution of one-hot channels adds up rows of its kernel: those of the ids that it covers. Rows
can be taken by id, which on a CPU is as quick as the convolution of some 25 classes and quicker
than that of more, and its gradient no slower; and no tensor of a channel for each class is kept. A
GPU's units are five times quicker at the convolution itself, which is done there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

Sides = list[list[int]]
# Classes, of which one-hot channels are convolved quicker than rows are taken, and their gradient.
FEW = 24


class Given(NamedTuple):
    """The same as one tensor of classes one-hot with the other channels behind them.

    Attributes:
      label: ids, int32 [N, H, W]; where one is no class, all of its channels are zero.
      others: [N, H, W, C].
    """

    label: tf.Tensor
    others: tf.Tensor

    @staticmethod
    def of_labels(label: tf.Tensor, others: list[tf.Tensor], dtype: Any) -> Given:
        """Label maps of any integers, with channels [N, H, W, C] each behind, or none."""
        none = tf.zeros([*tf.unstack(tf.shape(label)), 0], dtype)
        behind = [none, *(tf.cast(each, dtype) for each in others)]
        return Given(tf.cast(label, tf.int32), tf.concat(behind, axis=3))

    @staticmethod
    def of_pictures(pictures: tf.Tensor, others: list[tf.Tensor], dtype: Any) -> Given:
        """The channels of pictures [N, H, W, C] and others, and no classes."""
        return Given.of_labels(
            tf.zeros(tf.shape(pictures)[:3], tf.int32), [pictures, *others], dtype
        )

    def classes(self, kernel: tf.Tensor) -> int:
        """How many channels are classes, for a kernel [k, k, classes + C, width]."""
        return kernel.shape[2] - self.others.shape[3]

    def with_others(self, more: tf.Tensor) -> Given:
        """With more channels [N, H, W, C] behind."""
        return Given(self.label, tf.concat([self.others, tf.cast(more, self.others.dtype)], -1))

    def dense(self, classes: int) -> tf.Tensor:
        """That one tensor, [N, H, W, classes + C]."""
        return tf.concat([tf.one_hot(self.label, classes, dtype=self.others.dtype), self.others], 3)


def convolved(
    given: Given,
    kernel: tf.Tensor,
    stride: int,
    sides: Sides,
    mode: str,
    conv2d: Any,
) -> tf.Tensor:
    """The convolution of `given.dense`, padded.

    Args:
      kernel: [k, k, classes + C, width]; stride.
      sides: pixels of padding, as tf.pad has them, of [N, H, W, C]; mode: likewise.
      conv2d: convolves the other channels, (padded, their kernel) → [N, H', W', width].
    """
    classes = given.classes(kernel)
    kernel = tf.convert_to_tensor(kernel)  # which has the dtype that a Keras variable is read as
    if not classes or tf.config.list_physical_devices("GPU"):
        dense = given.dense(classes) if classes else given.others
        return conv2d(tf.pad(tf.cast(dense, kernel.dtype), sides, mode), kernel)
    # Outside of a picture padded with zeros is no class.
    known = tf.minimum(tf.cast(given.label, tf.int32), classes)
    padded = tf.pad(known, sides[:3], mode, constant_values=classes)
    summed = of_labels(padded, kernel[:, :, :classes], stride)
    if given.others.shape[3]:
        others = tf.cast(given.others, kernel.dtype)
        summed += conv2d(tf.pad(others, sides, mode), kernel[:, :, classes:])
    return summed


def of_labels(label: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    """The convolution of a label map's one-hot channels, VALID.

    Args:
      label: int32 [N, H, W], 0 to `classes`, which is none of them.
      kernel: [k, k, classes, width], of 16 bits or more; sums are taken in float32 at least.
      stride: of both ways.

    Returns:
      [N, (H - k) / stride + 1, …, width], in the kernel's dtype.
    """
    if kernel.shape[2] <= FEW:
        return _of_few(label, kernel, stride)
    size, _, classes, width = kernel.shape
    there = [d or tf.shape(label)[axis] for axis, d in enumerate(label.shape)]
    reach = [(each - size) // stride * stride + 1 for each in there[1:]]
    known = [d and (d - size) // stride + 1 for d in label.shape[1:]]
    exact = _exact(kernel)

    def seen_by(place: tf.Tensor) -> tf.Tensor:
        """The ids that one place of the kernel meets, [N, H', W']."""
        seen = tf.slice(label, [0, place // size, place % size], [there[0], *reach])
        # A loop's results may not lose a shape that was known.
        return tf.ensure_shape(seen[:, ::stride, ::stride], [label.shape[0], *known])

    @tf.custom_gradient
    def summed(kernel: tf.Tensor) -> tuple[tf.Tensor, Any]:
        none = tf.zeros([size * size, 1, width], exact)
        rows = tf.reshape(tf.cast(kernel, exact), [size * size, classes, width])
        rows = tf.concat([rows, none], axis=1)

        def add(place: tf.Tensor, total: tf.Tensor) -> list[tf.Tensor]:
            return [place + 1, total + tf.gather(rows[place], seen_by(place))]

        # One after the other: all places' rows at once would be k² pictures.
        first = tf.gather(rows[0], seen_by(tf.constant(0)))
        _, total = tf.while_loop(
            lambda place, _: place < size * size,
            add,
            [tf.constant(1), first],
            parallel_iterations=1,
            maximum_iterations=size * size - 1,
        )

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            pixels = tf.reshape(tf.cast(upstream, exact), [-1, width])

            def of_place(place: tf.Tensor) -> tf.Tensor:
                ids = tf.reshape(seen_by(place), [-1])
                return tf.math.unsorted_segment_sum(pixels, ids, classes + 1)[:classes]

            each = tf.map_fn(of_place, tf.range(size * size), fn_output_signature=exact)
            return tf.cast(tf.reshape(each, kernel.shape), kernel.dtype)

        return tf.cast(total, kernel.dtype), gradient

    return summed(kernel)


def _of_few(label: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    """`of_labels` by one-hot channels, which are made again for the gradient."""

    def one_hot(dtype: tf.DType) -> tf.Tensor:
        return tf.one_hot(label, kernel.shape[2], dtype=dtype)

    @tf.custom_gradient
    def summed(kernel: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            at_kernel = tf.raw_ops.Conv2DBackpropFilter(
                input=one_hot(_exact(kernel)),
                filter_sizes=kernel.shape,
                out_backprop=tf.cast(upstream, _exact(kernel)),
                strides=[1, stride, stride, 1],
                padding="VALID",
            )
            return tf.cast(at_kernel, kernel.dtype)

        return tf.nn.conv2d(one_hot(kernel.dtype), kernel, stride, "VALID"), gradient

    return summed(kernel)


def _exact(kernel: tf.Tensor) -> tf.DType:
    """What sums are taken in."""
    return tf.float64 if kernel.dtype == tf.float64 else tf.float32
