"""Serialised records → tensors: TensorFlow's side of the schema."""

from __future__ import annotations

import tensorflow as tf


def faces(serialized: tf.Tensor, resolution: int) -> tf.Tensor:
    """Parse a batch of records of faces (`schema`).

    Args:
      serialized: string [N].
      resolution: H = W of every record.

    Returns:
      uint8 [N, 4, H, W]: red, green, blue, and the drawing (0, or 255 = drawn).
    """
    wanted = {name: tf.io.FixedLenFeature([], tf.string) for name in ("data", "mask")}
    parsed = tf.io.parse_example(serialized, wanted)
    count, side = serialized.shape[0] or -1, [resolution, resolution]
    image = tf.reshape(tf.io.decode_raw(parsed["data"], tf.uint8), [count, 3, *side])
    mask = tf.reshape(tf.io.decode_raw(parsed["mask"], tf.uint8), [count, 1, *side])
    return tf.concat([image, tf.cast(mask > 0, tf.uint8) * 255], axis=1)


def label_maps(serialized: tf.Tensor, instances: bool = False) -> dict[str, tf.Tensor]:
    """Parse one record of a photo and its label map (`label_schema`), for tf.data's map.

    Args:
      serialized: string, scalar: heights and widths may differ between records.
      instances: also give the instance map.

    Returns:
      image: uint8 [H, W, 3]; label: uint8 [H, W, 1]; instance, if asked for: int32 [H, W, 1].

    Raises:
      tf.errors.InvalidArgumentError: when it runs, for a record without what is asked for.
    """
    names = ["image", "label", *["instance"][:instances]]
    wanted = {name: tf.io.FixedLenFeature([], tf.string) for name in names}
    parsed = tf.io.parse_single_example(serialized, wanted)
    found = {
        # The op reads PNG as well. Its accurate transform gives the pixels that Pillow gives.
        "image": tf.io.decode_jpeg(parsed["image"], 3, dct_method="INTEGER_ACCURATE"),
        "label": tf.io.decode_png(parsed["label"], 1),
    }
    if instances:
        pixels = tf.io.decode_png(parsed["instance"], 4)
        found["instance"] = tf.bitcast(pixels, tf.int32)[..., tf.newaxis]
    return found
