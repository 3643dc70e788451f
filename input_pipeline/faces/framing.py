"""How a face lies in its square: said by a data set, by runs on it, and by their models."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from input_pipeline.faces import crop
from interface.command_line import UserError

FIELD = "framing"  # of dataset.json, a run's config.json and a model's metadata.json


class Framing(enum.Enum):
    """How photos become squares, by the name that the files give it.

    A model knows masks that were made in one way: a name that is not here is refused.

    ALIGNED: turned and scaled around the face, as CelebA-HQ and FFHQ are.
    CENTRAL: the photo's central square as it is, wherever the face lies in it.
    """

    ALIGNED = "aligned"
    CENTRAL = "central square"

    def square(self, photo: Image.Image, landmarks: np.ndarray) -> crop.Square:
        """What to cut out of a photo for a face.

        Args:
          landmarks: float [68, 2], x and y in the photo's pixels.
        """
        return crop.around_face(landmarks) if self is Framing.ALIGNED else crop.whole(photo)


def read(content: Mapping[str, Any], where: object) -> Framing:
    """What one of the files says; those of older versions say nothing, and are of aligned faces.

    Args:
      content: of the file.
      where: it lies, for the message.

    Raises:
      UserError: something that this version does not know.
    """
    name = content.get(FIELD, Framing.ALIGNED.value)
    try:
        return Framing(name)
    except ValueError:
        known = " or ".join(repr(each.value) for each in Framing)
        raise UserError(
            f"{where}: {FIELD} {str(name)[:80]!r} is not known here, wanted {known}; use the "
            "version of this project that wrote it"
        ) from None


def kept(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's config.json says of it, for its model's metadata.json; perhaps nothing."""
    return {FIELD: settings[FIELD]} if FIELD in settings else {}


def of_data_set(summary: Mapping[str, Any], folder: str) -> Framing:
    """What a data set's dataset.json says, or the flags in it where an older version wrote it.

    Args:
      summary: its content; {} where there is none, as in the 2019 release.
      folder: of the data set.

    Raises:
      UserError: something that this version does not know.
    """
    if FIELD in summary:
        return read(summary, f"{folder}/dataset.json")
    return of_options(summary.get("options") or {})


def of_options(options: Mapping[str, Any]) -> Framing:
    """What follows from prepare's flags, where it made no records from records of ours.

    CelebA-HQ's photos and the 2019 release's were aligned by others, and are cut no more.
    """
    already = options.get("celeba_hq") or options.get("from_tfrecords")
    return Framing.ALIGNED if already or options.get("align", True) else Framing.CENTRAL
