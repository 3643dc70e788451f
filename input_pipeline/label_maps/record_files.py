"""Records of photos with label maps, of one split, found and checked before anything is trained."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import numpy as np

from input_pipeline import record_files, tfrecords
from input_pipeline.faces import framing
from input_pipeline.faces.framing import Framing
from input_pipeline.label_maps import known_sets, label_sets, schema
from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.record_files import Part
from interface.command_line import UserError

PREPARE = (
    "python -m input_pipeline.prepare_labels --images PHOTOS --labels IDS --label_count N --out"
)


HELD_OUT = "validation"  # the split that nothing is trained on
IGNORES = "ignores"  # dataset.json: whether some pixels are of no class (label_sets.IGNORED)


@dataclasses.dataclass(frozen=True)
class Records(record_files.Records):
    """All records of one split.

    Attributes:
      label_set: what the ids in them mean.
      sizes: heights and widths that occur, where the data set tells; pixels: how many have which
        id, likewise.
      framing: how faces lie in them, where they are cut out around one; else None.
      instances: whether they have maps of instances, as far as each file's first record tells.
    """

    label_set: LabelSet
    sizes: tuple[tuple[int, int], ...] = ()
    pixels: Mapping[int, int] = dataclasses.field(default_factory=dict)
    framing: Optional[Framing] = None
    instances: bool = False

    @property
    def framed(self) -> dict[str, str]:
        """What a run's config.json keeps of `framing`; nothing where photos are whole."""
        return {} if self.framing is None else {framing.FIELD: self.framing.value}


def open_records(data_dir: str, split: str = "train", pictures: bool = False) -> Records:
    """Find the shards of a split and check them.

    Every file's framing is followed to its end, and its first record is decoded.

    Args:
      data_dir: folder of the records.
      split: train, validation or test.
      pictures: whether their label maps may be pictures, without classes.

    Raises:
      UserError: no such folder, no records of this split, a missing shard, a file that is
        truncated or holds something else; the line names the file and what to run.
    """
    part = Part(data_dir, split, split, f"of {split}", PREPARE)
    summary = part.summary()
    there = [name for name in sorted(os.listdir(data_dir)) if name.endswith(".tfrecords")]
    names = [name for name in there if tfrecords.stem(name) == schema.file_stem(split)]
    if not names:
        raise _absent(data_dir, split)
    label_set = label_sets.of_data_set(summary, data_dir)
    if not (label_set.count or pictures):
        raise UserError(
            f"--data_dir {data_dir}: its label maps are pictures; wanted maps of classes, prepared "
            f"with: {PREPARE} NEW_DIR"
        )
    ids = [*range(label_set.count), *[label_sets.IGNORED] * bool(summary.get(IGNORES))]
    found: list[bool] = []
    records = part.read(names, summary, lambda path, _: found.append(_check(path, ids)))
    told = _told(summary, data_dir)
    return Records(records.paths, records.places, label_set, **told, instances=all(found))


def of_classes(label_set: LabelSet) -> Records:
    """As if there were one with these classes, of which nothing else is known."""
    return Records((), np.zeros([1, 3], np.int64), label_set)


def described(
    data_dir: Optional[str], classes: Optional[str], pictures: bool = False
) -> Optional[Records]:
    """What an imported network works with.

    Args:
      data_dir: folder of records; classes: of any, a word or a file; pictures: see `open_records`.

    Returns:
      None where neither is given.

    Raises:
      UserError: both are given, or one that can't be read.
    """
    if data_dir and classes:
        raise UserError("--data_dir and --classes: wanted one of them; records have their classes")
    if data_dir:
        return open_records(data_dir, pictures=pictures)
    return of_classes(known_sets.read(classes)) if classes else None


def _told(summary: dict[str, Any], data_dir: str) -> dict[str, Any]:
    """What dataset.json says of them beside the classes."""
    sizes = (size.split("x") for size in summary.get("sizes", {}))
    return {
        "sizes": tuple((int(height), int(width)) for height, width in sizes),
        "pixels": {int(id): count for id, count in summary.get("pixels", {}).items()},
        "framing": framing.of_data_set(summary, data_dir) if framing.FIELD in summary else None,
    }


def splits(data_dir: str) -> list[str]:
    """Those whose records lie in a folder, sorted; none where there is no such folder."""
    start = schema.file_stem("")
    names = os.listdir(data_dir) if os.path.isdir(data_dir) else []
    stems = {tfrecords.stem(name) for name in names if name.endswith(".tfrecords")}
    return sorted(stem[len(start) :] for stem in stems if stem.startswith(start))


def held_out(data_dir: str, trained_on: Records, eval_every: int) -> Records:
    """The data set's validation split; without one those trained on, of which sheets alone are.

    Raises:
      UserError: figures are wanted, each so many steps, and there is none.
    """
    if HELD_OUT in splits(data_dir):
        return open_records(data_dir, HELD_OUT, pictures=trained_on.label_set.count == 0)
    if eval_every:
        raise UserError(
            f"--eval_every {eval_every}: --data_dir {data_dir} has no {HELD_OUT} records; prepare "
            "it with --hold_out 10, or leave --eval_every out"
        )
    return trained_on


def _absent(data_dir: str, split: str) -> UserError:
    """What is there instead of a split, and what to do."""
    there = splits(data_dir)
    held = f"it has {', '.join(there)}" if there else "it has no label maps"
    return UserError(
        f"--data_dir {data_dir}: no label maps of {split} ({held}); prepare them: {PREPARE} "
        f"NEW_DIR --split {split}"
    )


def _check(path: pathlib.Path, ids: Sequence[int]) -> bool:
    """Decode the first record, which may hold these ids; returns whether it has instances.

    Without ids its label map is a picture.
    """
    try:
        record = schema.decode(record_files.first_in(path))
    except tfrecords.Damaged as error:
        raise UserError(f"{path}: {error}; prepare it again: {PREPARE} NEW_DIR") from None
    if (record.label.ndim == 3) == bool(ids):
        found = "a picture" if ids else "a label map of ids"
        raise UserError(
            f"{path}: {found}, other than its dataset.json says; prepare it again: {PREPARE} "
            "NEW_DIR"
        )
    foreign = np.setdiff1d(record.label, ids) if ids else np.array([])
    if foreign.size:
        raise UserError(
            f"{path}: id {foreign[-1]} in its first record, but its dataset.json has "
            f"{len({*ids} - {label_sets.IGNORED})} classes; prepare it again: {PREPARE} NEW_DIR"
        )
    return record.instance is not None
