"""What is evaluated: photos, a painter, and what several measures need of both."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import sys
from collections.abc import Callable, Sequence
from typing import Optional

import numpy as np

from input_pipeline import record_files
from input_pipeline.faces import dataset, landmarks, schema
from input_pipeline.processes import on_all_cores, tracked
from input_pipeline.record_files import Records
from interface import pictures
from interface.command_line import UserError
from metrics.evaluation.real_statistics import RealStatistics
from serving.painter import Painter, cross, latents_of

CROSSED = 32  # masks, and latents, of the images that tell how varied they are
CHUNK = 64  # photos that are read at a time
OF_IMAGES, OF_CROSSED = range(2)  # streams of random numbers


@dataclasses.dataclass(frozen=True)
class Photos:
    """Real photos and their masks.

    Attributes:
      image: uint8 [N, H, H, 3]; mask: bool [N, H, H].
      landmarks: float64 [N, 68, 2] in pixels of the images; None where the records have none.
    """

    image: np.ndarray
    mask: np.ndarray
    landmarks: Optional[np.ndarray]

    @property
    def count(self) -> int:
        return len(self.image)

    def known_landmarks(self) -> np.ndarray:
        """The landmarks.

        Raises:
          UserError: the records have none.
        """
        if self.landmarks is None:
            raise UserError(
                "the records hold no landmarks (the 2019 release's hold none), which landmarks, "
                "masks and faces are measured by; prepare the photos again: "
                "python -m input_pipeline.prepare, or do without these measures"
            )
        return self.landmarks


def open_records(paint: Painter, data_dir: str, size: int, fewest: int = 1) -> Records:
    """The records that a painter is held against.

    Args:
      size: their side; 0 = that of the records it was trained on.

    Raises:
      UserError: no records of this side, smaller ones than its pictures, or too few.
    """
    if 0 < size < paint.resolution:
        raise UserError(f"--size {size}: smaller than its pictures, {paint.resolution}")
    records = record_files.open_records(data_dir, size or paint.records_side)
    if records.count < fewest:
        raise UserError(f"--data_dir {data_dir}: {records.count} records; wanted {fewest} or more")
    if records.framing is not paint.framing:
        print(
            f"--data_dir {data_dir}: framing of its records {records.framing.value}, of those that "
            f"the generator was trained on {paint.framing.value}: its masks are of another kind",
            file=sys.stderr,
        )
    return records


def of_faces(
    function: Callable[[np.ndarray, np.ndarray], np.ndarray],
    about: str,
    crossed: np.ndarray,
    places: np.ndarray,
) -> np.ndarray:
    """function(images, places) of M masks' K faces [M, K, H, H, 3], on all cores: [M, K, …]."""
    masks, count = crossed.shape[:2]
    where = np.repeat(places[:masks], count, axis=0)
    found = on_all_cores(function, about, crossed.reshape(-1, *crossed.shape[2:]), where)
    return found.reshape(masks, count, *found.shape[1:])


def load(records: Records, resolution: int, count: int, seed: int) -> Photos:
    """The first `count` photos of the shuffled order, or all if there are fewer."""
    count = min(count, records.count)
    image = np.empty([count, resolution, resolution, 3], np.uint8)
    mask, points = np.empty(image.shape[:3], bool), []
    for start in range(0, count, CHUNK):
        rows = slice(start, min(start + CHUNK, count))
        share = rows.stop - start
        batch = dataset.as_they_are(records, resolution, share, seed, start)
        image[rows], mask[rows] = pictures.to_uint8(batch["image"]), batch["mask"][..., 0] > 0
        places = dataset.position_to_index(np.arange(start, rows.stop), records.count, seed)
        points += [schema.decode(record).landmarks for record in records.read(places)]
    known = [each for each in points if each is not None]
    if len(known) < count:
        return Photos(image, mask, None)
    return Photos(image, mask, landmarks.scaled(np.stack(known), resolution / records.resolution))


class Subject:
    """A painter and the photos it is held against.

    Args:
      photos: at the painter's resolution.
      paint: the generator.
      seed: of latents and of every other draw.
      cache: folder for what is computed from the photos alone.
      landmark_model: dlib's 68-landmark model file, or None = the installed one.
      inception_weights: see `metrics.inception.load`.
      trained_on: photos that the generator was trained on, for `measures.copies`.
      cast: seeds that a SavedModel shows first, for `measures.people`.
    """

    def __init__(
        self,
        photos: Photos,
        paint: Painter,
        seed: int,
        cache: pathlib.Path,
        landmark_model: Optional[str] = None,
        inception_weights: str = "imagenet",
        trained_on: Optional[Photos] = None,
        cast: Sequence[int] = (),
    ) -> None:
        self.photos, self.paint, self.seed = photos, paint, seed
        self.landmark_model, self.inception_weights = landmark_model, inception_weights
        self._trained_on, self.cast = trained_on, cast
        self.statistics = RealStatistics(cache, photos.image, photos.mask, self._known_points())

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

    @functools.cached_property
    def found(self) -> np.ndarray:
        """float64 [N, 68, 2]: landmarks in `images`, where the masks' faces are."""
        return self.find(self.images, self.wanted, "landmarks")

    def find(self, images: np.ndarray, expected: np.ndarray, about: str) -> np.ndarray:
        """Landmarks in pictures, looked for where `expected`, float [N, 68, 2], would have them."""
        model = landmarks.model_path(self.landmark_model)
        find = functools.partial(landmarks.found_again, model=model)
        return on_all_cores(find, about, images, expected)

    @property
    def wanted(self) -> np.ndarray:
        """float64 [N, 68, 2]: the masks' landmarks; raises UserError where there are none."""
        return self.photos.known_landmarks()

    @property
    def trained_on(self) -> Photos:
        """What the generator was trained on; only where it was given."""
        assert self._trained_on is not None
        return self._trained_on

    def _latents(self, stream: int, count: int) -> np.ndarray:
        drawn = np.random.default_rng([self.seed, stream])
        return drawn.standard_normal([count, self.paint.latent_size], np.float32)

    def _known_points(self) -> np.ndarray:
        points = self.photos.landmarks
        return np.zeros(0) if points is None else points
