"""Serialised records of faces → tensors: TensorFlow's side of the schema."""

from __future__ import annotations

import tensorflow as tf


def parsed(serialized: tf.Tensor, resolution: int) -> tf.Tensor:
    """Parse a batch of records (`schema`).

    Args:
      serialized: string [N].
      resolution: H = W of every record.

    Returns:
      uint8 [N, 4, H, W]: red, green, blue, and the drawing (0, or 255 = drawn).
    """
    wanted = {name: tf.io.FixedLenFeature([], tf.string) for name in ("data", "mask")}
    content = tf.io.parse_example(serialized, wanted)
    count, side = serialized.shape[0] or -1, [resolution, resolution]
    image = tf.reshape(tf.io.decode_raw(content["data"], tf.uint8), [count, 3, *side])
    mask = tf.reshape(tf.io.decode_raw(content["mask"], tf.uint8), [count, 1, *side])
    return tf.concat([image, tf.cast(mask > 0, tf.uint8) * 255], axis=1)
