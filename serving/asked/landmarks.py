"""What people bring (a photo, a drawing, landmarks) → the mask that a generator is asked for."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
from collections.abc import Callable
from typing import Any, Optional

import numpy as np
from PIL import Image

from input_pipeline import photos
from input_pipeline.faces import drawing, in_photo, landmarks
from input_pipeline.faces.framing import Framing
from input_pipeline.faces.landmarks import INSTALLED, Detector
from input_pipeline.faces.schema import LANDMARKS
from interface import texts
from interface.command_line import UserError
from serving.asked import lines

ADVICE = {  # where a photo gives no face
    in_photo.NO_FACE: "no face found; give one that looks into the camera",
    in_photo.DOUBTFUL: "no face found that surely is one; give one that looks into the camera",
    in_photo.OUTSIDE: f"{in_photo.OUTSIDE}, which is all that this model looks at; give one with "
    "the face in its middle",
}
FARTHEST = 2.0  # sides of the picture that a landmark may lie away from it


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes:
      mask: bool [H, H], True = drawn.
      photo: uint8 [S, S, 3], where it comes from one; else None.
      landmarks: float64 [68, 2], in sides of the picture, where it was drawn from them; else None.
    """

    mask: np.ndarray
    photo: Optional[np.ndarray] = None
    landmarks: Optional[np.ndarray] = None


def from_photo(
    path: str, side: int, drawn_at: int, framing: Framing, detector: Detector = INSTALLED
) -> Asked:
    """`of_photo` of a file.

    Raises:
      UserError: unreadable, or no face in what is cut out.
    """
    read = functools.partial(photos.read, path)
    return of_photo(read, f"--photo {path}", side, drawn_at, framing, detector)


def of_photo(
    read: Callable[[Optional[int]], tuple[Image.Image, int]],
    where: str,
    side: int,
    drawn_at: int,
    framing: Framing,
    detector: Detector = INSTALLED,
) -> Asked:
    """The largest face of a photo, found, cut out and drawn as records are.

    Args:
      read: reads it as `photos.read` does, given how many pixels will do.
      where: it comes from, for the message.
      side: H of the mask.
      drawn_at: side of the records that the generator learnt from, H or a multiple. Lines drawn
        there and made smaller are as thick as those it knows.
      framing: how those records were cut.
      detector: finds it.

    Raises:
      UserError: unreadable, no face in it, or none in what is cut out.
    """
    try:
        image, points = in_photo.largest(in_photo.Brought(read), "", drawn_at, framing, detector)
    except photos.Rejected as error:
        raise UserError(f"{where}: {ADVICE.get(str(error), error)}") from None
    return dataclasses.replace(of_landmarks((points + 0.5) / drawn_at, side, drawn_at), photo=image)


def from_picture(path: str, side: int) -> Asked:
    """`of_picture` of a file.

    Raises:
      UserError: unreadable, or of another size.
    """
    try:
        content = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"--mask {path}: {error.strerror}; {lines.WANTED}") from None
    return of_picture(content, f"--mask {path}", side)


def of_picture(content: bytes, where: str, side: int, limit: int = photos.PIXEL_LIMIT) -> Asked:
    """A drawing, as `lines` reads it, square, of `side` pixels or a multiple.

    A pixel of the mask is drawn where anything of a line is in its place.

    Args:
      content: of the file; where: it comes from, for the message.
      limit: most pixels.

    Raises:
      UserError: unreadable, another size, or no clear drawing.
    """
    try:
        picture = photos.layered(content, limit)
    except photos.Rejected as error:
        raise UserError(f"{where}: {error}") from None
    width, height = picture.size
    if width != height or width % side:
        raise UserError(f"{where}: {width}x{height} pixels; wanted {side}x{side}, or a multiple")
    return Asked(_shrunk(lines.of_picture(picture, where), side))


def from_landmarks(path: str, side: int, drawn_at: int) -> Asked:
    """`of_landmarks` of a JSON file of 68 pairs [x, y].

    Raises:
      UserError: no such file, or something else in it.
    """
    try:
        content = json.loads(texts.of_bytes(pathlib.Path(path).read_bytes()))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not JSON"
        raise UserError(f"--landmarks {path}: {reason}; wanted {LANDMARKS} pairs [x, y]") from None
    return of_landmarks(parsed(content, f"--landmarks {path}"), side, drawn_at)


def of_landmarks(points: np.ndarray, side: int, drawn_at: int) -> Asked:
    """Landmarks, drawn.

    Args:
      points: float64 [68, 2], from 0 to 1 across the picture and down.
      side, drawn_at: those of `of_photo`.
    """
    mask = _shrunk(drawing.draw(points * drawn_at - 0.5, drawn_at), side)
    return Asked(mask, landmarks=points)


def from_records(data_dir: str, side: int, drawn_at: int, count: int) -> list[Asked]:
    """Masks and photos of records of `side` pixels, from the first on; at most `count`.

    Masks are drawn again at `drawn_at` from the records' landmarks; where there are none, as in
    the 2019 release's, they are taken as they are.

    Raises:
      UserError: no such records.
    """
    from input_pipeline.faces import record_files, schema

    records = record_files.open_records(data_dir, side)
    numbers = np.arange(min(count, records.count))
    decoded = [schema.decode(each) for each in records.read(numbers)]
    return [
        Asked(
            record.mask
            if record.landmarks is None
            else _shrunk(
                drawing.draw(landmarks.scaled(record.landmarks, drawn_at / side), drawn_at), side
            ),
            record.image,
        )
        for record in decoded
    ]


def parsed(content: Any, where: str) -> np.ndarray:
    """What JSON says are landmarks: float64 [68, 2], in sides of the picture.

    Args:
      content: as json.loads gives it.
      where: it comes from, for the message.

    Raises:
      UserError: not 68 pairs of finite numbers near the picture.
    """
    try:
        points = np.array(content, np.float64)
    except (ValueError, TypeError):
        points = np.zeros(0)
    if points.shape != (LANDMARKS, 2):
        raise UserError(f"{where}: wanted {LANDMARKS} pairs [x, y], from 0 to 1 across the picture")
    if not (np.abs(points) <= FARTHEST).all():  # nor nan
        raise UserError(f"{where}: a landmark is far outside the picture, which is from 0 to 1")
    return points


def _shrunk(drawing: np.ndarray, side: int) -> np.ndarray:
    """bool [S, S] → [side, side]: drawn where anything in its place is, as in training."""
    times = len(drawing) // side
    return np.asarray(drawing.reshape(side, times, side, times).any(axis=(1, 3)))


def to_picture(mask: np.ndarray) -> Image.Image:
    """White lines on black."""
    return Image.fromarray(mask.astype(np.uint8) * 255)
