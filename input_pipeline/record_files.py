"""Record files of any kind, found, checked and read at the door, before anything is trained."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import re
from collections.abc import Callable, Sequence
from typing import Any

import google_crc32c
import numpy as np

from input_pipeline import tfrecords
from input_pipeline.inspection import inventory
from input_pipeline.sharding import shards
from input_pipeline.tfrecords import FOOTER, HEADER
from interface.command_line import UserError

Places = list[tuple[int, int]]  # (offset, length) of the content of each record of a file


@dataclasses.dataclass(frozen=True)
class Records:
    """Records by place; the bytes stay on disk.

    Attributes:
      paths: the files.
      places: int64 [count, 3]: index into `paths`, offset and length of each record's content.
    """

    paths: tuple[str, ...]
    places: np.ndarray

    @property
    def count(self) -> int:
        return len(self.places)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Eight hex digits that follow from the checksums of all records, in their order."""
        checksum = 0
        for file, offset, length in self.places.tolist():
            footer = os.pread(_opened(self.paths[file]), FOOTER, offset + length)
            checksum = google_crc32c.extend(checksum, footer)
        return f"{checksum:08x}"

    def read(self, indices: np.ndarray) -> list[bytes]:
        """The serialised records at `indices`. Called by several threads at once.

        Raises:
          UserError: one is not what was written.
        """
        return [self._record(*place) for place in self.places[indices].tolist()]

    def _record(self, file: int, offset: int, length: int) -> bytes:
        path = self.paths[file]
        content = os.pread(_opened(path), length + FOOTER, offset)
        record, footer = content[:length], content[length:]
        if not tfrecords.is_whole(record, footer):
            raise UserError(
                f"{path}: the record at byte {offset - HEADER}: wrong checksum; copy the file "
                "again, or prepare it again"
            )
        return record


@functools.cache
def _opened(path: str) -> int:
    """A file descriptor that stays open for the whole run: threads share it through pread."""
    return os.open(path, os.O_RDONLY)


@dataclasses.dataclass(frozen=True)
class Part:
    """The records of a data set that are read together, and how messages tell of them.

    Attributes:
      folder: of the data set, as --data_dir names it.
      key: the part's name among dataset.json's counts, as 64 or train.
      files: what its files are called, as 64-pixel.
      records: what its records are, as "of 64 pixels".
      prepare: the command that makes such a data set, up to the folder's name.
    """

    folder: str
    key: str
    files: str
    records: str
    prepare: str

    def summary(self) -> dict[str, Any]:
        """The content of dataset.json.

        While more parts are added to a data set, those that it has can be read.

        Raises:
          UserError: no such folder, or the part is not finished.
        """
        folder = pathlib.Path(self.folder)
        if not folder.is_dir():
            told = f"no such folder; make it: {self.prepare} {self.folder}"
            raise UserError(f"--data_dir {self.folder}: {told}")
        summary = inventory.summary(self.folder)
        if (folder / shards.UNFINISHED).exists() and self.key not in summary.get("counts", {}):
            raise UserError(
                f"--data_dir {folder}: its preparation has not finished; run the same prepare "
                "command again, it goes on where it stopped"
            )
        return summary

    def read(
        self,
        names: Sequence[str],
        summary: dict[str, Any],
        check: Callable[[pathlib.Path, Places], None],
    ) -> Records:
        """All records of the part's files, each file's framing followed to its end.

        Args:
          names: of the files, sorted.
          summary: the content of dataset.json.
          check: refuses a file, not empty, whose records are not what they should be.

        Raises:
          UserError: a missing shard, a file that is truncated, or another number of records than
            dataset.json counts; the line names the file and what to run.
        """
        self._check_shards(names)
        paths = [pathlib.Path(self.folder, name) for name in names]
        places = []
        for number, path in enumerate(paths):
            within = self._places_in(path)
            if within:
                check(path, within)
            places += [(number, offset, length) for offset, length in within]
        self._check_count(len(places), summary)
        if not places:
            raise UserError(f"--data_dir {self.folder}: its {self.files} files hold no record")
        return Records(tuple(map(str, paths)), np.array(places, np.int64))

    def _check_shards(self, names: Sequence[str]) -> None:
        """Refuse files that are not all the shards of one data set."""
        stem, several = tfrecords.stem(names[0]), re.search(r"-of-(\d+)\.tfrecords$", names[0])
        if several is None:  # the release's single file, which comes last of all
            return
        count = int(several[1])
        wanted = [tfrecords.shard_name(stem, shard, count) for shard in range(count)]
        missing, foreign = sorted({*wanted}.difference(names)), sorted({*names}.difference(wanted))
        if missing or foreign:
            odd = f"{missing[0]} is missing" if missing else f"{foreign[0]} too"
            raise UserError(
                f"{pathlib.Path(self.folder)}: {names[0]} belongs to {count} shards, but {odd}; "
                f"prepare into a new folder: {self.prepare} DIR"
            )

    def _places_in(self, path: pathlib.Path) -> Places:
        try:
            with open(path, "rb") as file:
                return [(start + HEADER, length) for start, length in tfrecords.places(file)]
        except tfrecords.Damaged as error:
            raise UserError(
                f"{path}: {error}; or prepare it again: {self.prepare} NEW_DIR"
            ) from None

    def _check_count(self, count: int, summary: dict[str, Any]) -> None:
        """Hold the number of records against dataset.json's, where there is one."""
        noted = summary.get("counts", {}).get(self.key, count)
        if noted != count:
            raise UserError(
                f"{pathlib.Path(self.folder)}: {count} records {self.records}, but its "
                f"dataset.json counts {noted}: copied in part? Copy it again, or prepare: "
                f"{self.prepare} NEW_DIR"
            )


def first_in(path: pathlib.Path) -> bytes:
    """The first record of a file. Raises tfrecords.Damaged."""
    with open(path, "rb") as file:
        return next(tfrecords.read(file))
