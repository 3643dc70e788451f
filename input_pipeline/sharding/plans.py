"""What a data set is made of, fixed when it is begun; what describes it when it is whole."""

from __future__ import annotations

import collections
import contextlib
import csv
import dataclasses
import importlib.metadata
import io
import json
import pathlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from input_pipeline import storage, tfrecords
from input_pipeline.sharding.shards import UNFINISHED, Job, Report, Task
from interface import files
from interface.command_line import UserError

SUMMARY, PLAN = "dataset.json", "plan.json"
GROWING = "resolutions"  # the setting of which a whole data set can be given more values


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
    if storage.exists(_plan_path(folder)):
        begun = read(folder)
        _check_same(folder, begun.settings, settings, "--")
        _check_same(folder, begun.versions, versions, "package ")
        return begun
    if not storage.is_url(folder):
        files.check_folder("out", pathlib.Path(folder))
    before = _described(folder)
    if before is not None:
        _check_same(folder, before["versions"], versions, "package ")
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
        if not storage.exists(_plan_path(folder)):
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
    found = {}
    for name in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def is_data_set(names: list[str]) -> bool:
    """Whether a folder of such names holds records, whole or unfinished: no photos then."""
    return SUMMARY in names or UNFINISHED in names


def _check_same(folder: str, begun: dict[str, Any], now: dict[str, Any], kind: str) -> None:
    for name in sorted({*begun, *now}):
        if begun.get(name) != now.get(name):
            was, wanted = (_typed(kind, name, each.get(name)) for each in (begun, now))
            wanted = wanted.partition("=")[2] or wanted
            raise UserError(
                f"--out {folder}: made with {was}, now it is {wanted}; use what it was made with, "
                "or name a new folder"
            )


def _typed(kind: str, name: str, value: Any) -> str:
    """A setting as it is typed: --faces=all, --noalign."""
    if isinstance(value, bool):
        return f"{kind}{'' if value else 'no'}{name}"
    return f"{kind}{name}={word(value)}"


def word(value: Any) -> str:
    """A setting as it is typed."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


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
        found = json.loads(storage.read(_report_path(folder, shard)))
        found["rejected"] = [(name, reason) for name, reason in found["rejected"]]
        total.add(Report(**found))
    total.rejected.sort()
    return total


def records(folder: str, report: Report, stem: str) -> Iterator[bytes]:
    """The serialised records in all files of a stem."""
    for name in sorted(name for name in report.files if tfrecords.stem(name) == stem):
        with storage.opened(storage.join(folder, name), "rb") as file:
            yield from tfrecords.read(file)


def finish(
    folder: str,
    plan: Plan,
    report: Report,
    summary: dict[str, Any],
    extras: dict[str, Callable[[], bytes]],
) -> dict[str, Any]:
    """Write what describes the data set, dataset.json last; drop files that nothing reached.

    Args:
      folder: of the data set.
      plan: it was made by.
      report: of all shards.
      summary: what dataset.json says beside files, settings and versions.
      extras: {file name: makes its content}.

    Returns:
      The content of dataset.json.
    """
    empty = {stem for stem in map(tfrecords.stem, report.files) if not report.records(stem)}
    kept = {n: f for n, f in sorted(report.files.items()) if tfrecords.stem(n) not in empty}
    for name in report.files.keys() - kept.keys():
        storage.remove(storage.join(folder, name))
    storage.write(storage.join(folder, "rejected.csv"), table(["file", "reason"], report.rejected))
    for name, made in extras.items():
        storage.write(storage.join(folder, name), made())
    if GROWING in plan.settings:
        lasting = json.dumps(vars(dataclasses.replace(plan, there={})))
        storage.write(storage.join(folder, PLAN), lasting.encode())
    content = {
        **summary,
        "rejected": len(report.rejected),
        "shards": plan.shards,
        "options": plan.settings,
        "versions": plan.versions,
        "files": kept,
    }
    text = json.dumps(content, indent=2) + "\n"
    storage.write(storage.join(folder, SUMMARY), text.encode())
    storage.remove(storage.join(folder, UNFINISHED))
    return content


def discard(folder: str, report: Report) -> None:
    """Remove a data set that came out empty."""
    for name in report.files:
        storage.remove(storage.join(folder, name))
    storage.remove(storage.join(folder, UNFINISHED))
    if not storage.names(folder):
        storage.remove(folder)


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


def table(header: list[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """CSV in UTF-8; of a name that is not, the odd bytes come out as \\xff."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    odd = text.getvalue().encode("utf-8", "surrogateescape")
    return odd.decode("utf-8", "backslashreplace").encode()


def whole(folder: str, settings: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any] | None:
    """The content of dataset.json, if the data set is whole and nothing is to be added.

    Args:
      folder: of the data set.
      settings: flags that decide the records.
      defaults: of settings that an older data set may not know.

    Raises:
      UserError: it was made with other settings, or is none of ours.
    """
    content = _described(folder)
    if content is None:
        return None
    if storage.exists(_plan_path(folder)) and read(folder).settings != content["options"]:
        return None  # more is being added
    known = {name: value for name, value in defaults.items() if name in settings}
    more = _is_more(folder, {**known, **content["options"]}, settings)
    _check_there(folder, content.get("files", {}))
    storage.remove(storage.join(folder, UNFINISHED))  # a kill may have left it
    if more:
        return None
    print(f"{ascii(folder)[1:-1]}: already whole; what is new since wants a new --out")
    return content


def _described(folder: str) -> dict[str, Any] | None:
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


def _is_more(folder: str, begun: dict[str, Any], settings: dict[str, Any]) -> bool:
    """Whether settings ask for more than a data set has; UserError if for something else."""
    there, wanted = ({*given.get(GROWING, ())} for given in (begun, settings))
    _check_same(folder, {**begun, GROWING: None}, {**settings, GROWING: None}, "--")
    if not (wanted <= there or wanted > there):
        both = word(sorted(there | wanted))
        raise UserError(
            f"--out {folder}: made with --{GROWING}={word(sorted(there))}; to add to them name "
            f"all: --{GROWING}={both}"
        )
    return wanted > there


def _check_there(folder: str, noted: dict[str, dict[str, Any]]) -> None:
    """Refuse a data set of which files went missing, or were cut, since it was whole."""
    for name, file in noted.items():
        path = storage.join(folder, name)
        found = storage.size(path) if storage.exists(path) else None
        if found != file["bytes"]:
            told = "is missing" if found is None else f"has {found} bytes of {file['bytes']}"
            raise UserError(
                f"--out {folder}: was whole, but {name} {told}; see what else with --verify, then "
                "copy it again or remove the folder and prepare it anew"
            )
