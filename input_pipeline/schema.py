"""What a record is: the one place where photos' crops become bytes and bytes become pixels.

A record is a tf.train.Example with the 2019 release's features
  shape  int64[3]  = [3, H, W]
  data   bytes     = the image, uint8, in channel, row, column order
  mask   bytes     = the line drawing, uint8, H·W, non-zero = drawn
and two more, which older readers ignore and ours does without:
  landmarks float[136] = x, y of the 68 points in this record's pixels (0 = first pixel's centre)
  source    bytes      = the photo's name
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

LANDMARKS = 68


def file_stem(resolution: int) -> str:
    """The start of every name of a resolution's files."""
    return f"celeba-r{resolution}"


def shard_name(resolution: int, shard: int, shards: int) -> str:
    """`celeba-r64-00003-of-00016.tfrecords`."""
    return f"{file_stem(resolution)}-{shard:05d}-of-{shards:05d}.tfrecords"


def encode(image: np.ndarray, mask: np.ndarray, landmarks: np.ndarray, source: str) -> bytes:
    """Serialise one record.

    Args:
      image: uint8 [H, W, 3].
      mask: bool or uint8 [H, W], non-zero = drawn.
      landmarks: float [68, 2], x and y in pixels of `image`.
      source: the photo's name, relative to the photos' folder.
    """
    height, width, _ = image.shape

    def feature_of_bytes(value: bytes) -> tf.train.Feature:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    drawn = (mask != 0).astype(np.uint8) * 255
    points = tf.train.FloatList(value=landmarks.astype(np.float32).ravel())
    features = {
        "shape": tf.train.Feature(int64_list=tf.train.Int64List(value=[3, height, width])),
        "data": feature_of_bytes(np.ascontiguousarray(image.transpose(2, 0, 1)).tobytes()),
        "mask": feature_of_bytes(drawn.tobytes()),
        "landmarks": tf.train.Feature(float_list=points),
        "source": feature_of_bytes(source.encode("utf-8", "surrogateescape")),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def shape_of(serialized: bytes) -> tuple[int, ...] | None:
    """The `shape` a record claims, or None where it is no record of ours or of the release."""
    try:
        feature = tf.train.Example.FromString(serialized).features.feature
    except Exception:  # protobuf's own error class differs between its implementations
        return None
    shape = tuple(feature["shape"].int64_list.value) if "shape" in feature else ()
    if len(shape) != 3 or not feature["data"].bytes_list.value:
        return None
    pixels = shape[1] * shape[2]
    sizes = [len(b"".join(feature[name].bytes_list.value)) for name in ("data", "mask")]
    return shape if sizes == [3 * pixels, pixels] else None


def decode(serialized: tf.Tensor, resolution: int) -> tf.Tensor:
    """Parse a batch of records.

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
