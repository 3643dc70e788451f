"""A trained generator, and photos it has to live up to → figures with their protocol, and sheets.

python -m metrics.evaluate --run_dir runs --phase 3 --data_dir records
python -m metrics.evaluate --model exports/faces/1 --data_dir records --out evaluation
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from interface import command_line, files, pictures
from interface.command_line import UserError, setting
from metrics.evaluation import figures_file
from metrics.evaluation.measures import MEASURES, Measure
from metrics.sliced_wasserstein import PATCH, PATCHES

if TYPE_CHECKING:  # loads TensorFlow
    from input_pipeline.faces.record_files import Records
    from metrics.evaluation.face_photos import Photos
    from metrics.evaluation.subject import Subject
    from serving.painter import Painter

QUICK = tuple(measure.name for measure in MEASURES.values() if not measure.slow)
SLOW = ", ".join(measure.name for measure in MEASURES.values() if measure.slow)
OF_TRAINING = ", ".join(measure.name for measure in MEASURES.values() if measure.of_training)
FEWEST = 8  # photos: fewer halves tell nothing


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures a generator on the masks of a data set; prints one line of JSON.

    Wanted is the --phase of a run, whose moving average is measured at the newest checkpoint, or
    a --model with an --out.
    """

    data_dir: str = setting("folder of the records; held-out ones tell most", "./records")
    run_dir: str = setting("folder of the run", "./runs")
    phase: int = setting("of the run: 1 to 8", 0, at_least=1, at_most=8, otherwise="")
    best: bool = setting("the checkpoint that --eval_every kept, not the newest", False)
    model: str = setting("folder of a SavedModel, instead of a run", "")
    metrics: tuple[str, ...] = setting(
        f"{SLOW} take longest; some of", QUICK, choices=tuple(MEASURES)
    )
    images: int = setting("to paint, and photos to compare with", 16384, at_least=FEWEST)
    trained_on: str = setting(f"records that it was trained on, for {OF_TRAINING}", "")
    size: int = setting("side of the records to read", 0, at_least=8, otherwise="as in training")
    seed: int = setting("of every random draw", 0, at_least=0, at_most=2**28)
    inception_weights: str = setting("imagenet, or the path of Keras's weights", "imagenet")
    landmark_model: str = setting("dlib's 68-landmark model file; the installed one", "")
    cache_dir: str = setting("for what follows from the photos alone; ~/.cache/mask-embedding", "")
    out: str = setting("folder for figures and sheets; of a run: evaluation/ in its stage", "")


def main(argv: list[str]) -> None:
    """Evaluate as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    _check(options)
    content, out = evaluate(options)
    print(json.dumps(content))
    print(f"figures and sheets: {out}", file=sys.stderr)


def _check(options: Options) -> None:
    """Raise UserError where settings lack each other."""
    if bool(options.phase) == bool(options.model):
        raise UserError("which generator? Give the --phase of --run_dir, or a --model")
    if options.best and options.model:
        raise UserError("--best is of a run; leave it out with --model")
    if not options.metrics:
        raise UserError(f"--metrics is empty: wanted some of {', '.join(MEASURES)}")
    of_training = _names(measure for measure in wanted(options) if measure.of_training)
    if of_training and not options.trained_on:
        raise UserError(
            f"--metrics {of_training}: of what? Give --trained_on, the records it learnt from"
        )
    if options.model and not options.out:
        raise UserError("--out is missing: a folder for the figures and sheets of --model")


def wanted(options: Options) -> list[Measure]:
    """The measures asked for, each once."""
    return [MEASURES[name] for name in dict.fromkeys(options.metrics)]


def _names(measures: Iterable[Measure]) -> str:
    return ",".join(measure.name for measure in measures)


def evaluate(options: Options) -> tuple[figures_file.Content, pathlib.Path]:
    """Measure, and write figures.json and the sheets.

    Returns:
      {"protocol": …, "figures": {measure: {figure: number}}}, and the folder they are in.

    Raises:
      UserError: no such checkpoint, model or records, or too few of them.
    """
    from metrics.evaluation import face_photos, sheets
    from serving import painter

    paint = (
        painter.of_model(options.model)
        if options.model
        else painter.of_run(options.run_dir, options.phase, options.best)
    )
    out = _out_folder(options, paint.about)
    files.check_folder("out", out)
    records = face_photos.open_records(paint, options.data_dir, options.size, FEWEST)
    check_memory(min(options.images, records.count), paint.resolution)
    photos = face_photos.load(records, paint.resolution, options.images, options.seed)
    print(f"{photos.count} photos of {paint.resolution} pixels; {out}", file=sys.stderr)
    measured = _subject(options, paint, photos)
    content = figures_file.earlier(out, protocol(options, measured, records))
    for measure in wanted(options):
        content["figures"][measure.name] = measure.figures(measured)
        content["protocol"][measure.name] = measure.protocol(measured)
    for sheet in (sheets.masks_by_latents, sheets.interpolation):
        pictures.save_png(out / f"{sheet.__name__}.png", sheet(measured))
    files.write_json(out / figures_file.FILE, content)  # last: it says that all is there
    return content, out


def _subject(options: Options, paint: Painter, photos: Photos) -> Subject:
    """What is measured; raises UserError, before anything is painted, where it cannot be."""
    from input_pipeline.faces.landmarks import Dlib
    from metrics.evaluation import face_photos, real_statistics, subject
    from serving import cast

    by_landmarks = _names(measure for measure in wanted(options) if measure.by_landmarks)
    if by_landmarks and photos.landmarks is None:
        without = f"{face_photos.NO_LANDMARKS}, or do without these"
        raise UserError(f"--metrics {by_landmarks}: {without}")
    of_training = any(measure.of_training for measure in wanted(options))
    return subject.Subject(
        photos,
        paint,
        options.seed,
        pathlib.Path(options.cache_dir or real_statistics.default_folder()),
        detector=Dlib(options.landmark_model or None),
        inception_weights=options.inception_weights,
        trained_on=_trained_on(options, paint) if of_training else None,
        cast=cast.read(pathlib.Path(options.model)) if options.model else (),
    )


def check_memory(images: int, side: int) -> None:
    """Refuse more photos and pictures than the machine's memory holds beside their patches."""
    of_one = 2 * (3 * side**2 + 4 * PATCHES * 3 * PATCH**2)
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if images * of_one > there:
        raise UserError(
            f"--images {images}: photos and pictures of {side} pixels would take "
            f"{images * of_one / 1e9:.0f} GB, this machine has {there / 1e9:.0f} GB; take "
            f"--images {there // of_one // 2}"
        )


def protocol(options: Options, measured: Subject, records: Records) -> dict[str, Any]:
    """Everything that the figures depend on."""
    return {
        **measured.paint.about,
        "data": str(pathlib.Path(options.data_dir).resolve()),
        "records": records.count,
        "records_side": records.resolution,
        "images": measured.photos.count,
        "seed": options.seed,
        "photos": measured.statistics.digest.hexdigest()[:16],
    }


def _out_folder(options: Options, about: dict[str, Any]) -> pathlib.Path:
    if options.out:
        return pathlib.Path(options.out)
    name = f"step_{about['trained_steps']:08d}"
    return pathlib.Path(options.run_dir) / about["stage"] / "evaluation" / name


def _trained_on(options: Options, paint: Painter) -> Photos:
    from metrics.evaluation import face_photos

    records = face_photos.open_records(paint, options.trained_on, options.size)
    photos = face_photos.load(records, paint.resolution, options.images, options.seed)
    photos.known_landmarks()
    return photos


if __name__ == "__main__":
    command_line.run(main)
