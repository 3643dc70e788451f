"""What a record of a photo and its label map is: where the two become bytes, and bytes arrays.

A record is a tf.train.Example with the features
  image     bytes = JPEG or PNG, 8-bit RGB or grey, upright
  label     bytes = PNG, 8-bit grey: the ids; or 8-bit RGB: a picture, in data sets without classes
  instance  bytes = PNG, RGBA: the four bytes of each pixel's little-endian int32; may be missing
  source    bytes = the photo's name
all of one height and width, which may differ from record to record.
"""

from __future__ import annotations

import dataclasses
import io
import struct
from typing import Optional, Union

import numpy as np
from PIL import Image

from input_pipeline import tfrecords

# Of zlib's levels the fastest: a photo grows by a tenth and takes less than half the time.
PHOTO_LEVEL = 1
# A PNG's last chunk. TensorFlow insists on it, Pillow is content with all the pixels.
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


def file_stem(split: str) -> str:
    """The start of every name of a split's files."""
    return f"labels-{split}"


def encode(
    image: Union[bytes, np.ndarray],
    label: np.ndarray,
    instance: Optional[np.ndarray],
    source: str,
) -> bytes:
    """Serialise one record.

    Args:
      image: the bytes of a file for which `is_plain` holds, kept as they are; or uint8
        [H, W, 3], which become a PNG: a JPEG would blur the photo a second time.
      label: uint8 [H, W], or [H, W, 3].
      instance: int32 [H, W], or None.
      source: the photo's name.
    """
    if not isinstance(image, bytes):
        image = _png(image, PHOTO_LEVEL)
    features: dict[str, tfrecords.Value] = {"image": image, "label": _png(label)}
    if instance is not None:
        numbers = np.ascontiguousarray(instance, "<i4")
        features["instance"] = _png(numbers.view(np.uint8).reshape(*instance.shape, 4))
    features["source"] = source.encode("utf-8", "surrogateescape")
    return tfrecords.encode_example(features)


@dataclasses.dataclass(frozen=True)
class Record:
    """One record.

    Attributes:
      image: uint8 [H, W, 3].
      label: uint8 [H, W]; or [H, W, 3], a picture.
      instance: int32 [H, W], or None where the record has none.
      source: the photo's name; "" where the record has none.
    """

    image: np.ndarray
    label: np.ndarray
    instance: Optional[np.ndarray]
    source: str


def decode(serialized: bytes) -> Record:
    """Parse a record.

    Raises:
      tfrecords.Damaged: it is none, or cannot be decoded.
    """
    features = tfrecords.decode_example(serialized)
    image = _decoded(features, "image", ("JPEG", "PNG"), ("RGB", "L"))
    label = _decoded(features, "label", ("PNG",), ("L", "RGB"))
    instance = None
    if "instance" in features:
        instance = _decoded(features, "instance", ("PNG",), ("RGBA",)).view("<i4")[..., 0]
        instance = instance.astype(np.int32, copy=False)
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    for other in (label, instance):
        if other is not None and other.shape[:2] != image.shape[:2]:
            raise tfrecords.Damaged(f"sizes differ: {image.shape[:2]} and {other.shape[:2]}")
    source = bytes(features.get("source", b"")).decode("utf-8", "surrogateescape")
    return Record(image, label, instance, source)


def is_plain(image: Image.Image, content: bytes) -> bool:
    """Whether every decoder reads a file as the same upright 8-bit RGB or grey pixels.

    Args:
      image: what Pillow makes of the file.
      content: all of the file.
    """
    if image.format == "PNG":
        whole = PNG_END in content and png_header(content) in ((8, 0), (8, 2))
    else:
        whole = image.format == "JPEG"
    return (
        whole
        and image.mode in ("RGB", "L")
        and "transparency" not in image.info
        and getattr(image, "n_frames", 1) == 1
        and image.getexif().get(0x0112, 1) == 1  # its orientation
    )


def png_header(content: bytes) -> tuple[int, int]:
    """Bits a sample and colour type (0 = grey, 2 = RGB, 3 = palette) of a PNG file."""
    bits, kind = struct.unpack("BB", content[24:26])
    return bits, kind


def _png(pixels: np.ndarray, level: int = 6) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=level)
    return file.getvalue()


def _decoded(
    features: dict[str, bytes], name: str, formats: tuple[str, ...], modes: tuple[str, ...]
) -> np.ndarray:
    content = features.get(name)
    if not isinstance(content, bytes):
        raise tfrecords.Damaged(f"not a record of a photo and its label map: no {name}")
    try:
        with Image.open(io.BytesIO(content), formats=formats) as image:
            mode, pixels = image.mode, np.asarray(image)
            if image.format == "PNG" and PNG_END not in content:
                raise ValueError("it ends too early")
    # A damaged file can make a decoder raise almost anything.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise tfrecords.Damaged(f"its {name} cannot be decoded: {reason}") from None
    if mode not in modes:
        raise tfrecords.Damaged(f"its {name} is {mode}; wanted {' or '.join(modes)}")
    return pixels
