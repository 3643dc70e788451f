"""Records of faces at one resolution, found and checked before anything is trained."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from typing import Any, Optional

from input_pipeline import RESOLUTIONS, record_files, tfrecords
from input_pipeline.faces import framing, options, schema
from input_pipeline.faces.framing import Framing
from input_pipeline.record_files import Part, Places
from interface.command_line import UserError

PREPARE = "python -m input_pipeline.prepare --images PHOTOS --out"
BESIDE = 8192  # bytes: beside its pixels a record holds landmarks, a file name and field names


@dataclasses.dataclass(frozen=True)
class Records(record_files.Records):
    """All records of one resolution.

    Attributes:
      resolution: side of every record's image.
      framing: how faces lie in them.
    """

    resolution: int
    framing: Framing = Framing.ALIGNED


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
    part = Part(
        data_dir, str(resolution), f"{resolution}-pixel", f"of {resolution} pixels", PREPARE
    )
    summary = part.summary()
    names = schema.files_of(resolution, os.listdir(data_dir))
    if not names:
        raise _absent(pathlib.Path(data_dir), summary, resolution, painted)
    there = part.read(names, summary, lambda path, places: _check(path, places, resolution))
    framed = framing.of_data_set(summary, data_dir)
    return Records(there.paths, there.places, resolution, framed)


def _absent(
    folder: pathlib.Path, summary: dict[str, Any], resolution: int, painted: Optional[int]
) -> UserError:
    """What is there instead of a resolution, and what to do."""
    names = [path.name for path in folder.glob("*.tfrecords")]
    there = sorted({*filter(None, map(schema.resolution, names))})
    held = f"it has {', '.join(map(str, there))}" if there else "it has no records at all"
    if not there and any(name.startswith("labels-") for name in names):
        held = "it has label maps, for other systems"
    told = f"--data_dir {folder}: no {resolution}-pixel records ({held})"
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
    recorded = summary.get("options", {})
    if "resolutions" not in recorded:
        return f"run: {PREPARE} NEW_DIR --resolutions {resolution}"
    if str(resolution) in summary.get("counts", {}):
        return "prepare into a new folder with a larger --max_upscale: its faces are all too small"
    wanted = {resolution, *recorded["resolutions"]}
    return f"add them: {options.command(recorded, str(folder), wanted)}"


def _check(path: pathlib.Path, places: Places, resolution: int) -> None:
    """Decode the first record; hold the sizes of all others against it."""
    try:
        shape = schema.decode(record_files.first_in(path)).image.shape
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
        if not pixels <= length <= pixels + BESIDE:
            raise UserError(
                f"{path}: record {number} has {length} bytes, wanted about {pixels}; it is of "
                "another resolution or foreign: prepare it again"
            )
