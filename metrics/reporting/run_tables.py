"""Runs side by side in tables, for their page: settings, figures, speed."""

from __future__ import annotations

import itertools
import json
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from interface import page
from metrics.evaluation import measures
from metrics.reporting.runs import Evaluation, Run, Stage, is_number

NOTHING = "–"  # in a cell
BETWEEN = " · "  # a measure and its figure
NOT_COMPARED = {"run_dir", "sources"}  # stands in the first table, follows from the stages


def settings(runs: list[Run]) -> str:
    """How far each run has come, and what it was told; what they share is folded."""
    header = ["run", "folder", "newest stage", "images trained on"]
    reached = [[r.name, str(r.folder), _progress(r.stages[-1]), r.images] for r in runs]
    return page.section(
        "Runs",
        "Below, the settings that differ; an arrow where a later stage has another value.",
        page.table(header, reached),
        _compared(runs, [_over_stages(run.stages) for run in runs], "Settings that all share"),
    )


def _progress(stage: Stage) -> str:
    return f"{stage.name}, step {stage.step:,} of {stage.settings['steps']:,}"


def _over_stages(stages: Sequence[Stage]) -> dict[str, str]:
    names = dict.fromkeys(name for stage in stages for name in stage.settings)
    values = {name: [_word(stage.settings.get(name)) for stage in stages] for name in names}
    return {
        name: " → ".join(word for word, _ in itertools.groupby(row)) for name, row in values.items()
    }


def _word(value: Any) -> str:
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value)


def _compared(runs: list[Run], columns: Sequence[dict[str, str]], folded: str) -> str:
    """A table of what differs between the runs' columns; the rest below it, folded."""
    names = dict.fromkeys(name for column in columns for name in column if name not in NOT_COMPARED)
    rows = [[name, *(column.get(name, NOTHING) for column in columns)] for name in names]
    differing = [row for row in rows if len({*row[1:]}) > 1]
    shared = [row[:2] for row in rows if len({*row[1:]}) == 1]
    header = ["", *(run.name for run in runs)]
    return (page.table(header, differing) if differing else "") + (
        page.folded(folded, page.table(["", "value"], shared)) if shared else ""
    )


def figures(runs: list[Run], evaluations: list[Evaluation | None]) -> str:
    """Every figure of the runs' newest evaluations, how they were taken, and which are missing."""
    missing = [not_evaluated(run) for run, made in zip(runs, evaluations) if not made]
    done = [(run, made) for run, made in zip(runs, evaluations) if made]
    if not done:
        return page.section("Figures", "", *missing)
    evaluated = [run for run, _ in done]
    columns = [dict(_flat(evaluation.figures)) for _, evaluation in done]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [[_told(name), *(_cell(column.get(name)) for column in columns)] for name in names]
    protocols = [{name: _word(value) for name, value in _flat(f.protocol)} for _, f in done]
    return page.section(
        "Figures",
        "Of each run's newest evaluation. Compare them only where they were taken alike.",
        page.table(["", *(run.name for run in evaluated)], rows),
        "<p>How they were taken:</p>\n",
        _compared(evaluated, protocols, "What all share"),
        *missing,
    )


def _told(name: str) -> str:
    """With which way is better."""
    measure, _, figure = name.partition(BETWEEN)
    return measures.told(name, measure, figure)


def _cell(value: Any) -> Any:
    return value if is_number(value) else _word(value)


def _flat(values: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """(names of all levels, value)."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}{BETWEEN}")
        else:
            yield f"{above}{name}", value


def not_evaluated(run: Run) -> str:
    """HTML that says so and, of a run that can be, which command does it."""
    told = page.text(f"{run.name}: not evaluated")
    settings = run.stages[-1].settings
    if run.of_main_system:
        command = f"python -m metrics.evaluate --run_dir {shlex.quote(str(run.folder))}"
        command += f" --phase {settings['phase']}"
        if "data_dir" in settings:
            command += f" --data_dir {shlex.quote(str(settings['data_dir']))}"
        told += f"; run: <code>{page.text(command)}</code>"
    return f"<p>{told}</p>\n"


def speed(runs: list[Run]) -> str:
    """What the clock and the machine said of every stage."""
    header = ["run", "stage", "images a second", "seconds a step", "peak memory (GB)"]
    rows = [
        [
            run.name,
            stage.name,
            _middle(stage, "images_a_second"),
            _middle(stage, "seconds_a_step"),
            max(_values(stage, "peak_memory_gb"), default=NOTHING),
        ]
        for run in runs
        for stage in run.stages
    ]
    return page.section("Speed", "Medians over a stage.", page.table(header, rows))


def _middle(stage: Stage, name: str) -> float | str:
    values = _values(stage, name)
    return float(np.median(values)) if values else NOTHING


def _values(stage: Stage, name: str) -> list[Any]:
    return [row[name] for row in stage.timing if is_number(row.get(name))]
