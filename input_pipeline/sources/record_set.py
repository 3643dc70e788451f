"""Records made earlier, ours or the 2019 release's, taken as photos of faces."""

from __future__ import annotations

import collections
import dataclasses
import functools
import math
import re
from collections.abc import Container, Iterable, Iterator
from typing import IO, Any

import numpy as np
from PIL import Image

from input_pipeline import storage, tfrecords
from input_pipeline.faces import schema
from input_pipeline.faces.in_photo import Known, Photo
from input_pipeline.inspection import inventory
from input_pipeline.inspection.inventory import Inventory
from input_pipeline.photos import Rejected
from input_pipeline.tfrecords import HEADER
from interface.command_line import UserError

SKIPPED = 1 << 14  # bytes: a longer feature holds pixels
CHIN, NOSE = 8, 30  # landmarks in which two faces differ even when both are aligned
SAME = 1e-5  # of the side: a hundred times what rounding does, far less than tells faces apart


@dataclasses.dataclass(frozen=True)
class RecordSet:
    """A folder of records: each face once, from the largest record there is of it.

    Records without landmarks (the release's) are photos whose faces are still to be found.
    """

    folder: str

    def names(self) -> list[str]:
        """The sources' names, `NAME#2` for the second face of one; sorted.

        A record that names no source is called `celeba-r512.tfrecords#00123`.

        Raises:
          UserError: no such folder, no records in it, or not all of them.
        """
        return sorted(_places(self.folder))

    def photo(self, name: str, enough: int | None = None) -> Photo:
        """Decode one, in full. Raises Rejected for a damaged record."""
        place = _places(self.folder)[name]
        try:
            with storage.opened(place.path, "rb") as file:
                file.seek(place.position)
                record = schema.decode(next(tfrecords.read(file)))
        except tfrecords.Damaged as error:
            raise Rejected(f"damaged: {error}") from None
        faces = None if record.landmarks is None else (Known(landmarks=record.landmarks),)
        return Photo(Image.fromarray(record.image), faces=faces, source=record.source or None)

    def has_landmarks(self) -> bool:
        """Whether every record has them. Raises UserError as `names` does."""
        return all(place.marks is not None for place in _places(self.folder).values())


@dataclasses.dataclass(frozen=True)
class _Place:
    """A record on disk, and what it tells without its pixels.

    Attributes:
      path: of its file.
      number: in the file.
      position: of its first byte in the file.
      resolution: of the file.
      source: the photo's name, or "".
      marks: x and y of chin and nose, in sides of the image; None = it has no landmarks.
    """

    path: str
    number: int
    position: int
    resolution: int
    source: str
    marks: tuple[float, ...] | None


@functools.cache
def _places(folder: str) -> dict[str, _Place]:
    """{name of a face: its largest record}; each process looks for itself."""
    data = inventory.take(folder)
    files = _files(data)
    places: dict[str, _Place] = {}
    faces: dict[str, list[_Place]] = collections.defaultdict(list)  # of each photo
    for resolution in sorted(files, reverse=True):
        for place in _records(data, files[resolution], resolution):
            siblings = faces[place.source]
            if _is_new(place, siblings, max(files)):
                siblings.append(place)
                places[_name(place, len(siblings), places)] = place
    if not places:
        raise UserError(f"--from_tfrecords {folder}: its files hold no record")
    return places


def _is_new(place: _Place, siblings: list[_Place], largest: int) -> bool:
    """Whether none of a photo's other records shows the same face in a larger image."""
    # Without name and landmarks nothing tells which small record is of which large one.
    if not place.source or place.marks is None:
        return place.resolution == largest
    return not any(
        max(abs(a - b) for a, b in zip(place.marks, other.marks or (math.inf,))) < SAME
        for other in siblings
        if other.resolution > place.resolution
    )


def _name(place: _Place, number: int, taken: Container[str]) -> str:
    """A name that is not there yet, for the `number`-th face of a photo."""
    if not place.source:
        return f"{place.path.rpartition('/')[2]}#{place.number:05d}"
    name = place.source if number == 1 else f"{place.source}#{number}"
    while name in taken:  # a photo may itself be called a.jpg#2
        name += "#"
    return name


def _files(data: Inventory) -> dict[int, list[str]]:
    """{resolution: names of its files}.

    Raises:
      UserError: there are none, or some are missing.
    """
    files: dict[int, list[str]] = {}
    for name in data.present:
        resolution = schema.resolution(name)
        if resolution is not None:
            files.setdefault(resolution, []).append(name)
    if not files:
        raise UserError(f"--from_tfrecords {data.folder}: no …-r64.tfrecords or the like in it")
    missing = sorted({*data.noted, *_siblings(data.present)}.difference(data.present))
    if missing:
        raise UserError(
            f"--from_tfrecords {data.folder}: {missing[0]} is missing; copy the whole data set"
        )
    return files


def _siblings(names: Iterable[str]) -> Iterator[str]:
    """All the shards that the shards' names tell of."""
    for name in names:
        shards = re.search(r"-\d+-of-(\d+)\.tfrecords$", name)
        if shards:
            start = name[: shards.start()]
            yield from (f"{start}-{i:05d}-of-{shards[1]}.tfrecords" for i in range(int(shards[1])))


def _records(data: Inventory, names: Iterable[str], resolution: int) -> Iterator[_Place]:
    for name in names:
        with data.readable(name):
            for number, (position, features) in enumerate(_without_pixels(data.path(name))):
                source = bytes(features.get("source", b"")).decode("utf-8", "surrogateescape")
                points, marks = features.get("landmarks", ()), None
                if len(points) == 2 * schema.LANDMARKS:
                    shape = (np.reshape(points, (-1, 2))[[CHIN, NOSE]] + 0.5) / resolution
                    marks = tuple(shape.ravel().tolist())
                yield _Place(data.path(name), number, position, resolution, source, marks)


def _without_pixels(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(where it begins, its short features) of each record of a file."""
    with storage.opened(path, "rb") as file:
        for position, length in tfrecords.places(file):
            start = position + HEADER
            yield position, _features(file, start, start + length)


def _features(file: IO[bytes], start: int, end: int) -> dict[str, Any]:
    """The features of a tf.train.Example that lies in a file, those with pixels passed over.

    Args:
      file: open for reading.
      start: where the message begins.
      end: where it ends.
    """
    position, last = _field(file, start)
    short = b""
    while position < min(last, end):
        begin, position = position, _field(file, position)[1]
        if position - begin < SKIPPED:
            file.seek(begin)
            short += file.read(position - begin)
    return tfrecords.decode_example(b"\n" + _varint(len(short)) + short)


def _field(file: IO[bytes], position: int) -> tuple[int, int]:
    """Where the content of a message's field number 1 starts and ends.

    Raises:
      Damaged: no such field stands at `position`.
    """
    file.seek(position)
    head = file.read(11)
    length = 0
    for place, byte in enumerate(head[1:]):
        length |= (byte & 127) << 7 * place
        if byte < 128 and head[:1] == b"\n":  # its tag: number 1, of given length
            start = position + place + 2
            return start, start + length
    raise tfrecords.Damaged("not a tf.train.Example, or the file ends inside it")


def _varint(number: int) -> bytes:
    groups = [number >> shift & 127 for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([*(group | 128 for group in groups[:-1]), groups[-1]])
