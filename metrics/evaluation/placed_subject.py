"""What is evaluated: a painter that is told a place, photos, and who looks for it in pictures."""

from __future__ import annotations

import dataclasses
import functools
import pathlib

import numpy as np

from input_pipeline.label_maps import dataset
from input_pipeline.processes import tracked
from interface import pictures
from interface.command_line import UserError
from metrics.evaluation import label_subject
from metrics.evaluation.places import PLACES, Places
from metrics.evaluation.real_statistics import RealStatistics
from serving import saved_model
from serving.saved_model import SavedModel

CROSSED = 32  # masks, and seeds, of the pictures that tell how varied they are
BATCH = 64


@dataclasses.dataclass(frozen=True)
class Photos:
    """Real photos, and where it is in them: image uint8 [N, H, W, 3], mask bool [N, H, W]."""

    image: np.ndarray
    mask: np.ndarray

    @property
    def count(self) -> int:
        return len(self.image)


@dataclasses.dataclass(frozen=True, eq=False)
class PlacedSubject:
    """A painter and the photos it is held against.

    Attributes:
      photos: at the painter's size; trained_on: photos to find the nearest among.
      model: the painter; places: who looks.
      seed: of every draw; picture i has seed + i.
      cache: folder for what is computed from the photos alone.
      inception_weights: see `metrics.inception.load`.
    """

    photos: Photos
    trained_on: Photos
    model: SavedModel
    places: Places
    seed: int
    cache: pathlib.Path
    inception_weights: str = "imagenet"

    @functools.cached_property
    def statistics(self) -> RealStatistics:
        """What is kept of these very photos."""
        return RealStatistics(self.cache, self.photos.image, self.photos.mask)

    @functools.cached_property
    def images(self) -> np.ndarray:
        """uint8 [N, H, W, 3]: one picture for each photo's mask, each from its own seed."""
        seeds = self.seed + np.arange(self.photos.count)
        return self._painted("painting", self.photos.mask, seeds)

    @functools.cached_property
    def crossed(self) -> np.ndarray:
        """uint8 [M, K, H, W, 3]: each of M masks with each of K seeds."""
        masks, seeds = self.photos.mask[:CROSSED], self.seed + np.arange(CROSSED)
        pairs = np.repeat(masks, len(seeds), axis=0), np.tile(seeds, len(masks))
        painted = self._painted("masks by latents", *pairs)
        return painted.reshape(len(masks), len(seeds), *painted.shape[1:])

    def _painted(self, about: str, masks: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        call = self.model.signatures["sample"].call
        starts = tracked(about, range(0, len(masks), BATCH))
        parts = [slice(start, start + BATCH) for start in starts]
        labels = masks.astype(np.uint8)
        rows = [call(labels=labels[p], seed=seeds[p].astype(np.int64)) for p in parts]
        return np.concatenate([each["image"] for each in rows])


def painter(folder: str) -> SavedModel:
    """A SavedModel. Raises UserError: none that paints where its mask says."""
    model = saved_model.load(folder)
    if not model.metadata.get(PLACES) or "sample" not in model.signatures:
        raise UserError(f"--model {folder}: wanted one that paints where its mask says")
    return model


def photos(
    model: SavedModel, count: int, seed: int, data_dir: str, split: str, fewest: int = 1
) -> Photos:
    """Photos at the size that a painter learnt from, and where what it paints is in them.

    Args:
      count: at most; seed: of their order.
      split: of the data set; see `label_subject.of_split`.

    Raises:
      UserError: fewer than `fewest`, or the data set knows no such class.
    """
    records = label_subject.of_split(data_dir, split, fewest)
    classes, flag = records.label_set, f"data_dir {data_dir}: class"
    ids = [classes.called(name, flag) for name in model.metadata[PLACES]]
    side = model.about.multiple_of  # of the smallest pictures, which it learnt from
    read = dataset.as_they_are(records, (side, side), count, seed)
    return Photos(pictures.to_uint8(read["image"]), np.isin(read["label"], ids))
