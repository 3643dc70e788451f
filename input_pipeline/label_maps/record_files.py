"""Records of photos with label maps, of one split, found and checked before anything is trained."""

from __future__ import annotations

import dataclasses
import os
import pathlib

from input_pipeline import record_files, tfrecords
from input_pipeline.label_maps import label_sets, schema
from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.record_files import Part
from interface.command_line import UserError

PREPARE = (
    "python -m input_pipeline.prepare_labels --images PHOTOS --labels IDS --label_count N --out"
)


@dataclasses.dataclass(frozen=True)
class Records(record_files.Records):
    """All records of one split.

    Attributes:
      label_set: what the ids in them mean.
    """

    label_set: LabelSet


def open_records(data_dir: str, split: str = "train") -> Records:
    """Find the shards of a split and check them.

    Every file's framing is followed to its end, and its first record is decoded.

    Args:
      data_dir: folder of the records.
      split: train, validation or test.

    Raises:
      UserError: no such folder, no records of this split, a missing shard, a file that is
        truncated or holds something else; the line names the file and what to run.
    """
    part = Part(data_dir, split, split, f"of {split}", PREPARE)
    summary = part.summary()
    there = [name for name in sorted(os.listdir(data_dir)) if name.endswith(".tfrecords")]
    names = [name for name in there if tfrecords.stem(name) == schema.file_stem(split)]
    if not names:
        raise _absent(data_dir, there, split)
    label_set = label_sets.of_data_set(summary, data_dir)
    records = part.read(names, summary, lambda path, _: _check(path, label_set.count))
    return Records(records.paths, records.places, label_set)


def _absent(data_dir: str, there: list[str], split: str) -> UserError:
    """What is there instead of a split, and what to do."""
    start = schema.file_stem("")
    stems = {tfrecords.stem(name) for name in there if name.startswith(start)}
    splits = sorted(stem[len(start) :] for stem in stems)
    held = f"it has {', '.join(splits)}" if splits else "it has no label maps"
    return UserError(
        f"--data_dir {data_dir}: no label maps of {split} ({held}); prepare them: {PREPARE} "
        f"NEW_DIR --split {split}"
    )


def _check(path: pathlib.Path, count: int) -> None:
    """Decode the first record."""
    try:
        label = schema.decode(record_files.first_in(path)).label
    except tfrecords.Damaged as error:
        raise UserError(f"{path}: {error}; prepare it again: {PREPARE} NEW_DIR") from None
    if label.max() >= count:
        raise UserError(
            f"{path}: id {label.max()} in its first record, but its dataset.json has {count} "
            f"classes; prepare it again: {PREPARE} NEW_DIR"
        )
