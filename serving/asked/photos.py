"""A photo that people bring → what a segmenter labels of it."""

from __future__ import annotations

import functools

import numpy as np
from PIL import Image

from input_pipeline import photos
from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.label_maps.segmenter import Read, Segmenter
from interface.command_line import UserError
from serving.asked.landmarks import ADVICE


def from_photo(
    path: str,
    segmenter: Segmenter,
    detector: Detector = INSTALLED,
    flag: str = "photo",
    side: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """`of_photo` of a file, which a flag gives."""
    read = functools.partial(photos.read, path)
    return of_photo(read, f"--{flag} {path}", segmenter, detector, side)


def from_photo_of_shape(path: str, size: tuple[int, ...], flag: str, shape: str) -> np.ndarray:
    """`of_shape` of a file, which a flag gives."""
    return of_shape(functools.partial(photos.read, path), size, f"--{flag} {path}", shape)


def of_shape(read: Read, size: tuple[int, ...], where: str, shape: str) -> np.ndarray:
    """A photo scaled to the size of its label map.

    Args:
      read: reads it as `photos.read` does, given how many pixels will do.
      size: height and width.
      where: it comes from; shape: where the label map does; for the message.

    Returns:
      uint8 [H, W, 3].

    Raises:
      UserError: unreadable, or of another shape.
    """
    try:
        photo, _ = read(None)
    except photos.Rejected as error:
        raise UserError(f"{where}: {error}") from None
    height, width = size
    if abs(photo.width * height - photo.height * width) > max(photo.width, photo.height):
        raise UserError(
            f"{where}: {photo.height}x{photo.width} pixels; wanted the shape of {shape}, "
            f"{height}x{width}: of a face, what was cut out"
        )
    return np.asarray(photo.resize((width, height), Image.Resampling.BICUBIC))


def of_photo(
    read: Read, where: str, segmenter: Segmenter, detector: Detector = INSTALLED, side: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """What is labelled of a photo: cut out around its largest face, or the whole of it.

    Args:
      read: reads it as `photos.read` does, given how many pixels will do.
      where: it comes from, for the message.
      segmenter: that is to label it; detector: finds the face.
      side: of what is cut out; 0 = as the segmenter learnt from.

    Returns:
      uint8 [H, W, 3]; and the same at the size at which it is labelled.

    Raises:
      UserError: unreadable, or no face in it where there must be one.
    """
    try:
        photo = segmenter.asked(read, detector, side)
    except photos.Rejected as error:
        raise UserError(f"{where}: {ADVICE.get(str(error), error)}") from None
    return photo, segmenter.seen(photo)
