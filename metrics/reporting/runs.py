"""What training and evaluation have written into the folder of a run, as values and paths."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import pathlib
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from interface.command_line import UserError
from metrics.reporting import stage_order

LOGS = ("metrics", "timing", "evaluations")
COUNTS = ("batch_size", "steps")  # the settings that are counted with
Row = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Stage:
    """One stage of a run.

    Attributes:
      folder: in the run's folder, named as the stage is: phase_3_fade.
      settings: its config.json.
      metrics, timing, evaluations: rows of the logs so named, each with its "step".
      start: the step that it counts on from: that of the stage which it continues, else 0.
      before: images that the run was trained on until then.
    """

    folder: pathlib.Path
    settings: Row
    metrics: list[Row]
    timing: list[Row]
    evaluations: list[Row]
    start: int
    before: int

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def step(self) -> int:
        """The last one in metrics.jsonl."""
        return max([self.start, *(row["step"] for row in self.metrics)])

    def images(self, step: int) -> int:
        """That the run was trained on until a step of this stage."""
        each = self.settings["batch_size"] * self.settings.get("n_critic", 1)
        return self.before + (step - self.start) * each


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """A folder that metrics.evaluate wrote, and what its figures.json says."""

    folder: pathlib.Path
    protocol: Row
    figures: dict[str, Row]


@dataclasses.dataclass(frozen=True)
class Run:
    """A run: its name, its folder as it was given, its stages in the order of training."""

    name: str
    folder: pathlib.Path
    stages: list[Stage]

    @property
    def of_main_system(self) -> bool:
        """Whether it is of train.py: of masks and latents, measured by `metrics.evaluate`."""
        return stage_order.of_main_system(self.stages[-1].settings)

    @property
    def images(self) -> int:
        """That it was trained on so far."""
        return self.stages[-1].images(self.stages[-1].step)

    def curve(self, log: str, name: str) -> list[np.ndarray]:
        """float64 [N, 2] of each stage that has it: images trained on so far, value.

        Args:
          log: "metrics" or "evaluations".
          name: of the value; where it is not finite the curve has no point.
        """
        parts = []
        for stage in self.stages:
            rows = [row for row in getattr(stage, log) if is_number(row.get(name))]
            points = [(stage.images(row["step"]), row[name]) for row in rows]
            parts += [np.array(points, np.float64)] * bool(points)
        return parts

    def newest_samples(self) -> pathlib.Path | None:
        """The newest sample sheet."""
        paths = self._stamped("samples/step_*.png")
        return paths[-1] if paths else None

    def newest_evaluation(self) -> Evaluation | None:
        """The one made last that has figures. Raises UserError: its figures.json is damaged."""
        path = max(
            self._stamped("evaluation/step_*/figures.json"),
            key=lambda path: path.stat().st_mtime_ns,
            default=None,
        )
        if path is None:
            return None
        content = read_object(path)
        if not all(isinstance(content.get(name), dict) for name in ("protocol", "figures")):
            raise UserError(f'{path}: wanted "protocol" and "figures"; evaluate the run again')
        return Evaluation(path.parent, content["protocol"], content["figures"])

    def _stamped(self, pattern: str) -> list[pathlib.Path]:
        """What training and evaluations named by a step, not what people named like it."""
        paths = [path for stage in self.stages for path in sorted(stage.folder.glob(pattern))]
        return [path for path in paths if re.search(r"/step_\d+(\.png|/)", path.as_posix())]


def is_number(value: Any) -> bool:
    """Whether a value of a log is one for a curve."""
    return isinstance(value, (int, float)) and math.isfinite(value)


def read_runs(folders: Sequence[str]) -> list[Run]:
    """The runs of these folders, named as the folders are or, if that agrees, with those above.

    Raises:
      UserError: a folder is named twice, is none, has no stage in it, or a file is damaged.
    """
    paths = [pathlib.Path(folder) for folder in folders]
    whole = [path.resolve() for path in paths]
    for number, path in enumerate(whole):
        if path in whole[:number]:
            raise UserError(f"{folders[number]}: named twice; name each run once")
    names = [path.name for path in whole]
    if len({*names}) < len(names):
        above = os.path.commonpath([path.parent for path in whole])
        names = [os.path.relpath(path, above) for path in whole]
    return [Run(name, path, read_stages(path)) for name, path in zip(names, paths)]


def read_stages(run: pathlib.Path) -> list[Stage]:
    """The stages in a run's folder, in the order of training.

    Raises:
      UserError: no such folder, no stage in it, or a damaged file.
    """
    if not run.is_dir():
        raise UserError(f"{run}: no such folder; name the one that train.py was given as --run_dir")
    settings = {path.parent: read_object(path) for path in sorted(run.glob("*/config.json"))}
    of_stages = {f.name: each for f, each in settings.items() if stage_order.is_stage(f, each)}
    if not of_stages:
        raise UserError(f"{run}: no stage (NAME/config.json) in it; name what --run_dir named")
    for name, each in of_stages.items():
        _check(run / name / "config.json", each)
    stages: list[Stage] = []
    for name in stage_order.in_order(of_stages):
        start = stage_order.start(of_stages[name], [(each.settings, each.step) for each in stages])
        before = stages[-1].images(stages[-1].step) if stages else 0
        logs = {log: read_rows(run / name / f"{log}.jsonl") for log in LOGS}
        stages.append(Stage(run / name, of_stages[name], **logs, start=start, before=before))
    return stages


def _check(path: pathlib.Path, settings: Row) -> None:
    """Raise UserError where a stage's config.json, `path`, lacks what is read of it here."""
    for name in COUNTS:
        if not isinstance(settings.get(name), int):
            raise UserError(f"{path}: no {name} in it; name a run's folder")
    stage_order.check_sources(path, settings)


def read_object(path: pathlib.Path) -> Row:
    """The JSON object in a file. Raises UserError: there is none."""
    content = _object(path.read_text(errors="replace"))
    if content is None:
        raise UserError(f"{path}: damaged, it is no JSON object; copy or write it again")
    return content


def read_rows(path: pathlib.Path) -> list[Row]:
    """The rows of a log, [] without one; a last one that was cut off is left out.

    Raises UserError: another row is damaged.
    """
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    rows = [_row(line) for line in lines]
    if rows and rows[-1] is None:
        rows.pop()
    if None in rows:
        line = rows.index(None) + 1
        raise UserError(f"{path}: line {line} is damaged, no JSON object with a step; remove it")
    return [row for row in rows if row is not None]


def _row(line: str) -> Row | None:
    row = _object(line)
    return row if row is not None and isinstance(row.get("step"), int) else None


def _object(text: str) -> Row | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
