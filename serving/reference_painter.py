"""A SavedModel that paints label maps in the style of a photo, as a function of these."""

from __future__ import annotations

import pathlib

import numpy as np
from PIL import Image

from input_pipeline.label_maps import segmenter
from interface.command_line import UserError
from serving import saved_model
from serving.about import INPUT, About
from serving.saved_model import SavedModel
from serving.scene import Reference
from serving.signatures import DEFAULT, Arrays, Signature

STYLE_IMAGE, STYLE_LABELS = "style_image", "style_labels"
INPUTS = {INPUT["labels"], STYLE_IMAGE, STYLE_LABELS}
INTERPOLATE, BLEND = "interpolate", "blend"


def is_one(about: About) -> bool:
    """Whether a model paints label maps in the style of a photo."""
    return (about.asks, about.gives, about.style) == ("labels", "image", "reference")


def inputs(label: np.ndarray, photo: np.ndarray, photo_label: np.ndarray) -> Arrays:
    """A row of what is painted, and in which style: uint8 [H, W], [h, w, 3], [h, w]."""
    named = {INPUT["labels"]: label, STYLE_IMAGE: photo, STYLE_LABELS: photo_label}
    return {name: np.ascontiguousarray(each[None], np.uint8) for name, each in named.items()}


def sized(reference: Reference, model: SavedModel) -> Reference:
    """A photo and its label map, as large as those that a model learnt from."""
    unit, sides = model.about.multiple_of, reference.photo.shape[:2]
    scale = min(model.usual_size) / min(sides)
    height, width = (unit * max(1, round(side * scale / unit)) for side in sides)
    image = Image.fromarray(reference.photo).resize((width, height), Image.Resampling.BICUBIC)
    return Reference(np.asarray(image), segmenter.scaled_ids(reference.label, (height, width)))


class ReferencePainter:
    """Paints label maps in the style of photos; edits both where the model has learnt to.

    Args:
      folder: of a SavedModel that does.

    Raises:
      UserError: it can't be read, or does something else.
    """

    def __init__(self, folder: str) -> None:
        self.model: SavedModel = saved_model.load(folder)
        self.about = self.model.about
        if not is_one(self.about) or {*self.model.signatures[DEFAULT].inputs} != INPUTS:
            raise UserError(f"--model {folder}: wanted one that paints in the style of a photo")

    def painted(self, label: np.ndarray, photo: np.ndarray, photo_label: np.ndarray) -> np.ndarray:
        """A label map in a photo's style.

        Args:
          label: ids, uint8 [H, W]; photo: uint8 [h, w, 3]; photo_label: its ids, uint8 [h, w].

        Returns:
          uint8 [H, W, 3].
        """
        call = self.model.signatures[DEFAULT].call
        return call(**inputs(label, photo, photo_label))["image"][0]

    def between(self, label: np.ndarray, other: np.ndarray, weight: float) -> np.ndarray:
        """What lies so far on the way from one label map to another: uint8 [H, W].

        Args:
          weight: 0 to 1, or beyond.

        Raises:
          UserError: the model can't, or not at this size.
        """
        signature = self._learnt(INTERPOLATE, "interpolates no label maps")
        rows = {INPUT["labels"]: label[None], "other": other[None]}
        for name, row in rows.items():
            if not signature.inputs[name].takes(row):
                raise UserError(
                    f"label maps of {'x'.join(map(str, row.shape[1:]))} pixels; wanted "
                    f"{'x'.join(map(str, self.model.metadata['trained_size']))}, the size that "
                    f"{self._name} interpolates at"
                )
        given = {**rows, "weight": np.array([weight], np.float32)}
        return signature.call(**given)[INPUT["labels"]][0]

    def blended(self, image: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Two pictures, uint8 [H, W, 3], blended as the model finds best.

        Raises:
          UserError: the model can't.
        """
        signature = self._learnt(BLEND, "blends no pictures")
        return signature.call(image=image[None], other=other[None])["image"][0]

    @property
    def _name(self) -> pathlib.Path:
        return self.model.folder

    def _learnt(self, name: str, lacks: str) -> Signature:
        if name not in self.model.signatures:
            raise UserError(f"--model {self._name}: {lacks}; export a run of phase 3")
        return self.model.signatures[name]
