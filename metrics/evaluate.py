"""A trained model, and photos it has to live up to → figures with their protocol, and sheets.

python -m metrics.evaluate --run_dir runs --phase 3 --data_dir records
python -m metrics.evaluate --model exports/faces/1 --data_dir records --out evaluation
python -m metrics.evaluate --model models/parser/1 --data_dir labels --out evaluation
python -m metrics.evaluate --model exports/flowers/1 --segmenter exports/segmenter/1 \
    --data_dir flowers_records --out evaluation
python -m metrics.evaluate --model exports/streets/1 --segmenter exports/judge/1 \
    --data_dir labels --out evaluation
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import TYPE_CHECKING

from interface import command_line, files, pictures
from metrics.evaluation import figures_file
from metrics.evaluation.measures import FACES, LABELS, PAINTED, PLACED, STYLED, Measure
from metrics.evaluation.options import Options, check, wanted
from metrics.evaluation.places import PLACES
from serving import about

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.cases import Case


def main(argv: list[str]) -> None:
    """Evaluate as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    check(options)
    content, out = evaluate(options)
    print(json.dumps(content))
    print(f"figures and sheets: {out}", file=sys.stderr)


def evaluate(options: Options) -> tuple[figures_file.Content, pathlib.Path]:
    """Measure, and write figures.json and the sheets.

    Returns:
      {"protocol": …, "figures": {measure: {figure: number}}}, and the folder they are in.

    Raises:
      UserError: no such checkpoint, model or records, too few of them, measures of something
        else, or another evaluation is at work in the folder.
    """
    made = _made(options)
    measures = wanted(options, made)
    case = _case(options, made, measures)
    with files.locked(case.out):  # or else two of them would lose each other's figures
        content = figures_file.earlier(case.out, case.basis)
        for measure in measures:
            content["figures"][measure.name] = measure.figures(case.subject)
            content["protocol"][measure.name] = measure.protocol(case.subject)
        for name, sheet in case.sheets.items():
            pictures.save_png(case.out / f"{name}.png", sheet())
        files.write_json(case.out / figures_file.FILE, content)  # last: it says all is there
    return content, case.out


def _made(options: Options) -> str:
    """What the model makes."""
    folder = pathlib.Path(options.model)
    known = about.of_folder(folder) if options.model else about.About()
    if known.gives == "labels":
        return LABELS
    if known.asks != "labels":
        return FACES
    if about.read(folder).get(PLACES):
        return PLACED
    return STYLED if known.style == "clusters" else PAINTED


def _case(options: Options, made: str, measures: list[Measure]) -> Case:
    from metrics.evaluation import cases

    if made == FACES:
        return cases.faces(options, measures)
    of = {
        LABELS: cases.label_maps,
        PLACED: cases.placed,
        PAINTED: cases.painted,
        STYLED: cases.painted,
    }
    return of[made](options)


if __name__ == "__main__":
    command_line.run(main)
