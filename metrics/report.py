"""Training runs side by side on one HTML page: curves, figures, samples, interpolations.

    python -m metrics.report runs other_runs
    python -m metrics.report experiments/* --out experiments.html

The page needs nothing beside itself: it can be sent to somebody, or lie behind any web server.
"""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from interface import command_line, curves, files, page
from interface.command_line import UserError, setting, words
from metrics.evaluation import measures
from metrics.reporting import run_tables
from metrics.reporting.runs import Evaluation, Run, is_number, read_runs

FIRST_CHARTS = ("critic_loss", "gradient_penalty", "score_real", "score_fake")
LONGEST_SIDE = 2048  # pixels of a picture on the page
AXIS = "images trained on"
SAMPLES = "Samples of training."
OF_MASKS = " Each row one mask: the mask, its photo, then a column for each latent."
PICTURES = {  # of an evaluation
    "masks_by_latents.png": "Masks by latents. Each row one mask: the mask, its photo, then a "
    "column for each latent. Along a row: the same mask, different latents. Down a column: the "
    "same latent, different masks.",
    "interpolation.png": "Interpolation. Each row one mask; from left to right the latent goes "
    "from one draw to another.",
    "nearest_photos.png": "Nearest photos. Threes of a mask, its picture, and the photo (or its "
    "mirror image) that is nearest to it.",
}


@dataclasses.dataclass(frozen=True)
class Options:
    """Compares training runs on one HTML page."""

    runs: tuple[str, ...] = words("RUN_DIR...", "folders that train.py was given as --run_dir")
    out: str = setting("the page", "report.html")


def main(argv: list[str]) -> None:
    """Write the page."""
    options = command_line.read(Options, argv)
    out = pathlib.Path(options.out)
    if out.is_dir() or out.suffix != ".html":
        raise UserError(f"--out {out}: wanted a file name that ends in .html")
    files.check_folder("out", out.absolute().parent)
    content = report(read_runs(options.runs))
    with files.replacing(out) as aside:
        aside.write_bytes(content)
    print(f"{ascii(str(out))[1:-1]}: {len(content) / 1e6:.1f} MB; open it in a browser")


def report(runs: list[Run]) -> bytes:
    """The page.

    Raises:
      UserError: a damaged figures.json or picture.
    """
    names, longest = [run.name for run in runs], max(run.images for run in runs)
    title = names[0] if len(runs) == 1 else f"{len(runs)} training runs"
    lead = f"{', '.join(names)}: trained on up to {longest:,} images."
    evaluations = [run.newest_evaluation() for run in runs]
    sections = [
        run_tables.settings(runs),
        run_tables.figures(runs, evaluations),
        *_charts(runs),
        run_tables.speed(runs),
        *(_pictures(run, evaluation) for run, evaluation in zip(runs, evaluations)),
    ]
    return page.document(title, lead, sections)


def _charts(runs: list[Run]) -> Iterator[str]:
    """Evaluations and losses; what else was logged is folded."""
    dots = "A dot is where a stage begins."
    evaluated = _names(runs, "evaluations")
    if evaluated:
        note = f"Small ones that training made as it went on. {dots}"
        yield page.section("Evaluations", note, _grid(runs, "evaluations", evaluated))
    logged = _names(runs, "metrics")
    first = [name for name in FIRST_CHARTS if name in logged] or logged
    more = [name for name in logged if name not in first]
    if logged:
        folded = page.folded("More curves", _grid(runs, "metrics", more)) if more else ""
        yield page.section("Training", dots, _grid(runs, "metrics", first), folded)


def _names(runs: list[Run], log: str) -> list[str]:
    """What a log has curves of."""
    rows = itertools.chain.from_iterable(getattr(stage, log) for r in runs for stage in r.stages)
    names = dict.fromkeys(name for row in rows for name, value in row.items() if is_number(value))
    return [name for name in names if name not in ("step", "images")]


def _grid(runs: list[Run], log: str, names: Iterable[str]) -> str:
    def chart(name: str) -> str:
        drawn = [curves.Curve(run.name, run.curve(log, name)) for run in runs]
        return curves.chart(drawn, measures.told(name, log, name), AXIS)

    return page.grid(map(chart, names), least=24)


def _pictures(run: Run, evaluation: Evaluation | None) -> str:
    """The newest sample sheet and the evaluation's pictures."""
    shown = []
    samples = run.newest_samples()
    if samples:
        shown.append(_sheet(samples, samples, SAMPLES + OF_MASKS * run.of_main_system))
    if evaluation:
        paths = {evaluation.folder / name: caption for name, caption in PICTURES.items()}
        shown += [_sheet(p, p.parent, caption) for p, caption in paths.items() if p.exists()]
    missing = "" if evaluation else run_tables.not_evaluated(run)
    return page.section(run.name, "", page.grid(shown, least=30) if shown else "", missing)


def _sheet(path: pathlib.Path, stamped: pathlib.Path, caption: str) -> str:
    """A picture, captioned with its stage and the step that `stamped` is named by."""
    try:
        with Image.open(path) as file:
            picture = file.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises
        raise UserError(f"{path}: no picture ({error}); remove it or make it again") from None
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    step = int(stamped.stem.split("_")[1])
    told = f"{stamped.parents[1].name} at step {step:,}. {caption}"
    return page.sheet(page.image(np.asarray(picture), told), told)


if __name__ == "__main__":
    command_line.run(main)
