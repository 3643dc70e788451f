"""Translation and cutout by TensorFlow's own operations, where TensorFlow Addons is not there.

Addons ended with TensorFlow 2.15; these give the same pixels.
"""

from __future__ import annotations

import tensorflow as tf


def translate(image: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """Move images by whole pixels.

    Args:
      image: [N, H, W, C].
      pixels: float32 [N, 2], to the right and down.

    Returns:
      Same shape; what moves in is 0.
    """
    right, down = pixels[:, 0], pixels[:, 1]
    one, zero = tf.ones_like(right), tf.zeros_like(right)
    # The first two rows of a projective matrix, output → input; the third is 0, 0, 1.
    matrix = tf.stack([one, zero, -right, zero, one, -down, zero, zero], axis=1)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=image,
        transforms=matrix,
        output_shape=tf.shape(image)[1:3],
        fill_value=0.0,
        interpolation="NEAREST",
        fill_mode="CONSTANT",
    )


def cutout(image: tf.Tensor, centre: tf.Tensor, side: int) -> tf.Tensor:
    """Set a square of each image to 0; what of it lies outside is not there.

    Args:
      image: [N, H, W, C].
      centre: int32 [N, 2], row and column of the first pixel of the square's lower right quarter.
      side: of the square, even.

    Returns:
      Same shape.
    """
    rows = _within(tf.range(tf.shape(image)[1]), centre[:, :1], side)  # [N, H]
    columns = _within(tf.range(tf.shape(image)[2]), centre[:, 1:], side)  # [N, W]
    hole = rows[:, :, None, None] & columns[:, None, :, None]
    return tf.where(hole, tf.zeros_like(image), image)


def _within(places: tf.Tensor, centre: tf.Tensor, side: int) -> tf.Tensor:
    return (places >= centre - side // 2) & (places < centre + side // 2)
