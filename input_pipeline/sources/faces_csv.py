"""A table of photos in which somebody has marked the faces already."""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import itertools
import math
import os
from collections.abc import Iterator, Sequence

import numpy as np

from input_pipeline import photos, storage
from input_pipeline.faces import schema
from input_pipeline.faces.in_photo import Known, Photo
from input_pipeline.photos import Rejected
from interface import texts
from interface.command_line import UserError

BOX = ("left", "top", "right", "bottom")
POINTS = tuple(f"{axis}{number}" for number in range(schema.LANDMARKS) for axis in "xy")
EYES_AND_MOUTH = (36, 45, 48, 54)  # the landmarks at their outer corners
WANTED = "wanted file and left,top,right,bottom and/or x0,y0,…,x67,y67, with commas between"


@dataclasses.dataclass(frozen=True)
class FacesCsv:
    """A CSV table: a photo's file and, in pixels of the upright photo, a face's box or landmarks.

    Several rows of one file are several faces. Where a row has both, its landmarks count. Files
    are named relative to the table's folder, or by absolute paths or URLs.
    """

    path: str
    max_pixels: int = photos.PIXEL_LIMIT  # to decode of a photo

    def names(self) -> list[str]:
        """The files as the table names them, sorted.

        Raises:
          UserError: the first thing in the table that can't be right, with its line.
        """
        return sorted(_table(self.path))

    def photo(self, name: str, enough: int | None = None) -> Photo:
        """Decode one; see `photos.read`. Raises Rejected, also for a face outside the photo."""
        image, shrink = photos.read(_place(self.path, name), enough, self.max_pixels)
        faces = _table(self.path)[name]
        for known in faces:
            _check_inside(known, image.width * shrink, image.height * shrink)
        return Photo(image, shrink, faces)

    def has_landmarks(self) -> bool:
        """Whether no face has just a box. Raises UserError as `names` does."""
        faces = (known for row in _table(self.path).values() for known in row)
        return all(known.landmarks is not None for known in faces)


def _place(table: str, name: str) -> str:
    """A photo's path or URL."""
    if storage.is_url(name) or os.path.isabs(name):
        return name
    folder = table.rpartition("/")[0] if storage.is_url(table) else os.path.dirname(table)
    return storage.join(folder, name)


def _check_inside(known: Known, width: int, height: int) -> None:
    points = known.landmarks
    if points is None:
        points = np.reshape(known.box or (), (2, 2))
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    if right < 0 or bottom < 0 or left >= width or top >= height:
        raise Rejected(
            f"a face outside the photo: the photo is {width}x{height}, the face reaches from "
            f"{left:g},{top:g} to {right:g},{bottom:g}"
        )


class _Wrong(Exception):
    """A line that can't be right; the message says what was found and wanted."""


@functools.cache
def _table(path: str) -> dict[str, tuple[Known, ...]]:
    """{file: its faces}, all of it checked; each process reads it once."""
    faces: dict[str, list[Known]] = {}
    try:
        content = storage.read(path)
    except (FileNotFoundError, IsADirectoryError):
        raise UserError(f"--faces_csv {path}: no such file; {WANTED}") from None
    reader = csv.reader(io.StringIO(texts.of_bytes(content), newline=""))
    try:
        for row in _rows(reader):
            name, known = row["file"], _known(row)
            if name not in faces:
                _check_file(_place(path, name), name)
            faces.setdefault(name, []).append(known)
    except (csv.Error, _Wrong) as error:
        line = max(1, reader.line_num)
        raise UserError(f"--faces_csv {path}, line {line}: {error}") from None
    if not faces:
        raise UserError(f"--faces_csv {path}: no face in it; {WANTED}")
    return {name: tuple(known) for name, known in faces.items()}


def _rows(lines: Iterator[list[str]]) -> Iterator[dict[str, str]]:
    """{column: value} of each line that is not blank; spaces around values go."""
    header = [name.strip() for name in next(lines, [])]
    _check_header(header)
    for line in lines:
        values = [value.strip() for value in line]
        if any(values):
            if len(values) != len(header):
                raise _Wrong(f"{len(values)} values under {len(header)} columns")
            yield dict(zip(header, values))


def _check_header(header: Sequence[str]) -> None:
    groups = [group for group in (BOX, POINTS) if not set(group).isdisjoint(header)]
    columns = list(itertools.chain(["file"], *groups))
    for name in header:
        if name not in columns:
            raise _Wrong(f"unknown column {name!r}; {WANTED}")
        if header.count(name) > 1:
            raise _Wrong(f"two columns {name!r}; {WANTED}")
    absent = [name for name in (columns if groups else [*columns, *BOX]) if name not in header]
    if absent:
        raise _Wrong(f"no column {absent[0]!r}; {WANTED}")


def _check_file(place: str, name: str) -> None:
    if not name:
        raise _Wrong("no file; wanted a photo's path relative to the table's folder")
    # Behind a URL each look is a request: a missing photo is listed as rejected there.
    if not storage.is_url(place) and not os.path.isfile(os.fsencode(place)):
        raise _Wrong(f"{name}: no such file; wanted a path relative to the table's folder")


def _known(row: dict[str, str]) -> Known:
    box, points = _numbers(row, BOX), _numbers(row, POINTS)
    if box is None and points is None:
        raise _Wrong("neither box nor landmarks; wanted at least one of them filled in")
    if box is not None and (box[0] >= box[2] or box[1] >= box[3]):
        edges = ",".join(f"{edge:g}" for edge in box)
        raise _Wrong(f"left,top,right,bottom = {edges}; wanted left < right and top < bottom")
    if points is not None and np.ptp(points.reshape(-1, 2)[EYES_AND_MOUTH, :], axis=0).max() < 1:
        raise _Wrong("its eyes and mouth lie in one place; wanted landmarks in pixels")
    return Known(
        None if box is None else tuple(box.tolist()),
        None if points is None else points.reshape(-1, 2),
    )


def _numbers(row: dict[str, str], columns: Sequence[str]) -> np.ndarray | None:
    """The values of some columns; None where there are none, or all are empty."""
    words = [row.get(name, "") for name in columns]
    if not any(words):
        return None
    try:
        numbers = np.array(words, np.float64)
    except ValueError:
        numbers = np.array([_number(word) for word in words])
    if not np.isfinite(numbers).all():
        wrong = int(np.isfinite(numbers).argmin())
        raise _Wrong(
            f"{columns[wrong]} = {words[wrong]!r}; wanted a number of pixels, with a decimal point"
        )
    return numbers


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan
