"""Runs that differ in their seeds alone, against others: a Markdown table with 95 % intervals.

python -m metrics.compare --runs runs/embedding_* --against runs/plain_*

Each run is one draw of what training gives; photos, masks and seed of the evaluation are shared.
"""

from __future__ import annotations

import dataclasses
import os
import shlex
import warnings
from collections.abc import Sequence

import numpy as np

from interface import command_line
from interface.command_line import UserError, setting
from metrics.evaluation import figure_names, measures
from metrics.reporting.runs import Evaluation, Run, is_number, read_runs

BASIS = ("photos", "images", "seed", "resolution", "merged")  # equal wherever figures are compared
NOTHING = "–"
LONGEST = 30  # letters of a column's name
NO_ANSWER = (
    "Nothing can be concluded: of {} there is one run alone, and runs differ by chance. Intervals "
    "want two or more on each side, which differ in their seeds. The figures as they are:\n"
)
Values = dict[str, list[float]]


@dataclasses.dataclass(frozen=True)
class Options:
    """Prints means over runs, their 95 % intervals (Student's t), and differences (Welch's t).

    The newest evaluation of each run counts; all must be of the same photos, images,
    seed and --merged.
    """

    runs: tuple[str, ...] = setting("folders of runs that differ in their seed alone")
    against: tuple[str, ...] = setting("folders of others that do", ())


def main(argv: list[str]) -> None:
    """Print the tables."""
    options = command_line.read(Options, argv)
    if not options.runs:
        raise UserError("--runs is empty: name folders that train.py was given as --run_dir")
    runs = read_runs([*options.runs, *options.against])
    count = len(options.runs)
    sides = [side for side in (runs[:count], runs[count:]) if side]
    made = [[_evaluation(run) for run in side] for side in sides]
    every = [evaluation for side in made for evaluation in side]
    _check_basis(every)
    titles = columns([[run.name for run in side] for side in sides])
    alone = [title for title, side in zip(titles, sides) if len(side) < 2]
    print(NO_ANSWER.format(", ".join(alone)) if alone else table(titles, [*map(_values, made)]))
    print(each_run([shortened(run.name) for run in runs], [*map(_flat, every)]))


def columns(groups: Sequence[Sequence[str]]) -> list[str]:
    """What to call groups of runs: "plain_*", if no other's name begins so, or all the names."""
    titles = []
    for names in groups:
        stem = os.path.commonprefix([*names])
        others = [name for group in groups if group is not names for name in group]
        shared = len(names) > 1 and stem and not any(name.startswith(stem) for name in others)
        titles.append(shortened(f"{stem}*" if shared else ", ".join(names)))
    return titles


def shortened(name: str) -> str:
    """Without its middle, where it is long."""
    half = LONGEST // 2
    return name if len(name) <= LONGEST else f"{name[: half - 1]}…{name[-half:]}"


def _evaluation(run: Run) -> Evaluation:
    evaluation = run.newest_evaluation()
    if evaluation is None:
        command = f"python -m metrics.evaluate --run_dir {shlex.quote(str(run.folder))} --phase …"
        raise UserError(f"{run.folder}: no evaluation; make one: {command}")
    return evaluation


def _check_basis(evaluations: Sequence[Evaluation]) -> None:
    first = evaluations[0]
    for other in evaluations[1:]:
        for name in BASIS:
            values = [each.protocol.get(name) for each in (first, other)]
            if values[0] != values[1]:
                raise UserError(
                    f"{other.folder}: taken with {name} {values[1]}, {first.folder} with "
                    f"{values[0]}; evaluate both alike"
                )


def table(titles: Sequence[str], groups: Sequence[Values]) -> str:
    """A line for each figure that all runs have: photos' own, each group, the difference.

    Args:
      titles: of the groups.
      groups: one or two: {figure: its value in each run}, two runs or more.
    """
    header = ["figure", "better", "photos", *titles, *["difference"] * (len(groups) == 2)]
    rows = []
    for name, values in groups[0].items():
        measure, figure = name.split(".", 1)
        if figure_names.is_floor(figure) or any(name not in group for group in groups):
            continue
        floors = [f"{measure}.{floor}" for floor in figure_names.floors_of(figure)]
        known = [groups[0][floor] for floor in floors if floor in groups[0]]
        row = [*_named(name), _short(known[0][0]) if known else NOTHING]
        row += [mean_with_interval(group[name]) for group in groups]
        row += [difference(values, groups[1][name])] if len(groups) == 2 else []
        rows.append(row)
    return _markdown(header, rows)


def each_run(names: Sequence[str], figures: Sequence[dict[str, float]]) -> str:
    """A line for each figure, a column for each run."""
    shown = dict.fromkeys(name for each in figures for name in each)
    rows = [
        [*_named(name), *(_short(each[name]) if name in each else NOTHING for each in figures)]
        for name in shown
        if not figure_names.is_floor(name.split(".", 1)[1])
    ]
    return _markdown(["figure", "better", *names], rows)


def _named(name: str) -> list[str]:
    """A figure, and whether lower or higher is better."""
    return [name, measures.better(*name.split(".", 1)) or NOTHING]


def mean_with_interval(values: Sequence[float]) -> str:
    """mean ± half of the 95 % interval by Student's t."""
    from scipy import stats  # slow to load

    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return f"{_short(float(np.mean(values)))} ± {_short(float(half))}"


def difference(first: Sequence[float], second: Sequence[float]) -> str:
    """mean(first) - mean(second) and its 95 % interval by Welch's t; bold where 0 is outside."""
    from scipy import stats

    distance = _short(float(np.mean(first) - np.mean(second)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of values that are all equal
        interval = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    low, high = float(interval.low), float(interval.high)
    clear = "**" if low > 0 or high < 0 else ""
    return f"{clear}{distance}{clear} [{_short(low)}, {_short(high)}]"


def _values(evaluations: Sequence[Evaluation]) -> Values:
    """{figure: value in each run}, of the figures that all have."""
    columns = [_flat(evaluation) for evaluation in evaluations]
    shared = [name for name in columns[0] if all(name in column for column in columns)]
    return {name: [column[name] for column in columns] for name in shared}


def _flat(evaluation: Evaluation) -> dict[str, float]:
    return {
        f"{measure}.{name}": float(value)
        for measure, figures in evaluation.figures.items()
        for name, value in figures.items()
        if is_number(value) and not name.endswith("_std")  # says how sure another figure is
    }


def _short(value: float) -> str:
    return f"{value:.3g}"


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    command_line.run(main)
