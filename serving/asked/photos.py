"""A photo that people bring → what a segmenter labels of it."""

from __future__ import annotations

import functools

import numpy as np

from input_pipeline import photos
from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.label_maps.segmenter import Read, Segmenter
from interface.command_line import UserError
from serving.asked.landmarks import ADVICE


def from_photo(
    path: str, segmenter: Segmenter, detector: Detector = INSTALLED
) -> tuple[np.ndarray, np.ndarray]:
    """`of_photo` of a file."""
    read = functools.partial(photos.read, path)
    return of_photo(read, f"--photo {path}", segmenter, detector)


def of_photo(
    read: Read, where: str, segmenter: Segmenter, detector: Detector = INSTALLED
) -> tuple[np.ndarray, np.ndarray]:
    """What is labelled of a photo: cut out around its largest face, or the whole of it.

    Args:
      read: reads it as `photos.read` does, given how many pixels will do.
      where: it comes from, for the message.
      segmenter: that is to label it; detector: finds the face.

    Returns:
      uint8 [H, W, 3]; and the same at the size at which it is labelled.

    Raises:
      UserError: unreadable, or no face in it where there must be one.
    """
    try:
        photo = segmenter.asked(read, detector)
    except photos.Rejected as error:
        raise UserError(f"{where}: {ADVICE.get(str(error), error)}") from None
    return photo, segmenter.seen(photo)
