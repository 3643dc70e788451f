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

import dataclasses
import re
from collections.abc import Iterable

import numpy as np

from input_pipeline import tfrecords
from interface.command_line import UserError

LANDMARKS = 68
NAME, NAMES = "celeba", r"[\w-]+"  # the 2019 release's; what a data set may be called
KINDS = dict(shape="int64", data="bytes", mask="bytes", landmarks="float32", source="bytes")


def file_stem(resolution: int, name: str = NAME) -> str:
    """The start of every name of a resolution's files, where the data set is called `name`."""
    return f"{name}-r{resolution}"


def shard_name(resolution: int, shard: int, shards: int, name: str = NAME) -> str:
    """`celeba-r64-00003-of-00016.tfrecords`."""
    return tfrecords.shard_name(file_stem(resolution, name), shard, shards)


def resolution(file: str) -> int | None:
    """Side of the images in a file of faces, from its name or stem, whatever the data set is
    called; None for other files."""
    side = re.fullmatch(rf"{NAMES}-r(\d+)", tfrecords.stem(file), re.ASCII)
    return int(side[1]) if side else None


def files_of(wanted: int, names: Iterable[str]) -> list[str]:
    """Which of a folder's files hold a resolution, sorted.

    Raises:
      UserError: they are of two data sets.
    """
    files = sorted(
        name for name in names if name.endswith(".tfrecords") and resolution(name) == wanted
    )
    stems = sorted({*map(tfrecords.stem, files)})
    if len(stems) > 1:
        raise UserError(
            f"{stems[0]} and {stems[1]}: records of two data sets in one folder; wanted one in each"
        )
    return files


def encode(image: np.ndarray, mask: np.ndarray, landmarks: np.ndarray, source: str) -> bytes:
    """Serialise one record.

    Args:
      image: uint8 [H, W, 3].
      mask: bool or uint8 [H, W], non-zero = drawn.
      landmarks: float [68, 2], x and y in pixels of `image`.
      source: the photo's name, relative to the photos' folder.
    """
    features: dict[str, tfrecords.Value] = {
        "shape": np.array([3, *image.shape[:2]]),
        "data": np.ascontiguousarray(image.transpose(2, 0, 1)).tobytes(),
        "mask": ((mask != 0).astype(np.uint8) * 255).tobytes(),
        "landmarks": np.asarray(landmarks, np.float32),
        "source": source.encode("utf-8", "surrogateescape"),
    }
    return tfrecords.encode_example(features)


@dataclasses.dataclass(frozen=True)
class Record:
    """One record.

    Attributes:
      image: uint8 [H, W, 3].
      mask: bool [H, W], True = drawn.
      landmarks: float64 [68, 2], or None where the record has none (the release's).
      source: the photo's name; "" where the record has none.
    """

    image: np.ndarray
    mask: np.ndarray
    landmarks: np.ndarray | None
    source: str


def decode(serialized: bytes) -> Record:
    """Parse a record of ours or of the release.

    Raises:
      tfrecords.Damaged: it is neither.
    """
    features = tfrecords.decode_example(serialized)
    wrong = [name for name in KINDS if name in features and _kind(features[name]) != KINDS[name]]
    if wrong:
        raise tfrecords.Damaged(f"its {wrong[0]} is of {_kind(features[wrong[0]])}")
    shape = tuple(features["shape"].tolist()) if "shape" in features else ()
    data, mask, points = (
        features.get("data", b""),
        features.get("mask", b""),
        features.get("landmarks"),
    )
    pixels = shape[1] * shape[2] if len(shape) == 3 and shape[0] == 3 and min(shape) > 0 else 0
    if not pixels or (len(data), len(mask)) != (3 * pixels, pixels):
        raise tfrecords.Damaged("not a record of an image and its mask")
    if points is not None and (len(points) != 2 * LANDMARKS or not np.isfinite(points).all()):
        raise tfrecords.Damaged("its landmarks are not 68 points")
    return Record(
        np.frombuffer(data, np.uint8).reshape(shape).transpose(1, 2, 0),
        np.frombuffer(mask, np.uint8).reshape(shape[1:]) > 0,
        None if points is None else points.astype(np.float64).reshape(LANDMARKS, 2),
        features.get("source", b"").decode("utf-8", "surrogateescape"),
    )


def _kind(value: tfrecords.Value) -> str:
    return "bytes" if isinstance(value, bytes) else value.dtype.name
