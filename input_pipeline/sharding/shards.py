"""A long list of items → record files, shard by shard; killed at any moment, it goes on.

The shard is the unit of work: shard i of N holds items i, i+N, … of a list that is fixed at the
start, in every file of that shard. A shard is written aside and renamed; its report is written
last and says that all of it is there. So the same command goes on with the shards that have no
report, and the bytes depend neither on kills nor on the number of workers or machines.

    out/unfinished/plan.json          the list, the settings, the versions: fixed at the start
    out/unfinished/00003.json         shard 3 is whole: its counts, checksums, rejected items
    out/unfinished/00003-….partial    shard 3 while it is written
    out/celeba-r64-00003-of-00016.tfrecords
    out/plan.json                     the plan stays: more resolutions may be added
    out/dataset.json                  written last of all: the data set is whole

To a whole data set files of more stems are added in the same way. Its own are only read: records
of the same items must come out, in the same order.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import io
import json
import uuid
from collections.abc import Callable, Generator
from typing import IO, Any, Optional, Protocol, cast

import google_crc32c

from input_pipeline import storage, tfrecords
from input_pipeline.photos import Rejected
from interface.command_line import UserError

UNFINISHED = "unfinished"  # the folder of what a data set needs while it is made


class Changed(UserError):
    """Items are not what they were when a data set was made: nothing can be added to it."""


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


class GrowingTask(Task, Protocol):
    """One of whose stems some may be there already."""

    def changed(self, there: Optional[bytes], made: Optional[bytes]) -> str:
        """Which item is not what it was, from two records that should be of one; "" = none."""


@dataclasses.dataclass(frozen=True)
class Job:
    """One shard, and all that is needed to make it on any machine.

    Attributes:
      there: stems whose files are there already, the one with the most records first.
    """

    task: Task
    folder: str
    shard: int
    shards: int
    items: list[str]
    there: tuple[str, ...] = ()


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
            file["records"] for name, file in self.files.items() if tfrecords.stem(name) == stem
        )


def make(job: Job, tick: Callable[[], None] = lambda: None) -> int:
    """Write one shard, all its files together; returns its number.

    Args:
      job: which.
      tick: called after each item.

    Raises:
      Changed: of the items no longer come the records that are there.
    """
    unfinished = storage.join(job.folder, UNFINISHED)
    # Two machines may be given the same shard: each writes aside under a name of its own.
    aside = storage.join(unfinished, f"{job.shard:05d}-{uuid.uuid4().hex}")
    report = Report(items=len(job.items))
    wanted = [stem for stem in job.task.stems if stem not in job.there]
    asides = {stem: f"{aside}-{stem}.partial" for stem in wanted}
    try:
        with contextlib.ExitStack() as stack:
            files = {
                stem: _Summed(stack.enter_context(storage.opened(path, "wb")))
                for stem, path in asides.items()
            }
            there = stack.enter_context(contextlib.closing(_there(job)))
            for item in job.items:
                for stem, record in _process(job.task, item, report):
                    if stem in files:
                        files[stem].append(record)
                    elif stem == job.there[0]:
                        _check_same(job, next(there, None), record)
                tick()
            for record in there:  # more than came of the items
                _check_same(job, record, None)
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


def _process(task: Task, item: str, report: Report) -> list[tuple[str, bytes]]:
    """The records of an item."""
    try:
        outcome = task.process(item)
    except Rejected as reason:
        report.rejected.append((item, str(reason)))
        return []
    report.rows += outcome.rows
    report.tally.update(outcome.tally)
    return outcome.records


def _there(job: Job) -> Generator[bytes, None, None]:
    """The shard's records of the first stem that is there: one for each that any item gave."""
    for stem in job.there[:1]:
        path = storage.join(job.folder, tfrecords.shard_name(stem, job.shard, job.shards))
        try:
            with storage.opened(path, "rb") as file:
                yield from tfrecords.read(file)
        except tfrecords.Damaged as error:
            raise UserError(f"{path}: {error}; see what else is wrong with --verify") from None


def _check_same(job: Job, there: Optional[bytes], made: Optional[bytes]) -> None:
    changed = cast(GrowingTask, job.task).changed(there, made)
    if changed:
        raise Changed(
            f"--out {job.folder}: nothing added, for {changed} has changed or gone since its "
            "records were made; prepare all into a new folder"
        )


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
