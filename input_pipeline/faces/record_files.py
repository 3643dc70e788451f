"""Finding, checking and reading record files at the door, before anything is trained."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import re
from typing import Any, Optional

import numpy as np

from input_pipeline import RESOLUTIONS, prepare, tfrecords
from input_pipeline.faces import framing, schema
from input_pipeline.faces.framing import Framing
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


def open_records(data_dir: str, resolution: int, painted: Optional[int] = None) -> Records:
    """Find the shards of a resolution, or the release's single file, and check them.

    Every file's framing is followed to its end, and its first record is decoded.

    Args:
      data_dir: folder of the records.
      resolution: side of their images.
      painted: side of the images that training on them will paint; smaller records will not do.

    Raises:
      UserError: no such folder, no records of this resolution, a missing shard, a file that is
        truncated or holds something else; the line names the file and what to run.
    """
    folder = pathlib.Path(data_dir)
    if not folder.is_dir():
        raise UserError(f"--data_dir {data_dir}: no such folder; make it: {PREPARE} {data_dir}")
    summary = inventory.summary(data_dir)
    counts = summary.get("counts", {})
    _check_finished(folder, resolution, counts)
    names = schema.files_of(resolution, os.listdir(folder))
    if not names:
        raise _absent(folder, summary, resolution, painted)
    _check_shards(folder, names)
    paths = [folder / name for name in names]
    places = []
    for number, path in enumerate(paths):
        found = _places_in(path)
        if len(found):
            _check_records(path, found, resolution)
        places += [(number, offset, length) for offset, length in found]
    _check_count(folder, resolution, len(places), counts)
    if not places:
        raise UserError(f"--data_dir {data_dir}: its {resolution}-pixel files hold no record")
    framed = framing.of_data_set(summary, data_dir)
    return Records(resolution, tuple(map(str, paths)), np.array(places, np.int64), framed)


def _check_finished(folder: pathlib.Path, resolution: int, counts: dict[str, int]) -> None:
    """While more resolutions are added to a data set, those that it has can be read."""
    if (folder / shards.UNFINISHED).exists() and str(resolution) not in counts:
        raise UserError(
            f"--data_dir {folder}: its preparation has not finished; run the same prepare "
            "command again, it goes on where it stopped"
        )


def _check_count(folder: pathlib.Path, resolution: int, found: int, counts: dict[str, int]) -> None:
    """Hold the number of records against dataset.json's, where there is one."""
    noted = counts.get(str(resolution), found)
    if noted != found:
        raise UserError(
            f"{folder}: {found} records of {resolution} pixels, but its dataset.json counts "
            f"{noted}: copied in part? Copy it again, or prepare: {PREPARE} NEW_DIR"
        )


def _check_shards(folder: pathlib.Path, names: list[str]) -> None:
    """Refuse files of one resolution that are not all the shards of one data set."""
    stem, several = tfrecords.stem(names[0]), re.search(r"-of-(\d+)\.tfrecords$", names[0])
    if several is None:  # the release's single file, which comes last of all
        return
    count = int(several[1])
    wanted = [tfrecords.shard_name(stem, shard, count) for shard in range(count)]
    missing, foreign = sorted({*wanted}.difference(names)), sorted({*names}.difference(wanted))
    if missing or foreign:
        odd = f"{missing[0]} is missing" if missing else f"{foreign[0]} too"
        raise UserError(
            f"{folder}: {names[0]} belongs to {count} shards, but {odd}; "
            f"prepare into a new folder: {PREPARE} DIR"
        )


def _absent(
    folder: pathlib.Path, summary: dict[str, Any], resolution: int, painted: Optional[int]
) -> UserError:
    """What is there instead of a resolution, and what to do."""
    names = [path.name for path in folder.glob("*.tfrecords")]
    there = sorted({*filter(None, map(schema.resolution, names))})
    found = f"it has {', '.join(map(str, there))}" if there else "it has no records at all"
    if not there and any(name.startswith("labels-") for name in names):
        found = "it has label maps, for other systems"
    told = f"--data_dir {folder}: no {resolution}-pixel records ({found})"
    if painted and resolution == 2 * painted:
        phase = RESOLUTIONS.index(painted) + 1
        told += f"; phase {phase} paints {painted} pixels and reads records of twice that"
    enough = [side for side in there if painted and side >= painted]
    other = "" if painted else "choose another --size or "
    if enough:
        other = f"read others with --size {enough[0]} or "
    return UserError(f"{told}; {other}{_advice(folder, summary, resolution)}")


def _advice(folder: pathlib.Path, summary: dict[str, Any], resolution: int) -> str:
    """How to come by records of a resolution that is not there."""
    options = summary.get("options", {})
    if "resolutions" not in options:
        return f"run: {PREPARE} NEW_DIR --resolutions {resolution}"
    if str(resolution) in summary.get("counts", {}):
        return "prepare into a new folder with a larger --max_upscale: its faces are all too small"
    return (
        f"add them: {prepare.command(options, str(folder), {resolution, *options['resolutions']})}"
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
