"""What describes a data set that is whole, written last; what is looked at when it is met again."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from input_pipeline import storage, tfrecords
from input_pipeline.sharding import plans
from input_pipeline.sharding.plans import PLAN, SUMMARY, Described, Plan
from input_pipeline.sharding.shards import UNFINISHED, Report
from interface.command_line import UserError, as_typed

GROWING = "resolutions"  # the setting of which a whole data set can be given more values


def is_data_set(names: list[str]) -> bool:
    """Whether a folder of such names holds records, whole or unfinished: no photos then."""
    return SUMMARY in names or UNFINISHED in names


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
) -> Described:
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


def whole(folder: str, settings: dict[str, Any], defaults: dict[str, Any]) -> Described | None:
    """The content of dataset.json, if the data set is whole and nothing is to be added.

    Args:
      folder: of the data set.
      settings: flags that decide the records.
      defaults: of settings that an older data set may not know.

    Raises:
      UserError: it was made with other settings, or is none of ours.
    """
    content = plans.described(folder)
    if content is None:
        return None
    if plans.begun(folder) and plans.read(folder).settings != content["options"]:
        return None  # more is being added
    known = {name: value for name, value in defaults.items() if name in settings}
    more = _is_more(folder, {**known, **content["options"]}, settings)
    _check_there(folder, content.get("files", {}))
    storage.remove(storage.join(folder, UNFINISHED))  # a kill may have left it
    if more:
        return None
    print(f"{ascii(folder)[1:-1]}: already whole; what is new since wants a new --out")
    return content


def _is_more(folder: str, begun: dict[str, Any], settings: dict[str, Any]) -> bool:
    """Whether settings ask for more than a data set has; UserError if for something else."""
    there, wanted = ({*given.get(GROWING, ())} for given in (begun, settings))
    plans.check_settings(folder, {**begun, GROWING: None}, {**settings, GROWING: None})
    if not (wanted <= there or wanted > there):
        both = as_typed(sorted(there | wanted))
        raise UserError(
            f"--out {folder}: made with --{GROWING}={as_typed(sorted(there))}; to add to them name "
            f"all: --{GROWING}={both}"
        )
    return wanted > there


def _check_there(folder: str, noted: dict[str, dict[str, Any]]) -> None:
    """Refuse a data set of which files went missing, or were cut, since it was whole."""
    for name, file in noted.items():
        path = storage.join(folder, name)
        size = storage.size(path) if storage.exists(path) else None
        if size != file["bytes"]:
            told = "is missing" if size is None else f"has {size} bytes of {file['bytes']}"
            raise UserError(
                f"--out {folder}: was whole, but {name} {told}; see what else with --verify, then "
                "copy it again or remove the folder and prepare it anew"
            )


def table(header: list[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """CSV in UTF-8; of a name that is not, the odd bytes come out as \\xff."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    odd = text.getvalue().encode("utf-8", "surrogateescape")
    return odd.decode("utf-8", "backslashreplace").encode()
