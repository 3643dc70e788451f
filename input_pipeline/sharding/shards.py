"""A long list of items → record files, shard by shard; killed at any moment, it goes on.

The shard is the unit of work: shard i of N holds items i, i+N, … of a list that is fixed at the
start, in every file of that shard. A shard is written aside and renamed; its report is written
last and says that all of it is there. So the same command goes on with the shards that have no
report, and the bytes depend neither on kills nor on the number of workers or machines.

    out/unfinished/plan.json          the list, the settings, the versions: fixed at the start
    out/unfinished/00003.json         shard 3 is whole: its counts, checksums, rejected items
    out/unfinished/00003-….partial    shard 3 while it is written
    out/celeba-r64-00003-of-00016.tfrecords
    out/dataset.json                  written last of all: the data set is whole
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import io
import json
import uuid
from collections.abc import Callable
from typing import IO, Any, Protocol

import google_crc32c

from input_pipeline import storage, tfrecords
from input_pipeline.photos import Rejected

UNFINISHED = "unfinished"  # the folder of what a data set needs while it is made


@dataclasses.dataclass
class Outcome:
    """What one item gives.

    Attributes:
      records: (stem of the file, serialised record).
      rows: of the data set's table, a dictionary each.
      tally: anything to be added up over all items.
    """

    records: list[tuple[str, bytes]]
    rows: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    tally: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)


class Task(Protocol):
    """What is made of each item. Picklable: workers and other machines are given it."""

    @property
    def stems(self) -> tuple[str, ...]:
        """Of the files that every shard has."""

    def process(self, item: str) -> Outcome:
        """Raises Rejected for an item that gives nothing."""


@dataclasses.dataclass(frozen=True)
class Job:
    """One shard, and all that is needed to make it on any machine."""

    task: Task
    folder: str
    shard: int
    shards: int
    items: list[str]


@dataclasses.dataclass
class Report:
    """What became of a shard's items, or of all shards' together."""

    items: int = 0
    files: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    rejected: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    rows: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    tally: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    def add(self, other: Report) -> None:
        """Count another report's items too."""
        self.items += other.items
        self.files.update(other.files)
        self.rejected += other.rejected
        self.rows += other.rows
        self.tally.update(other.tally)

    def records(self, stem: str) -> int:
        """Records in all files of a stem."""
        return sum(
            file["records"] for name, file in self.files.items() if name.startswith(f"{stem}-")
        )


def make(job: Job, tick: Callable[[], None] = lambda: None) -> int:
    """Write one shard, all its files together; returns its number.

    Args:
      job: which.
      tick: called after each item.
    """
    unfinished = storage.join(job.folder, UNFINISHED)
    # Two machines may be given the same shard: each writes aside under a name of its own.
    aside = storage.join(unfinished, f"{job.shard:05d}-{uuid.uuid4().hex}")
    report = Report(items=len(job.items))
    asides = {stem: f"{aside}-{stem}.partial" for stem in job.task.stems}
    try:
        with contextlib.ExitStack() as stack:
            files = {
                stem: _Summed(stack.enter_context(storage.opened(path, "wb")))
                for stem, path in asides.items()
            }
            for item in job.items:
                _process(job.task, item, files, report)
                tick()
        for stem, file in files.items():
            name = tfrecords.shard_name(stem, job.shard, job.shards)
            storage.rename(asides[stem], storage.join(job.folder, name))
            report.files[name] = file.described()
    except BaseException:
        for path in asides.values():
            storage.remove(path)
        raise
    written = json.dumps(vars(report)).encode()
    path = storage.join(unfinished, f"{job.shard:05d}.json")
    storage.write(path, written, f"{aside}.partial")
    return job.shard


def _process(task: Task, item: str, files: dict[str, _Summed], report: Report) -> None:
    try:
        outcome = task.process(item)
    except Rejected as reason:
        report.rejected.append((item, str(reason)))
        return
    for stem, record in outcome.records:
        files[stem].append(record)
    report.rows += outcome.rows
    report.tally.update(outcome.tally)


class _Summed:
    """A record file that knows its own checksum."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._checksum = file, google_crc32c.Checksum()
        self._records = self._bytes = 0

    def append(self, record: bytes) -> None:
        framed = io.BytesIO()
        tfrecords.write(framed, record)
        content = framed.getvalue()
        self._file.write(content)
        self._checksum.update(content)
        self._records, self._bytes = self._records + 1, self._bytes + len(content)

    def described(self) -> dict[str, Any]:
        """For dataset.json."""
        crc = self._checksum.digest().hex()
        return {"records": self._records, "bytes": self._bytes, "crc32c": crc}
