"""Reads a data set again: is all of it there, unchanged, and can every record be decoded?"""

from __future__ import annotations

import collections
import dataclasses
import os
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

import google_crc32c
from tqdm import tqdm

from input_pipeline import storage, tfrecords
from input_pipeline.inspection import inventory
from input_pipeline.inspection.inventory import Inventory
from interface.command_line import UserError

CHUNK = 1 << 20  # bytes


@dataclasses.dataclass
class Content:
    """What a record file turned out to hold.

    Attributes:
      records: with right checksums, up to the first that has not.
      bytes: its size.
      crc32c: of the whole file, in hex; "" = it could not be read to its end.
      problems: a line each.
    """

    records: int = 0
    bytes: int = 0
    crc32c: str = ""
    problems: list[str] = dataclasses.field(default_factory=list)


def verify(folder: str) -> None:
    """Say on one line what a sound data set holds; tell every problem of another on stderr.

    Args:
      folder: local folder or URL; with dataset.json or, as the 2019 release, without.

    Raises:
      UserError: there are problems, or there is no finished data set.
    """
    data = inventory.take(folder)
    named = [name for name in data.present if not data.noted or name in data.noted]
    problems = _tell(_absent_and_foreign(data))
    contents = {}
    total = sum(_size(data.path(name)) for name in named)
    with tqdm(total=total, unit="B", unit_scale=True, desc="verifying") as bar:
        for name in named:
            contents[name] = _read(data.path(name), name, bar.update)
            told = [*contents[name].problems, *_changes(contents[name], data.noted.get(name))]
            problems += _tell(f"{name}: {problem}" for problem in told)
    problems += _tell(_miscounted(data, contents))
    if problems:
        raise UserError(
            f"{folder}: {problems} {'problem' if problems == 1 else 'problems'}, listed above; "
            "copy those files again, or prepare the data set into a new folder"
        )
    records, size = (
        sum(getattr(c, what) for c in contents.values()) for what in ("records", "bytes")
    )
    unseen = "" if data.summary else " (no dataset.json to hold counts and checksums against)"
    print(f"sound: {len(contents)} files, {records:,} records, {size:,} bytes{unseen}")


def _tell(problems: Iterator[str]) -> int:
    """Print problems, above a progress bar where there is one; returns how many."""
    count = 0
    for problem in problems:
        tqdm.write(problem, file=sys.stderr)
        count += 1
    return count


def _absent_and_foreign(data: Inventory) -> Iterator[str]:
    present = set(data.present)
    yield from (f"{name}: missing" for name in data.noted if name not in present)
    if data.noted:
        foreign = (name for name in data.present if name not in data.noted)
        yield from (f"{name}: dataset.json does not name it" for name in foreign)


def _size(path: str) -> int:
    try:
        return storage.size(path)
    except OSError:  # told when it is read
        return 0


def _read(path: str, name: str, tick: Callable[[int], object]) -> Content:
    """Read a file once, from its first to its last byte."""
    content = Content()
    try:
        with storage.opened(path, "rb") as file:
            _follow(_Metered(file, tick), inventory.decoder(name), content)
    except OSError as error:
        content.problems.append(f"unreadable: {os.strerror(error.errno or 0)}")
    return content


def _follow(file: Any, decode: Callable[[bytes], Any], content: Content) -> None:
    undecodable: dict[str, list[int]] = collections.defaultdict(list)
    try:
        for record in tfrecords.read(file):
            try:
                decode(record)
            except tfrecords.Damaged as error:
                undecodable[str(error)].append(content.records)
            content.records += 1
    except tfrecords.Damaged as error:
        content.problems.append(str(error))
    file.drain()
    for what, (first, *more) in undecodable.items():
        others = f" (and {len(more)} more of its records)" if more else ""
        content.problems.append(f"record {first}: {what}{others}")
    content.bytes, content.crc32c = file.bytes, file.crc32c


class _Metered:
    """A file that is measured and summed up while it is read."""

    def __init__(self, file: IO[bytes], tick: Callable[[int], object]) -> None:
        self._file, self._tick = file, tick
        self._checksum, self.bytes = google_crc32c.Checksum(), 0

    def read(self, size: int) -> bytes:
        content = self._file.read(size)
        self._checksum.update(content)
        self.bytes += len(content)
        self._tick(len(content))
        return content

    def drain(self) -> None:
        while self.read(CHUNK):
            pass

    @property
    def crc32c(self) -> str:
        return self._checksum.digest().hex()


def _changes(content: Content, noted: dict[str, Any] | None) -> Iterator[str]:
    """What is not as dataset.json says; damage that was told already is not told again."""
    if noted is None or not content.crc32c:
        return
    if content.bytes != noted["bytes"]:
        yield f"{content.bytes} bytes, dataset.json says {noted['bytes']}"
    elif content.crc32c != noted["crc32c"] and not content.problems:
        yield f"checksum {content.crc32c}, dataset.json says {noted['crc32c']}"
    if content.records != noted["records"] and not content.problems:
        yield f"{content.records} records, dataset.json says {noted['records']}"


def _miscounted(data: Inventory, contents: dict[str, Content]) -> Iterator[str]:
    """Where dataset.json's counts are not the sums over the files."""
    records = {name: file["records"] for name, file in data.noted.items()} or {
        name: content.records for name, content in contents.items()
    }
    for stem, wanted in data.counts.items():
        count = sum(held for name, held in records.items() if tfrecords.stem(name) == stem)
        if count != wanted:
            yield f"{stem}: {count} records in its files, dataset.json counts {wanted}"
