"""A segmenter's SavedModel as a function: photos → their label maps."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
from collections.abc import Callable
from typing import Any, Optional

import numpy as np
from PIL import Image

from input_pipeline.faces import framing, in_photo
from input_pipeline.faces.framing import Framing
from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError

METADATA = "assets/metadata.json"  # of the SavedModel
BATCH = 8  # photos in one call
Read = Callable[[Optional[int]], tuple[Image.Image, int]]  # see `photos.read`


@dataclasses.dataclass(frozen=True)
class Segmenter:
    """Picklable: worker processes are given it. TensorFlow and the model load when first asked.

    Attributes:
      folder: of the SavedModel.
      label_set: what the ids that it gives mean.
      trained_size: height and width of the photos that it learnt from.
      multiple_of: what height and width of a photo are to be.
      framing: how faces lay in those photos; None = they were whole photos.
    """

    folder: str
    label_set: LabelSet
    trained_size: tuple[int, int]
    multiple_of: int
    framing: Optional[Framing]

    def labels(self, photos: np.ndarray) -> np.ndarray:
        """Ids of photos.

        Args:
          photos: uint8 [N, H, W, 3], H and W multiples of `multiple_of`.

        Returns:
          uint8 [N, H, W].
        """
        call = _loaded(self.folder)
        starts = range(0, len(photos), BATCH)
        parts = [call(photo=photos[start : start + BATCH])["labels"] for start in starts]
        return np.concatenate([np.asarray(part) for part in parts])

    def of_photo(self, read: Read, detector: Detector = INSTALLED) -> tuple[np.ndarray, np.ndarray]:
        """A photo and its label map.

        Args:
          read: reads it as `photos.read` does, given how many pixels will do.
          detector: finds the face, where the segmenter knows photos that are cut around one.

        Returns:
          uint8 [H, W, 3] and uint8 [H, W]: of what was cut out, or of the whole photo.

        Raises:
          Rejected: it can't be read, or has no face.
        """
        photo = self.asked(read, detector)
        (ids,) = self.labels(self.seen(photo)[None])
        return photo, scaled_ids(ids, (photo.shape[0], photo.shape[1]))

    def asked(self, read: Read, detector: Detector = INSTALLED, side: int = 0) -> np.ndarray:
        """The part of a photo that a label map is made of, uint8 [H, W, 3]; as `of_photo`.

        Args:
          side: of what is cut out; 0 = as long as in training. A whole photo stays as it is.
        """
        if self.framing is None:
            return np.asarray(read(None)[0])
        side = side or self.trained_size[0]
        return in_photo.largest(in_photo.Brought(read), "", side, self.framing, detector)[0]

    def seen(self, photo: np.ndarray) -> np.ndarray:
        """A photo, uint8 [H, W, 3], as it is labelled: its shorter side as long as in training."""
        scale = min(self.trained_size) / min(photo.shape[:2])
        unit = self.multiple_of
        height, width = (unit * max(1, round(side * scale / unit)) for side in photo.shape[:2])
        return np.asarray(Image.fromarray(photo).resize((width, height), Image.Resampling.BICUBIC))


def scaled_ids(ids: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """uint8 [H, W] → [*size]: each pixel takes the id at its centre."""
    return np.asarray(Image.fromarray(ids).resize(size[::-1], Image.Resampling.NEAREST))


def read(folder: str, flag: str = "segmenter") -> Segmenter:
    """What a SavedModel says of itself; it is loaded when it is first asked.

    Args:
      flag: that named it, for messages.

    Raises:
      UserError: there is none, or it gives no label maps.
    """
    place = pathlib.Path(folder)
    if not place.is_dir():
        raise UserError(f"--{flag} {folder}: no such folder")
    try:
        about = json.loads((place / METADATA).read_text())
        if about["gives"] != "labels" or not (place / "saved_model.pb").is_file():
            raise ValueError
        height, width = about["trained_size"]
        multiple_of = int(about["multiple_of"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(
            f"--{flag} {folder}: no segmenter's SavedModel; wanted what python -m "
            "siblings.segmenter.export writes, as models/parser/1"
        ) from None
    label_set = label_sets.parsed(about.get("classes"), f"--{flag} {folder}: classes")
    cut = framing.read(about, place) if framing.FIELD in about else None
    return Segmenter(str(place), label_set, (height, width), multiple_of, cut)


@functools.lru_cache(maxsize=1)
def _loaded(folder: str) -> Any:
    import tensorflow as tf  # here, so that preparing from other sources runs without it

    model = tf.saved_model.load(folder)

    def call(photo: np.ndarray) -> Any:
        return model.signatures["serving_default"](photo=tf.constant(photo))

    return call
