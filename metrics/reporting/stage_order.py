"""Which folders of a run are stages, in which order they were trained, where each counts on from.

A stage's config.json says what it started from: "sources", a list of {"stage": a name, "step": a
number, "continues": whether it counts on from that step}. Those of older runs don't; they are
stages of the main system, and "phase" and "smooth" say which.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from interface.command_line import UserError

Settings = dict[str, Any]  # a config.json
KINDS = {"stage": str, "step": int, "continues": bool}  # of what a source says


def is_stage(folder: pathlib.Path, settings: Settings) -> bool:
    """Whether a folder with a config.json was trained in, and is no copy under another name."""
    if of_main_system(settings):
        return folder.name == f"phase_{settings['phase']}" + "_fade" * bool(settings["smooth"])
    return "sources" in settings or (folder / "metrics.jsonl").exists()


def of_main_system(settings: Settings) -> bool:
    """Whether they are of train.py."""
    return {"phase", "smooth"} <= settings.keys()


def check_sources(path: pathlib.Path, settings: Settings) -> None:
    """Raise UserError where a config.json, `path`, has sources that are none."""
    sources = settings.get("sources", [])
    if not isinstance(sources, list) or not all(map(_is_source, sources)):
        raise UserError(f'{path}: damaged, wanted "sources" with {", ".join(KINDS)}; copy it again')


def _is_source(source: Any) -> bool:
    return isinstance(source, dict) and all(
        isinstance(source.get(name), kind) for name, kind in KINDS.items()
    )


def in_order(stages: Mapping[str, Settings]) -> list[str]:
    """Stages' names: each after those it started from, else by phase, its fade first, then by name.

    Args:
      stages: {name: settings}.
    """
    waiting, order = sorted(stages, key=lambda name: (*_phase(stages[name]), name)), []
    while waiting:
        ready = (name for name in waiting if not _sources(stages[name]) & {*waiting} - {name})
        order.append(next(ready, waiting[0]))
        waiting.remove(order[-1])
    return order


def _sources(settings: Settings) -> set[str]:
    return {source["stage"] for source in settings.get("sources", [])}


def _phase(settings: Settings) -> tuple[int, bool]:
    return (settings["phase"], not settings["smooth"]) if of_main_system(settings) else (0, True)


def start(settings: Settings, before: Sequence[tuple[Settings, int]]) -> int:
    """The step that a stage counts on from: 0 unless it continues another.

    Args:
      before: settings and last step of each stage before it, in order; in an older run a stage goes
        on where the fade of its phase ended.
    """
    if "sources" in settings:
        return next((each["step"] for each in settings["sources"] if each["continues"]), 0)
    last, step = before[-1] if before else ({}, 0)
    return step if "phase" in last and last["phase"] == settings.get("phase") else 0
