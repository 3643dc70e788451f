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
from typing import Any

from interface import command_line, files, pictures
from interface.command_line import UserError, setting
from metrics.sliced_wasserstein import PATCH, PATCHES

METRICS = ("sliced_wasserstein", "landmarks", "masks", "variety")
SLOWER = ("people", "faces", "copies", "inception")
BY_LANDMARKS = {"landmarks", "masks", "people", "faces", "copies"}
PLACES = {"run_dir", "model", "data"}  # may change; the digests of weights and photos may not
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
        "the last four take longest; some of", METRICS, choices=(*METRICS, *SLOWER)
    )
    images: int = setting("to paint, and photos to compare with", 16384, at_least=FEWEST)
    trained_on: str = setting("records that it was trained on, for copies", "")
    size: int = setting("side of the records to read", 0, at_least=8, otherwise="as in training")
    seed: int = setting("of every random draw", 0, at_least=0, at_most=2**28)
    inception_weights: str = setting("imagenet, or the path of Keras's weights", "imagenet")
    landmark_model: str = setting("dlib's 68-landmark model file; the installed one", "")
    cache_dir: str = setting("for what follows from the photos alone; ~/.cache/mask-embedding", "")
    out: str = setting("folder for figures and sheets; of a run: evaluation/ in its stage", "")


def main(argv: list[str]) -> None:
    """Evaluate as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    if bool(options.phase) == bool(options.model):
        raise UserError("which generator? Give the --phase of --run_dir, or a --model")
    if options.best and options.model:
        raise UserError("--best is of a run; leave it out with --model")
    if not options.metrics:
        raise UserError(f"--metrics is empty: wanted some of {', '.join((*METRICS, *SLOWER))}")
    if "copies" in options.metrics and not options.trained_on:
        raise UserError("--metrics copies: of what? Give --trained_on, the records it learnt from")
    if options.model and not options.out:
        raise UserError("--out is missing: a folder for the figures and sheets of --model")
    content, out = evaluate(options)
    print(json.dumps(content))
    print(f"figures and sheets: {out}", file=sys.stderr)


def evaluate(options: Options) -> tuple[dict[str, Any], pathlib.Path]:
    """Measure, and write figures.json and the sheets.

    Returns:
      {"protocol": …, "figures": {measure: {figure: number}}}, and the folder they are in.

    Raises:
      UserError: no such checkpoint, model or records, or too few of them.
    """
    from metrics.evaluation import measures, real_statistics, sheets, subject
    from serving import painter

    paint = (
        painter.of_model(options.model)
        if options.model
        else painter.of_run(options.run_dir, options.phase, options.best)
    )
    out = _out_folder(options, paint.about)
    files.check_folder("out", out)
    records = subject.open_records(paint, options.data_dir, options.size, FEWEST)
    check_memory(min(options.images, records.count), paint.resolution)
    photos = subject.load(records, paint.resolution, options.images, options.seed)
    cache = pathlib.Path(options.cache_dir or real_statistics.default_folder())
    print(f"{photos.count} photos of {paint.resolution} pixels; {out}", file=sys.stderr)
    measured = subject.Subject(
        photos,
        paint,
        options.seed,
        cache,
        landmark_model=options.landmark_model or None,
        inception_weights=options.inception_weights,
        trained_on=_trained_on(options, paint) if "copies" in options.metrics else None,
        cast=_cast(options),
    )
    wanted = {name: measures.MEASURES[name] for name in options.metrics}
    if BY_LANDMARKS & set(wanted):
        photos.known_landmarks()  # refused here, before anything is painted
    basis = protocol(options, measured, records)
    content = earlier(out, basis)
    for name, measure in wanted.items():
        content["figures"][name] = measure.figures(measured)
        content["protocol"][name] = measure.protocol(measured)
    for name in ("masks_by_latents", "interpolation"):
        pictures.save_png(out / f"{name}.png", getattr(sheets, name)(measured))
    files.write_json(out / "figures.json", content)  # last: it says that all is there
    return content, out


def earlier(out: pathlib.Path, basis: dict[str, Any]) -> dict[str, Any]:
    """What an evaluation on the same basis has found already, to go on from.

    Raises:
      UserError: the one that lies there has another basis, and would be lost.
    """
    path = out / "figures.json"
    try:
        content = json.loads(path.read_text())
        before, figures = dict(content["protocol"]), dict(content["figures"])
    except FileNotFoundError:
        return {"protocol": dict(basis), "figures": {}}
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path}: damaged; remove it, or give another --out") from None
    for name, value in basis.items():
        if name not in PLACES and before.get(name) != value:
            raise UserError(
                f"{path}: holds figures taken with {name} {before.get(name)}, now it is {value}; "
                "remove it, or give another --out"
            )
    return {"protocol": {**before, **basis}, "figures": figures}


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


def protocol(options: Options, measured: Any, records: Any) -> dict[str, Any]:
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


def _trained_on(options: Options, paint: Any) -> Any:
    """The photos of --trained_on: a `subject.Photos`."""
    from metrics.evaluation import subject

    records = subject.open_records(paint, options.trained_on, options.size)
    photos = subject.load(records, paint.resolution, options.images, options.seed)
    photos.known_landmarks()
    return photos


def _cast(options: Options) -> tuple[int, ...]:
    """Of a SavedModel, where its people are asked for."""
    from serving import cast

    wanted = options.model and "people" in options.metrics
    return cast.read(pathlib.Path(options.model)) if wanted else ()


if __name__ == "__main__":
    command_line.run(main)
