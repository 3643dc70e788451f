"""The flags that records of faces are prepared with, and the command that repeats them."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from input_pipeline import RESOLUTIONS, photos
from input_pipeline.faces import landmarks, schema
from input_pipeline.sharding import plans
from interface import command_line
from interface.command_line import UserError, setting

SOURCES = ("images", "celeba_hq", "faces_csv", "from_tfrecords", "tfds")


@dataclasses.dataclass(frozen=True)
class Options:
    """Turns photos into records: aligned faces with their landmark drawings.

    One of --images, --celeba_hq, --faces_csv, --from_tfrecords and --tfds says where they are.
    Folders may be URLs (gs://, s3://). Flags after a lone -- are Apache Beam's own.
    """

    out: str = setting("folder of the records")
    images: Optional[str] = setting("folder of photos, searched recursively", None)
    celeba_hq: Optional[str] = setting("CelebA-HQ's folder; its photos are aligned already", None)
    faces_csv: Optional[str] = setting(
        "table of faces marked already: file, left,top,right,bottom and/or x0,y0,…,x67,y67", None
    )
    from_tfrecords: Optional[str] = setting("folder of records, ours or of the 2019 release", None)
    tfds: Optional[str] = setting("a TensorFlow Datasets name, as lfw or celeb_a", None)
    split: str = setting("of the TensorFlow data set", "train")
    names: Optional[str] = setting("text file, a photo's name a line: take these alone", None)
    verify: bool = setting("re-read a data set instead: counts, checksums, decodability", False)
    resolutions: tuple[int, ...] = setting(
        "sides of the crops, in pixels; more can be added to a data set that is there", RESOLUTIONS
    )
    shards: int = setting("files per resolution", 16, at_least=1)
    name: str = setting("what the record files' names begin with", schema.NAME)
    workers: int = setting("processes; 0 = one for each core", 0, at_least=0)
    runner: Optional[str] = setting("run under Apache Beam: DirectRunner, DataflowRunner, …", None)
    seed: int = setting("of the order of the photos", 0)
    align: bool = setting(
        "turn and scale each face upright; --noalign: keep the central square", True
    )
    faces: Optional[str] = setting(
        "which faces of a photo; all of --faces_csv, else the largest, unless said",
        None,
        choices=("largest", "all"),
    )
    min_face: int = setting(
        "width of the smallest face looked for, in pixels; 0 = a 24th of the photo's longer side "
        "(of twice the shorter, if that is less), at least 40",
        0,
        at_least=0,
    )
    max_upscale: float = setting(
        "a face is left out of resolutions above this many times its size in the photo",
        1.5,
        at_least=0.1,
    )
    max_filled: float = setting(
        "reject a face of whose square more than this share lies outside the photo",
        1.0,
        at_least=0.0,
        at_most=1.0,
    )
    max_pixels: int = setting(
        "to decode of a photo: a JPEG of more is made smaller while it is decoded, others of more "
        "are rejected",
        photos.PIXEL_LIMIT,
        at_least=1_000_000,
    )
    landmark_model: Optional[str] = setting("68-landmark model file of dlib's", None)


def settled(options: Options) -> Options:
    """Resolutions in order, each once; photos that are aligned already are not turned again.

    Raises:
      UserError: a flag that can't work.
    """
    wrong = [r for r in options.resolutions if r not in RESOLUTIONS]
    if wrong or not options.resolutions:
        known = ",".join(map(str, RESOLUTIONS))
        given = ",".join(map(str, options.resolutions))
        raise UserError(f"--resolutions {given}: wanted some of {known}")
    if not re.fullmatch(schema.NAMES, options.name, re.ASCII):
        raise UserError(f"--name {options.name!r}: wanted letters, digits, _ and -")
    if 0 < options.min_face < landmarks.DETECTED // 2:
        raise UserError(
            f"--min_face {options.min_face}: the detector finds none below "
            f"{landmarks.DETECTED // 2} pixels; wanted 0 or at least that"
        )
    if options.out == options.from_tfrecords:
        raise UserError(f"--out {options.out}: it is --from_tfrecords too; name a new folder")
    aligned = options.celeba_hq is not None or options.from_tfrecords is not None
    return dataclasses.replace(
        options,
        resolutions=tuple(sorted({*options.resolutions})),
        align=options.align and not aligned,
        faces=options.faces or ("all" if options.faces_csv else "largest"),
    )


def command(recorded: Mapping[str, Any], out: str, resolutions: Iterable[int]) -> str:
    """The command, quoted for a shell, that makes a data set again or adds resolutions to it.

    Args:
      recorded: the `options` of its dataset.json.
      out: folder of the records.
      resolutions: all that it is to have.
    """
    source = {name: recorded[name] for name in SOURCES if recorded.get(name) is not None}
    unsaid = plans.settings(settled(Options(out, **source)), [*SOURCES, "resolutions"])
    flags = {
        name: recorded[name] for name in unsaid if recorded.get(name, unsaid[name]) != unsaid[name]
    }
    given = {**source, **flags, "out": out, "resolutions": sorted(resolutions)}
    words = [word for name, value in given.items() for word in command_line.typed(name, value)]
    return " ".join(["python -m input_pipeline.prepare", *map(shlex.quote, words)])
