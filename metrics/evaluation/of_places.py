"""Measures of pictures that are told where something is to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics import location as where
from metrics.evaluation.figure_names import OF_PHOTOS

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.placed_subject import PlacedSubject


def location(subject: PlacedSubject) -> dict[str, float]:
    """Whether it is where it was asked for, by chance, and in the photos themselves."""
    asked = subject.photos.mask
    of_photos = where.overlaps(subject.places(subject.photos.image), asked)
    return {
        **where.location(subject.places(subject.images), asked),
        OF_PHOTOS.format("iou"): float(of_photos.mean()),
    }
