"""What is evaluated: a painter of faces, photos, and what several measures need of both."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Sequence
from typing import Optional

import numpy as np

from input_pipeline.faces import landmarks
from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.processes import on_all_cores, tracked
from metrics.evaluation.face_photos import Photos
from metrics.evaluation.real_statistics import RealStatistics
from serving.painter import Painter, cross, latents_of

CROSSED = 32  # masks, and latents, of the images that tell how varied they are
OF_IMAGES, OF_CROSSED = range(2)  # streams of random numbers


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """A painter and the photos it is held against.

    `metrics.evaluation.of_pictures` asks for `photos.image`, `seed`, `images`, `crossed` and
    `statistics` alone, which any painter has; masks and landmarks are those of faces.

    Attributes:
      photos: at the painter's resolution.
      paint: the generator.
      seed: of latents and of every other draw.
      cache: folder for what is computed from the photos alone.
      detector: finds landmarks in the pictures.
      inception_weights: see `metrics.inception.load`.
      trained_on: photos that the generator was trained on, for `of_faces.copies`.
      cast: seeds that a SavedModel shows first, for `of_faces.people`.
    """

    photos: Photos
    paint: Painter
    seed: int
    cache: pathlib.Path
    detector: Detector = INSTALLED
    inception_weights: str = "imagenet"
    trained_on: Optional[Photos] = None
    cast: Sequence[int] = ()

    @functools.cached_property
    def statistics(self) -> RealStatistics:
        """What is kept of these very photos."""
        points = self.photos.landmarks
        places = np.zeros(0) if points is None else points
        return RealStatistics(self.cache, self.photos.image, self.photos.mask, places)

    @functools.cached_property
    def images(self) -> np.ndarray:
        """uint8 [N, H, H, 3]: one image for each photo's mask, each from its own latent."""
        latent = self._latents(OF_IMAGES, self.photos.count)
        return self.paint(self.photos.mask, latent, functools.partial(tracked, "painting"))

    @functools.cached_property
    def crossed(self) -> np.ndarray:
        """uint8 [M, K, H, H, 3]: each of M masks with each of K latents."""
        return self._cross("masks by latents", self._latents(OF_CROSSED, CROSSED))

    def with_seeds(self, seeds: Sequence[int]) -> np.ndarray:
        """uint8 [M, K, H, H, 3]: each of M masks with each of K seeds of the SavedModel."""
        return self._cross("masks by seeds", latents_of(seeds, self.paint.latent_size))

    def _cross(self, about: str, latents: np.ndarray) -> np.ndarray:
        shown = functools.partial(tracked, about)
        paint = functools.partial(self.paint, tracked=shown)
        return cross(paint, self.photos.mask[:CROSSED], latents)

    def _latents(self, stream: int, count: int) -> np.ndarray:
        drawn = np.random.default_rng([self.seed, stream])
        return drawn.standard_normal([count, self.paint.latent_size], np.float32)

    @property
    def wanted(self) -> np.ndarray:
        """float64 [N, 68, 2]: the masks' landmarks; raises UserError where there are none."""
        return self.photos.known_landmarks()

    @property
    def with_faces(self) -> Subject:
        """Itself: each of its photos and pictures has a face, whose place is `wanted`."""
        return self

    @functools.cached_property
    def landmarks(self) -> np.ndarray:
        """float64 [N, 68, 2]: landmarks in `images`, where the masks' faces are."""
        return self.find(self.images, self.wanted, "landmarks")

    def find(self, images: np.ndarray, expected: np.ndarray, about: str) -> np.ndarray:
        """Landmarks in pictures, looked for where `expected`, float [N, 68, 2], would have them."""
        find = functools.partial(landmarks.found_again, detector=self.detector)
        return on_all_cores(find, about, images, expected)
