"""What is evaluated: a segmenter, and photos with the label maps that they should have."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import sys
from collections.abc import Iterator

import numpy as np

from input_pipeline.label_maps import record_files, schema
from input_pipeline.label_maps.record_files import Records
from input_pipeline.label_maps.schema import Record
from input_pipeline.label_maps.segmenter import Segmenter
from input_pipeline.processes import tracked
from interface.command_line import UserError
from metrics.confusion import confusion

SHOWN = 8  # rows of a sheet
Row = list[np.ndarray]  # a photo, its map, the segmenter's


@dataclasses.dataclass(frozen=True, eq=False)
class LabelSubject:
    """A segmenter and the records that it is held against.

    Attributes:
      segmenter: that is measured.
      records: of photos and label maps; the first `images` of them count.
      counted_as: uint8 [256], see `merging.table`.
    """

    segmenter: Segmenter
    records: Records
    images: int
    counted_as: np.ndarray

    @functools.cached_property
    def confusions(self) -> np.ndarray:
        """int64 [images, classes, classes]: of each photo, see `metrics.confusion`."""
        each = [
            confusion(made, wanted, self.records.label_set.count)
            for _, wanted, made in self._labelled(tracked("labelling", range(self.images)))
        ]
        return np.array(each)

    @property
    def digest(self) -> str:
        """Of the records."""
        digest = hashlib.sha256()
        for index in range(self.images):
            digest.update(self._content(index))
        return digest.hexdigest()[:16]

    def rows(self, indices: np.ndarray) -> list[Row]:
        """Photos of these records, their label maps and the segmenter's in colours."""
        pictured = self.records.label_set.pictured
        return [
            [photo, pictured(wanted), pictured(made)]
            for photo, wanted, made in self._labelled(indices)
        ]

    def _labelled(self, indices: object) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Photo, wanted ids, the segmenter's ids, one after the other: sizes may differ."""
        for index in indices:  # type: ignore[attr-defined]
            record = self._record(int(index))
            made = self.segmenter.labels(record.image[None])[0]
            yield record.image, self.counted_as[record.label], self.counted_as[made]

    def _record(self, index: int) -> Record:
        record = schema.decode(self._content(index))
        height, width = record.label.shape
        multiple = self.segmenter.multiple_of
        if height % multiple or width % multiple:
            raise UserError(
                f"{record.source}: {height}x{width} pixels; the segmenter wants multiples of "
                f"{multiple}: prepare the photos again with --size"
            )
        return record

    def _content(self, index: int) -> bytes:
        (content,) = self.records.read(np.array([index]))
        return content


def open_records(segmenter: Segmenter, data_dir: str, split: str) -> Records:
    """The records that a segmenter is held against.

    Args:
      split: of the data set; "" = validation if it has that one, else its only one.

    Raises:
      UserError: there are none, or they have other classes than the segmenter's.
    """
    records = of_split(data_dir, split)
    names, known = records.label_set.names, segmenter.label_set.names
    if names != known:
        raise UserError(
            f"--data_dir {data_dir}: its classes are {', '.join(names)[:200]}; the segmenter "
            f"knows {', '.join(known)[:200]}"
        )
    if records.framing is not segmenter.framing:
        cut = [each.value if each else "whole" for each in (records.framing, segmenter.framing)]
        print(
            f"--data_dir {data_dir}: its photos are {cut[0]}, those that the segmenter learnt from "
            f"{cut[1]}",
            file=sys.stderr,
        )
    return records


def of_split(data_dir: str, split: str, fewest: int = 1, pictures: bool = False) -> Records:
    """The records of a split, told aloud; of "" as `open_records` has it.

    Args:
      pictures: whether their label maps may be pictures, without classes.

    Raises:
      UserError: there are none, or fewer than `fewest`.
    """
    split = split or _held_out(data_dir)
    records = record_files.open_records(data_dir, split, pictures)
    if records.count < fewest:
        raise UserError(
            f"--data_dir {data_dir}: {records.count} records of {split}; wanted {fewest} or more: "
            "name another --split, or hold out more of your photos"
        )
    print(f"--data_dir {data_dir}: {records.count} records of {split}", file=sys.stderr)
    return records


def _held_out(data_dir: str) -> str:
    there = record_files.splits(data_dir)
    return "validation" if "validation" in there or len(there) != 1 else there[0]


def first(subject: LabelSubject) -> list[Row]:
    """Of the first photos."""
    return subject.rows(np.arange(min(SHOWN, subject.images)))


def worst(subject: LabelSubject) -> list[Row]:
    """Of those whose pixels are most often told wrongly, the worst first."""
    counts = subject.confusions
    right = np.trace(counts, axis1=1, axis2=2) / np.maximum(counts.sum((1, 2)), 1)
    return subject.rows(np.argsort(right, kind="stable")[:SHOWN])
