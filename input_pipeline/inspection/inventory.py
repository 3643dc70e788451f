"""What lies in a data set's folder: as its dataset.json tells, or as the files themselves do."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

from input_pipeline import storage, tfrecords
from input_pipeline.faces import schema
from input_pipeline.label_maps import schema as label_schema
from input_pipeline.sharding import plans, shards
from interface.command_line import UserError

LABELS = "labels-"  # how the names of label maps' files start
VERIFY = "python -m input_pipeline.prepare --verify --out"


@dataclasses.dataclass(frozen=True)
class Part:
    """A record file, how many records it holds, and how many bytes."""

    name: str
    records: int
    bytes: int


@dataclasses.dataclass(frozen=True)
class Inventory:
    """A data set's folder.

    Attributes:
      folder: local folder or URL.
      summary: the content of dataset.json; {} where there is none (the 2019 release).
      present: names of the record files that are there, sorted.
    """

    folder: str
    summary: dict[str, Any]
    present: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """dataset.json's {stem of files: records}."""
        name = self.summary.get("options", {}).get("name", schema.NAME)
        return {
            schema.file_stem(int(key), name) if key.isdecimal() else LABELS + key: count
            for key, count in self.summary.get("counts", {}).items()
        }

    @property
    def noted(self) -> dict[str, dict[str, Any]]:
        """dataset.json's {file: {"records", "bytes", "crc32c"}}; {} of an older version."""
        return self.summary.get("files", {})

    def path(self, name: str) -> str:
        """Of a file in the folder."""
        return storage.join(self.folder, name)

    def part(self, name: str) -> Part:
        """One of the files `present`; looked into only where dataset.json says nothing of it.

        Raises:
          UserError: it is damaged.
        """
        if name in self.noted:
            return Part(name, self.noted[name]["records"], self.noted[name]["bytes"])
        with self.readable(name):
            return Part(name, count(self.path(name)), storage.size(self.path(name)))

    @contextlib.contextmanager
    def readable(self, name: str) -> Iterator[None]:
        """Turn tfrecords.Damaged, of a file in the folder, into a UserError."""
        try:
            yield
        except tfrecords.Damaged as error:
            raise UserError(
                f"{self.path(name)}: {error}; see what else is wrong: {VERIFY} {self.folder}"
            ) from None


def take(folder: str) -> Inventory:
    """Look into a folder; no record is read.

    Raises:
      UserError: no such folder, nothing in it, or not finished.
    """
    if not storage.exists(folder):
        raise UserError(f"{folder}: no such folder; name the one that prepare was given as --out")
    if not storage.is_url(folder) and not os.path.isdir(os.fsencode(folder)):
        raise UserError(f"{folder}: a file; name the folder that holds the records")
    names = storage.names(folder)
    if shards.UNFINISHED in names:
        raise UserError(
            f"{folder}: its preparation has not finished; run the same prepare command again, it "
            "goes on where it stopped"
        )
    present = [name for name in names if name.endswith(".tfrecords")]
    for side in {*filter(None, map(schema.resolution, present))}:
        schema.files_of(side, present)
    if not present and plans.SUMMARY not in names:
        raise UserError(f"{folder}: no record file in it; name the folder that prepare wrote")
    return Inventory(folder, summary(folder), present)


def summary(folder: str) -> dict[str, Any]:
    """The content of a folder's dataset.json; {} where there is none.

    Raises:
      UserError: it is damaged.
    """
    path = storage.join(folder, plans.SUMMARY)
    if not storage.exists(path):
        return {}
    try:
        content = json.loads(storage.read(path))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise UserError(f"{path}: damaged, it is no JSON object; copy it again")
    return content


def holds_labels(name: str) -> bool:
    """Whether a file holds label maps: faces may be called so too, `labels-r64`."""
    return name.startswith(LABELS) and schema.resolution(name) is None


def decoder(name: str) -> Callable[[bytes], Any]:
    """What parses the records of a file; it raises tfrecords.Damaged for one that is not sound.

    Faces become schema.Record, label maps label_schema.Record, anything else its features.
    """
    side = schema.resolution(name)
    if side is not None:
        return functools.partial(_decode_face, side=side)
    if holds_labels(name):
        return label_schema.decode
    return tfrecords.decode_example


def _decode_face(serialized: bytes, side: int) -> schema.Record:
    record = schema.decode(serialized)
    height, width, _ = record.image.shape
    if (height, width) != (side, side):
        raise tfrecords.Damaged(f"its image is {width}x{height}, wanted {side}x{side}")
    return record


def count(path: str) -> int:
    """Records in a file, from their lengths alone. Raises tfrecords.Damaged."""
    with storage.opened(path, "rb") as file:
        return sum(1 for _ in tfrecords.places(file))
