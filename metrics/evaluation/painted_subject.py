"""What is evaluated: a painter of label maps, photos with theirs, and who tells classes in them."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
from typing import Optional

import numpy as np
import tensorflow as tf

from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.label_maps import dataset
from input_pipeline.label_maps.label_sets import IGNORED, LabelSet
from input_pipeline.label_maps.record_files import Records
from input_pipeline.label_maps.segmenter import Segmenter
from input_pipeline.processes import tracked
from interface import pictures
from interface.command_line import UserError
from metrics import style_swaps
from metrics.evaluation import places
from metrics.evaluation.found_faces import FoundFaces, found
from metrics.evaluation.real_statistics import RealStatistics
from serving import saved_model
from serving.about import INPUT, INSTANCES
from serving.saved_model import SavedModel
from serving.signatures import DEFAULT, Arrays, rows

BATCH = 8  # pictures in one call
STYLED = 32  # photos whose styles are encoded
LABELS, FEATURES, SEED, IMAGE = INPUT["labels"], "features", "seed", "image"
SAMPLE, ENCODE = "sample", "encode"  # signatures
CLUSTERS = "clusters"  # the style of models that have both
WANTED = "wanted one that paints from label maps alone"


@dataclasses.dataclass(frozen=True)
class Photos:
    """Real photos and what is in them.

    Attributes:
      image: uint8 [N, H, W, 3]; label: uint8 [N, H, W], IGNORED where a pixel does not count; or
        as the images are, of a painter that asks for pictures in place of label maps.
      instance: int32 [N, H, W], or None where nobody asks for it.
    """

    image: np.ndarray
    label: np.ndarray
    instance: Optional[np.ndarray] = None

    @property
    def count(self) -> int:
        return len(self.image)

    def asked(self, index: np.ndarray) -> Arrays:
        """What a painter is given of some of them; what does not count must be of some class."""
        labels = self.label[index]
        if labels.ndim == 3:
            labels = np.where(labels == IGNORED, 0, labels).astype(np.uint8)
        given = {LABELS: labels}
        return given if self.instance is None else {**given, INSTANCES: self.instance[index]}


@dataclasses.dataclass(frozen=True, eq=False)
class PaintedSubject:
    """A painter of label maps and the photos it is held against.

    Attributes:
      photos: of the size that the painter learnt from.
      model: the painter; of styles, where its pictures have them, it is told a seed.
      seed: of every draw; picture i has seed + i.
      cache: folder for what is computed from the photos alone.
      counted_as: uint8 [256], see `merging.table`.
      segmenter: tells the classes in pictures; None = nobody does.
      inception_weights: see `metrics.inception.load`.
      detector: finds faces in the photos.
    """

    photos: Photos
    model: SavedModel
    seed: int
    cache: pathlib.Path
    counted_as: np.ndarray
    segmenter: Optional[Segmenter] = None
    inception_weights: str = "imagenet"
    detector: Detector = INSTALLED

    @functools.cached_property
    def statistics(self) -> RealStatistics:
        """What is kept of these very photos."""
        return RealStatistics(self.cache, self.photos.image, self.photos.label)

    @property
    def classes(self) -> LabelSet:
        assert self.model.about.classes is not None  # it asks for them
        return self.model.about.classes

    @property
    def has_styles(self) -> bool:
        return self.model.about.style == CLUSTERS

    @functools.cached_property
    def images(self) -> np.ndarray:
        """uint8 [N, H, W, 3]: one picture for each label map, each from its own seed."""
        every = np.arange(self.photos.count)
        return self.painted(every, self.seed + every)

    def painted(self, index: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        """Pictures of some of the label maps, uint8 [len(index), H, W, 3], with these seeds."""
        given = {**self.photos.asked(index), SEED: seeds}
        return self._called(SAMPLE if SAMPLE in self.model.signatures else DEFAULT, given, IMAGE)

    def told(self, about: str, images: np.ndarray) -> np.ndarray:
        """Classes that the segmenter sees, uint8 [N, H, W], `merged` ones as what they count as."""
        assert self.segmenter is not None  # whoever asks for this measure gives one
        starts = tracked(about, range(0, len(images), BATCH))
        ids = [places.told(self.segmenter, images[start : start + BATCH]) for start in starts]
        return self.counted_as[np.concatenate(ids)]

    @functools.cached_property
    def regions(self) -> np.ndarray:
        """int64 [M, H, W]: which pixels of the first photos share a style, see `style_swaps`."""
        first = slice(STYLED)
        return style_swaps.keyed(self._ids[first], self.photos.label[first])

    @functools.cached_property
    def encoded(self) -> np.ndarray:
        """float32 [M, H, W, 3]: the styles of the first photos."""
        given = {IMAGE: self.photos.image[:STYLED], INSTANCES: self._ids[:STYLED]}
        return self._called(ENCODE, given, FEATURES)

    def in_styles(self, number: int, features: np.ndarray) -> np.ndarray:
        """Pictures of one label map in K styles, float32 [K, H, W, 3]: uint8 [K, H, W, 3]."""
        index = np.full(len(features), number)
        return self._called(DEFAULT, {**self.photos.asked(index), FEATURES: features}, IMAGE, False)

    @functools.cached_property
    def with_faces(self) -> FoundFaces:
        """The photos in which a face is found, and their pictures. Raises UserError: too few."""
        return found(self.photos.image, self.images, self.seed, self.statistics, self.detector)

    @property
    def _ids(self) -> np.ndarray:
        """int32 [N, H, W]: within which ids a style is the same."""
        if in_classes(self.model):
            return self.photos.label.astype(np.int32)
        assert self.photos.instance is not None  # `photos` reads it
        return self.photos.instance

    def _called(self, name: str, given: Arrays, output: str, shown: bool = True) -> np.ndarray:
        """An output of a signature, which is given those of the arrays that it takes."""
        signature, starts = self.model.signatures[name], range(0, rows(given), BATCH)
        takes = {
            key: given[key].astype(each.dtype, copy=False) for key, each in signature.inputs.items()
        }
        parts = [
            signature.call(**{key: value[start : start + BATCH] for key, value in takes.items()})
            for start in (tracked(name, starts) if shown else starts)
        ]
        return np.concatenate([each[output] for each in parts])


def painter(folder: str) -> SavedModel:
    """A SavedModel that paints label maps. Raises UserError: it is no such, or asks for more."""
    model = saved_model.load(folder)
    has_styles, known = model.about.style == CLUSTERS, model.signatures
    if model.about.asks != "labels" or (has_styles and not {SAMPLE, ENCODE} <= {*known}):
        raise UserError(f"--model {folder}: {WANTED}")
    inputs = {*known[SAMPLE if SAMPLE in known else DEFAULT].inputs}
    if model.about.style == "reference":
        raise UserError(
            f"--model {folder}: paints in the style of photos, which python -m metrics.edits "
            "measures"
        )
    if inputs - {LABELS, INSTANCES, SEED}:
        raise UserError(f"--model {folder}: {WANTED}; it asks for {', '.join(sorted(inputs))}")
    return model


def in_classes(model: SavedModel) -> bool:
    """Whether a model's styles are those of classes, not of instances."""
    return model.metadata.get(FEATURES) == "label"


def size_of(model: SavedModel) -> tuple[int, int]:
    """Height and width that a painter learnt from. Raises UserError: it does not say."""
    size = model.about.size or model.metadata.get("trained_size")
    if not size:
        raise UserError(
            f"--model {model.folder}: does not say the size that it learnt from (trained_size); "
            "export it again"
        )
    height, width = size
    return int(height), int(width)


def check_classes(model: SavedModel, of: str, classes: LabelSet) -> None:
    """Raise UserError where a painter's classes are not those of something.

    Args:
      of: the flag that names it and its value.
      classes: that it has.
    """
    assert model.about.classes is not None
    if model.about.classes.names != classes.names:
        raise UserError(
            f"--model {model.folder}: its classes are not those of {of}, "
            f"{', '.join(classes.names)[:200]}"
        )


def photos(model: SavedModel, records: Records, count: int, seed: int) -> Photos:
    """Photos at the size that a painter learnt from, whole, and what is in them.

    Args:
      count: at most; seed: of their order.

    Raises:
      UserError: they have no instances, which the painter asks for.
    """
    by_instances = model.about.style == CLUSTERS and not in_classes(model)
    instances = model.about.instances or by_instances
    try:
        read = dataset.as_they_are(records, size_of(model), count, seed, instances=instances)
    except tf.errors.InvalidArgumentError:  # parsing: a feature is missing
        if not instances:
            raise
        folder = os.path.dirname(records.paths[0])
        raise UserError(
            f"--data_dir {folder}: its records have no instances, which --model {model.folder} "
            "asks for"
        ) from None
    assert model.about.classes is not None
    has_classes = model.about.classes.count > 0
    label = read["label"] if has_classes else pictures.to_uint8(read["label"])
    return Photos(pictures.to_uint8(read["image"]), label, read.get("instance"))
