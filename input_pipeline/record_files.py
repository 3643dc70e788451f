"""Finding, checking and reading record files at the door, before anything is trained."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import re

import numpy as np

from input_pipeline import framing, schema, tfrecords
from input_pipeline.framing import Framing
from input_pipeline.inspection import inventory
from input_pipeline.sharding import shards
from input_pipeline.tfrecords import HEADER
from interface.command_line import UserError

PREPARE = "python -m input_pipeline.prepare --images PHOTOS --out"


@dataclasses.dataclass(frozen=True)
class Records:
    """All records of one resolution, by place; the bytes stay on disk.

    Attributes:
      resolution: side of every record's image.
      paths: the files.
      places: int64 [count, 3]: index into `paths`, offset and length of each record's content.
      framing: how faces lie in them.
    """

    resolution: int
    paths: tuple[str, ...]
    places: np.ndarray
    framing: Framing = Framing.ALIGNED

    @property
    def count(self) -> int:
        return len(self.places)

    def read(self, indices: np.ndarray) -> list[bytes]:
        """The serialised records at `indices`. Called by several threads at once."""
        found = []
        for file, offset, length in self.places[indices]:
            found.append(os.pread(_opened(self.paths[file]), int(length), int(offset)))
        return found


@functools.cache
def _opened(path: str) -> int:
    """A file descriptor that stays open for the whole run: threads share it through pread."""
    return os.open(path, os.O_RDONLY)


def open_records(data_dir: str, resolution: int) -> Records:
    """Find the shards of a resolution, or the release's single file, and check them.

    Every file's framing is followed to its end, and its first record is decoded.

    Raises:
      UserError: no such folder, no records of this resolution, a missing shard, a file that is
        truncated or holds something else; the line names the file and what to run.
    """
    folder = pathlib.Path(data_dir)
    if not folder.is_dir():
        raise UserError(f"--data_dir {data_dir}: no such folder; make it: {PREPARE} {data_dir}")
    if (folder / shards.UNFINISHED).exists():
        raise UserError(
            f"--data_dir {data_dir}: its preparation has not finished; run the same prepare "
            "command again, it goes on where it stopped"
        )
    paths = _files_of(folder, resolution)
    places = []
    for number, path in enumerate(paths):
        found = _places_in(path)
        if len(found):
            _check_records(path, found, resolution)
        places += [(number, offset, length) for offset, length in found]
    _check_count(folder, resolution, len(places))
    if not places:
        raise UserError(f"--data_dir {data_dir}: its {resolution}-pixel files hold no record")
    framed = framing.of_data_set(inventory.summary(data_dir), data_dir)
    return Records(resolution, tuple(map(str, paths)), np.array(places, np.int64), framed)


def _check_count(folder: pathlib.Path, resolution: int, found: int) -> None:
    """Hold the number of records against dataset.json's, where there is one."""
    try:
        noted = json.loads((folder / "dataset.json").read_text())["counts"][str(resolution)]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if noted != found:
        raise UserError(
            f"{folder}: {found} records of {resolution} pixels, but its dataset.json counts "
            f"{noted}: copied in part? Copy it again, or prepare: {PREPARE} NEW_DIR"
        )


def _files_of(folder: pathlib.Path, resolution: int) -> list[pathlib.Path]:
    stem = schema.file_stem(resolution)
    single = folder / f"{stem}.tfrecords"
    shards = sorted(folder.glob(f"{stem}-[0-9]*-of-[0-9]*.tfrecords"))
    if shards:
        wanted = int(re.findall(r"-of-(\d+)", shards[0].name)[0])
        names = [schema.shard_name(resolution, i, wanted) for i in range(wanted)]
        present = {path.name for path in shards}
        missing = [name for name in names if name not in present]
        foreign = sorted(present.difference(names))
        if missing or foreign or single.exists():
            odd = f"{missing[0]} is missing" if missing else f"{(foreign or [single.name])[0]} too"
            raise UserError(
                f"{folder}: {shards[0].name} belongs to {wanted} shards, but {odd}; "
                f"prepare into a new folder: {PREPARE} DIR"
            )
        return shards
    if single.exists():
        return [single]
    name = re.compile(r"celeba-r(\d+)(-\d+-of-\d+)?\.tfrecords")
    there = {int(match[1]) for path in folder.iterdir() if (match := name.fullmatch(path.name))}
    found = f"it has {', '.join(map(str, sorted(there)))}" if there else "it has no records at all"
    if any(folder.glob("labels-*.tfrecords")):
        found = "it has label maps, for other systems"
    raise UserError(
        f"--data_dir {folder}: no {resolution}-pixel records ({found}); choose another --size or "
        f"run: {PREPARE} NEW_DIR --resolutions {resolution}"
    )


def _places_in(path: pathlib.Path) -> list[tuple[int, int]]:
    """(offset, length) of each record's content."""
    try:
        with open(path, "rb") as file:
            return [(start + HEADER, length) for start, length in tfrecords.places(file)]
    except tfrecords.Damaged as error:
        raise UserError(
            f"{path}: {error}: truncated, or no TFRecord file; prepare it again: {PREPARE} NEW_DIR"
        ) from None


def _check_records(path: pathlib.Path, places: list[tuple[int, int]], resolution: int) -> None:
    """Decode the first record; hold the sizes of all others against it."""
    try:
        with open(path, "rb") as file:
            first = next(tfrecords.read(file))
        shape = schema.decode(first).image.shape
        claim = f"of {shape[1]}x{shape[0]} pixels"
    except tfrecords.Damaged as error:
        shape, claim = (), f"that can't be read ({error})"
    if shape != (resolution, resolution, 3):
        raise UserError(
            f"{path}: holds records {claim}, wanted {resolution}x{resolution}; "
            f"prepare them: {PREPARE} NEW_DIR --resolutions {resolution}"
        )
    pixels = 4 * resolution**2
    for number, (_, length) in enumerate(places):
        # Beside its pixels a record holds landmarks, a file name and field names.
        if not pixels <= length <= pixels + 8192:
            raise UserError(
                f"{path}: record {number} has {length} bytes, wanted about {pixels}; it is of "
                "another resolution or foreign: prepare it again"
            )
