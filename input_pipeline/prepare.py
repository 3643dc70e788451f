"""Photos → TFRecord shards of aligned faces with their line drawings.

    python -m input_pipeline.prepare --images photos --out records
    python -m input_pipeline.prepare --out records --verify

Killed at any moment, the same command goes on where it stopped (`sharding/shards.py`); with more
--resolutions it adds those to a data set that is whole.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import io
import itertools
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

import numpy as np

from input_pipeline import RESOLUTIONS, storage
from input_pipeline.faces import framing, landmarks, schema
from input_pipeline.faces.framing import Framing
from input_pipeline.faces.in_photo import NO_FACE, OUTSIDE, Faces, Source
from input_pipeline.inspection import inventory, verify
from input_pipeline.sharding import plans, runners, shards
from input_pipeline.sources import listed
from interface import command_line, pictures
from interface.command_line import UserError, setting

SOURCES = ("images", "celeba_hq", "faces_csv", "from_tfrecords", "tfds")
PACKAGES = ("dlib-bin", "dlib", "pillow", "numpy")  # that decide what the records hold
COLUMNS = ["file", "side", "resolution", "yaw", "pitch", "roll", "filled"]  # of faces.csv
PREVIEW_FACES, PREVIEW_TILE = 24, 128
MOSTLY_SEEN = 2 / 3  # of a face's square its photo should show at least this part


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
        "width of the smallest face looked for, in pixels; 0 = a 24th of the photo, at least 40",
        0,
        at_least=0,
    )
    max_upscale: float = setting(
        "a face is left out of resolutions above this many times its size in the photo",
        1.5,
        at_least=0.1,
    )
    landmark_model: Optional[str] = setting("68-landmark model file of dlib's", None)


def main(argv: list[str]) -> None:
    """Prepare records as the flags say; `--help` lists them."""
    ours, beam_flags = command_line.split(argv)
    options = command_line.read(Options, ours)
    if options.verify:
        verify.verify(options.out)
    else:
        prepare(options, beam_flags)


def prepare(options: Options, beam_flags: Sequence[str] = ()) -> None:
    """Write the records, or go on with it; says what there is if it is done already.

    Raises:
      UserError: a flag that can't work, no face at all, or `out` holds something else.
    """
    source = source_of(options)
    if options.names is not None:
        source = listed.Listed(source, options.names)
    options = _settled(options)
    task = functools.partial(_task, options, source)
    finish = functools.partial(_finish, options)
    done = runners.build(options, beam_flags, PACKAGES, task, source.names, finish)
    print(_summary(done, options.out))


def source_of(options: Options) -> Source:
    """Where the photos come from. Raises UserError unless exactly one flag says so."""
    given = [name for name in SOURCES if getattr(options, name) is not None]
    if len(given) != 1:
        wanted = ", ".join(f"--{name}" for name in SOURCES)
        found = " and ".join(f"--{name}" for name in given) or "none"
        raise UserError(f"where are the photos? wanted one of {wanted}; found {found}")
    place = getattr(options, given[0])
    if given[0] == "faces_csv":
        from input_pipeline.sources import faces_csv

        return faces_csv.FacesCsv(place)
    if given[0] == "from_tfrecords":
        from input_pipeline.sources import record_set

        return record_set.RecordSet(place)
    if given[0] == "tfds":
        from input_pipeline.sources import tfds

        return tfds.Tfds(place, options.split)
    from input_pipeline.sources import folder

    return folder.celeba_hq(place) if given[0] == "celeba_hq" else folder.Folder(place)


def _settled(options: Options) -> Options:
    """Resolutions in order, each once; photos that are aligned already are not turned again."""
    wrong = [r for r in options.resolutions if r not in RESOLUTIONS]
    if wrong or not options.resolutions:
        known = ",".join(map(str, RESOLUTIONS))
        found = ",".join(map(str, options.resolutions))
        raise UserError(f"--resolutions {found}: wanted some of {known}")
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


def _task(options: Options, source: Source) -> Faces:
    """What is made of each photo; refuses what cannot work before anything is written."""
    _framing(options)
    if not source.has_landmarks():
        model = landmarks.model_path(options.landmark_model)
        if options.landmark_model is not None:  # loading takes a second, and ours is one
            landmarks.check_model(model)
    cut = Framing.ALIGNED if options.align else Framing.CENTRAL
    flags = {field.name for field in dataclasses.fields(Faces)} - {"source", "cut"}
    return Faces(source, cut=cut, **{name: getattr(options, name) for name in flags})


def _framing(options: Options) -> Framing:
    """How faces lie in the records: in records made from records, as they did."""
    if options.from_tfrecords is None:
        return framing.of_options(vars(options))
    before = inventory.summary(options.from_tfrecords)
    return framing.of_data_set(before, options.from_tfrecords)


def _finish(options: Options, plan: plans.Plan, report: shards.Report) -> dict[str, Any]:
    """Describe the data set; refuse one without a single face."""
    counts = {r: report.records(schema.file_stem(r, options.name)) for r in options.resolutions}
    most = max(counts.values())
    if not most:
        plans.discard(options.out, report)
        raise UserError(_nothing_found(report.rejected))
    summary = {
        "counts": {str(r): count for r, count in counts.items()},
        "left_out": {str(r): most - count for r, count in counts.items()},
        framing.FIELD: _framing(options).value,
        "largely_filled": sum(row["filled"] > 1 - MOSTLY_SEEN for row in report.rows),
    }
    rows = sorted(report.rows, key=lambda row: row["file"])
    extras = {
        "faces.csv": lambda: plans.table(COLUMNS, ([row[c] for c in COLUMNS] for row in rows)),
        "preview.png": lambda: _preview(options, report, counts),
    }
    return plans.finish(options.out, plan, report, summary, extras)


def _preview(options: Options, report: shards.Report, counts: dict[int, int]) -> bytes:
    """Crops read back from the records, each beside itself with its drawing in white."""
    resolution = max([r for r in counts if counts[r] and r <= PREVIEW_TILE] or [min(counts)])
    stem = schema.file_stem(resolution, options.name)
    found = itertools.islice(plans.records(options.out, report, stem), PREVIEW_FACES)
    tiles = []
    for record in map(schema.decode, found):
        shown = np.where(record.mask[..., None], 255, record.image // 2).astype(np.uint8)
        tiles += [record.image, shown]
    rows = [tiles[start : start + 8] for start in range(0, len(tiles), 8)]
    picture = io.BytesIO()
    pictures.grid(rows, max(PREVIEW_TILE, resolution)).save(picture, format="PNG")
    return picture.getvalue()


def _nothing_found(rejected: Sequence[tuple[str, str]]) -> str:
    reasons = collections.Counter(reason.split(":")[0] for _, reason in rejected)
    found = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    if reasons["too small"]:
        advice = "smaller --resolutions or a larger --max_upscale take smaller faces"
    elif reasons[OUTSIDE]:
        advice = "without --noalign each face's own square is taken"
    elif reasons[NO_FACE]:
        advice = (
            "wanted faces that look at the camera, of 40 pixels or more; in large photos "
            "--min_face 40 looks for the small ones"
        )
    else:
        return f"no photo among {len(rejected)} files ({found}); wanted a folder that holds some"
    return f"no usable face in {len(rejected)} files ({found}); {advice}"


def _summary(done: dict[str, Any], folder: str) -> str:
    counts = ", ".join(f"{resolution}: {count}" for resolution, count in done["counts"].items())
    small = " (faces too small for the larger ones are left out)" * any(done["left_out"].values())
    return (
        f"records per resolution: {counts}{small}\n"
        f"rejected: {done['rejected']} photos (rejected.csv)\n"
        f"{_told_of_filled(done)}"
        f"look at {storage.join(folder, 'preview.png')}, or all of it:\n"
        f"  python -m input_pipeline.browse {folder}"
    )


def _told_of_filled(done: dict[str, Any]) -> str:
    """A line where most crops show much that is in no photo; older data sets do not know."""
    filled, faces = done.get("largely_filled", 0), max(done["counts"].values())
    if 2 * filled <= faces:
        return ""
    return (
        f"{filled} of {faces} crops reach beyond their photos by more than a third, filled by "
        "reflection. If the photos are cropped to the face already, --noalign (into a new --out) "
        "keeps them as they are\n"
    )


def command(recorded: Mapping[str, Any], out: str, resolutions: Iterable[int]) -> str:
    """The command, quoted for a shell, that makes a data set again or adds resolutions to it.

    Args:
      recorded: the `options` of its dataset.json.
      out: folder of the records.
      resolutions: all that it is to have.
    """
    source = {name: recorded[name] for name in SOURCES if recorded.get(name) is not None}
    unsaid = plans.settings(_settled(Options(out, **source)), [*SOURCES, "resolutions"])
    flags = {
        name: recorded[name] for name in unsaid if recorded.get(name, unsaid[name]) != unsaid[name]
    }
    words = [_flag(name, value) for name, value in {**source, **flags, "out": out}.items()]
    sizes = plans.word(sorted(resolutions))
    return " ".join(["python -m input_pipeline.prepare", *words, f"--resolutions {sizes}"])


def _flag(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no{name}"
    return f"--{name} {shlex.quote(plans.word(value))}"


if __name__ == "__main__":
    command_line.run(main)
