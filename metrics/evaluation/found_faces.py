"""Pictures of faces whose places nobody knows beforehand: they are those found in the photos."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from PIL import Image

from input_pipeline.faces.landmarks import Detector, Search
from input_pipeline.processes import on_all_cores
from interface.command_line import UserError
from metrics.evaluation.face_photos import Photos
from metrics.evaluation.real_statistics import RealStatistics

FEWEST = 8  # faces: fewer halves tell nothing
POINTS = 68  # landmarks of a face


@dataclasses.dataclass(frozen=True)
class FoundFaces:
    """What `of_faces.faces` asks of a `Subject`, of the photos in which a face is found.

    Attributes:
      photos: in squares, black beside what is not square; images: their pictures, uint8
        [N, H, H, 3].
      wanted: float64 [N, 68, 2], landmarks in the photos.
      seed, statistics: as those of a `Subject`.
      left_out: photos in which none is found.
    """

    photos: Photos
    images: np.ndarray
    wanted: np.ndarray
    seed: int
    statistics: RealStatistics
    left_out: int

    @property
    def with_faces(self) -> FoundFaces:
        return self


def found(
    photos: np.ndarray,
    images: np.ndarray,
    seed: int,
    statistics: RealStatistics,
    detector: Detector,
) -> FoundFaces:
    """The photos in which a face is found, and their pictures.

    Args:
      photos, images: uint8 [N, H, W, 3].
      statistics: kept of these photos.

    Raises:
      UserError: too few have one.
    """
    points = statistics.array(
        f"landmarks of the largest face, {detector}",
        lambda: on_all_cores(functools.partial(largest, detector=detector), "faces", photos),
    )
    there = np.isfinite(points).all((1, 2))
    if there.sum() < FEWEST:
        raise UserError(
            f"--metrics faces: a face is found in {there.sum()} of {len(photos)} photos; wanted "
            f"{FEWEST} or more, of photos of people"
        )
    shown = Photos(squared(photos[there]), np.zeros(0, bool), points[there])
    pictures, left_out = squared(images[there]), int((~there).sum())
    return FoundFaces(shown, pictures, points[there], seed, statistics, left_out)


def largest(images: np.ndarray, detector: Detector) -> np.ndarray:
    """Landmarks of the largest face of each, uint8 [N, H, W, 3] → float64 [N, 68, 2]; NaN where
    there is none."""
    search, points = Search(largest_only=True), np.full([len(images), POINTS, 2], np.nan)
    for image, place in zip(images, points):
        faces = detector.faces(Image.fromarray(image), search)
        if faces:
            place[:] = faces[0].landmarks
    return points


def squared(images: np.ndarray) -> np.ndarray:
    """Images as squares, black to their right or below; places in them stay what they are."""
    height, width = images.shape[1:3]
    side = max(height, width)
    return np.pad(images, ((0, 0), (0, side - height), (0, side - width), (0, 0)))
