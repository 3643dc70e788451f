"""Serialised records of a photo and its label map → tensors: TensorFlow's side of the schema."""

from __future__ import annotations

import tensorflow as tf


def parsed(
    serialized: tf.Tensor, instances: bool = False, pictures: bool = False
) -> dict[str, tf.Tensor]:
    """Parse one record (`schema`), for tf.data's map.

    Args:
      serialized: string, scalar: heights and widths may differ between records.
      instances: also give the instance map.
      pictures: label maps are.

    Returns:
      image: uint8 [H, W, 3]; label: uint8 [H, W, 1], or of a picture [H, W, 3]; instance, if asked
      for: int32 [H, W, 1].

    Raises:
      tf.errors.InvalidArgumentError: when it runs, for a record without what is asked for.
    """
    names = ["image", "label", *["instance"][:instances]]
    wanted = {name: tf.io.FixedLenFeature([], tf.string) for name in names}
    content = tf.io.parse_single_example(serialized, wanted)
    maps = {
        # The op reads PNG as well. Its accurate transform gives the pixels that Pillow gives.
        "image": tf.io.decode_jpeg(content["image"], 3, dct_method="INTEGER_ACCURATE"),
        "label": tf.io.decode_png(content["label"], 3 if pictures else 1),
    }
    if instances:
        pixels = tf.io.decode_png(content["instance"], 4)
        maps["instance"] = tf.bitcast(pixels, tf.int32)[..., tf.newaxis]
    return maps
