"""What a data set is made of, fixed when it is begun."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import importlib.metadata
import json
import pathlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from input_pipeline import storage, tfrecords
from input_pipeline.sharding.shards import UNFINISHED, Job, Report, Task
from interface import command_line, files
from interface.command_line import UserError

SUMMARY, PLAN = "dataset.json", "plan.json"

Described = dict[str, Any]  # dataset.json's content


@dataclasses.dataclass(frozen=True)
class Plan:
    """All that decides what a data set holds.

    Attributes:
      items: in the order in which they are dealt to the shards.
      shards: number of files of each stem.
      settings: flags by name, for dataset.json.
      versions: of the packages that decide the bytes.
      there: files of the data set that was whole before, as its dataset.json has them.
    """

    items: list[str]
    shards: int
    settings: dict[str, Any]
    versions: dict[str, str]
    there: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)


def settings(options: Any, left_out: Sequence[str]) -> dict[str, Any]:
    """The flags that decide what a data set holds, as JSON has them."""
    given = dataclasses.asdict(options).items()
    return json.loads(json.dumps({name: value for name, value in given if name not in left_out}))


def defaults(options: Any) -> dict[str, Any]:
    """The flags' defaults, as JSON has them."""
    fields = dataclasses.fields(options)
    known = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}
    return json.loads(json.dumps(known))


def plan(
    folder: str,
    settings: dict[str, Any],
    packages: Sequence[str],
    shards: int,
    items: Callable[[], list[str]],
) -> Plan:
    """The plan that a data set was begun with, or is added to by, or a new one.

    Nothing is written.

    Args:
      folder: of the data set.
      settings: flags that decide the records; JSON types only.
      packages: whose versions decide the records.
      shards: files of each stem; never more than items.
      items: lists what there is; called for a data set without plan only.

    Raises:
      UserError: the folder can't be written to, holds something else, or was begun with other
        settings.
    """
    versions = _versions(packages)
    if begun(folder):
        there = read(folder)
        check_settings(folder, there.settings, settings)
        _check_versions(folder, there.versions, versions)
        return there
    if not storage.is_url(folder):
        files.check_folder("out", pathlib.Path(folder))
    before = described(folder)
    if before is not None:
        _check_versions(folder, before["versions"], versions)
        kept = storage.join(folder, PLAN)
        listed = _read(kept).items if storage.exists(kept) else _shuffled(items(), settings)
        return Plan(listed, before["shards"], settings, versions, before["files"])
    if set(storage.names(folder)) - {UNFINISHED}:
        raise UserError(f"--out {folder}: already there and not empty; name a new folder")
    listed = _shuffled(items(), settings)
    return Plan(listed, min(shards, len(listed)), settings, versions)


def _shuffled(items: list[str], settings: dict[str, Any]) -> list[str]:
    random.Random(settings["seed"]).shuffle(items)
    return items


def begun(folder: str) -> bool:
    """Whether a data set is being made, or added to."""
    return storage.exists(_plan_path(folder))


def read(folder: str) -> Plan:
    """The plan of a data set that is being made."""
    return _read(_plan_path(folder))


def _read(path: str) -> Plan:
    return Plan(**json.loads(storage.read(path)))


@contextlib.contextmanager
def at_work(folder: str, plan: Plan) -> Iterator[None]:
    """Keep a data set to this process and write its plan down, unless it was begun before."""
    unfinished = storage.join(folder, UNFINISHED)
    with contextlib.ExitStack() as stack:
        if not storage.is_url(folder):
            stack.enter_context(files.locked(pathlib.Path(folder)))
            # What a killed process leaves takes room; behind a URL another may still be at it.
            for name in storage.names(unfinished):
                if name.endswith(".partial"):
                    storage.remove(storage.join(unfinished, name))
        if not begun(folder):
            # Reports may outlive their plan, if a kill cut the removal of the folder short.
            storage.remove(unfinished)
            storage.make_folder(unfinished)
            storage.write(_plan_path(folder), json.dumps(vars(plan)).encode())
        yield


def _plan_path(folder: str) -> str:
    return storage.join(storage.join(folder, UNFINISHED), PLAN)


def _report_path(folder: str, shard: int) -> str:
    return storage.join(storage.join(folder, UNFINISHED), f"{shard:05d}.json")


def _versions(packages: Sequence[str]) -> dict[str, str]:
    versions = {}
    for name in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions


def missing(plan: Plan, task: Task, folder: str) -> list[Job]:
    """The shards that have no report yet."""
    there = set(storage.names(storage.join(folder, UNFINISHED)))
    wanted = (shard for shard in range(plan.shards) if f"{shard:05d}.json" not in there)
    return [job(plan, task, folder, shard) for shard in wanted]


def job(plan: Plan, task: Task, folder: str, shard: int) -> Job:
    """One shard of a plan."""
    counts: collections.Counter[str] = collections.Counter()
    for name, file in plan.there.items():
        counts[tfrecords.stem(name)] += file["records"]
    there = tuple(stem for stem, _ in counts.most_common())
    return Job(task, folder, shard, plan.shards, plan.items[shard :: plan.shards], there)


def reports(folder: str, plan: Plan) -> Report:
    """What became of all items, in the shards' order; all files, those there before too."""
    total = Report(files={**plan.there})
    for shard in range(plan.shards):
        content = json.loads(storage.read(_report_path(folder, shard)))
        content["rejected"] = [(name, reason) for name, reason in content["rejected"]]
        total.add(Report(**content))
    total.rejected.sort()
    return total


def described(folder: str) -> Described | None:
    """The content of dataset.json, None where there is none; UserError if it is no such thing."""
    path = storage.join(folder, SUMMARY)
    if not storage.exists(path):
        return None
    try:
        content = json.loads(storage.read(path))
        content["options"]["seed"]
    except (ValueError, KeyError, TypeError):
        told = f"--out {folder}: its {SUMMARY} is of something else; name a new folder"
        raise UserError(told) from None
    return content


def withdraw(folder: str, plan: Plan, stems: Iterable[str]) -> None:
    """Leave a data set as it was before files of more `stems` were to be added.

    A report goes before the files that it vouches for: killed in between, they are made again.
    """
    for shard in range(plan.shards):
        storage.remove(_report_path(folder, shard))
    for name in (
        tfrecords.shard_name(s, i, plan.shards) for s in stems for i in range(plan.shards)
    ):
        if name not in plan.there:
            storage.remove(storage.join(folder, name))
    storage.remove(storage.join(folder, UNFINISHED))


def check_settings(folder: str, begun: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse flags that are not those that a data set was begun with. Raises UserError."""
    _check_same(folder, begun, now, lambda name, value: "=".join(command_line.typed(name, value)))


def _check_versions(folder: str, begun: dict[str, Any], now: dict[str, Any]) -> None:
    _check_same(folder, begun, now, lambda name, value: f"package {name}={value}")


def _check_same(
    folder: str, begun: dict[str, Any], now: dict[str, Any], said: Callable[[str, Any], str]
) -> None:
    for name in sorted({*begun, *now}):
        if begun.get(name) != now.get(name):
            was, wanted = (said(name, each.get(name)) for each in (begun, now))
            wanted = wanted.partition("=")[2] or wanted
            raise UserError(
                f"--out {folder}: made with {was}, now it is {wanted}; use what it was made with, "
                "or name a new folder"
            )
