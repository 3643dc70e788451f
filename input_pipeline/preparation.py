"""What the tools that prepare records have in common: flags → a data set, or a check of one."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from input_pipeline import storage
from input_pipeline.inspection import verify
from input_pipeline.sharding import finished, plans, runners, shards
from input_pipeline.sharding.finished import Described
from interface import command_line, pictures
from interface.command_line import UserError

COLUMNS = 8  # tiles in a row of preview.png

Flags = TypeVar("Flags", bound=runners.Flags)


class DataSet(Protocol):
    """A data set that is to be made: all that differs from one kind of records to the other."""

    @property
    def packages(self) -> Sequence[str]:
        """Whose versions decide what the records hold."""

    @property
    def words(self) -> tuple[str, str]:
        """What a part is called, as resolution, and what items are, as photos."""

    @property
    def options(self) -> runners.Flags:
        """The tool's flags, with all that follows from them filled in."""

    @property
    def parts(self) -> dict[str, str]:
        """{name of a part, as 64 or train: start of its files' names}."""

    def task(self) -> shards.Task:
        """What is made of each item; called where there is something to make.

        Raises:
          UserError: a flag that can't work.
        """

    def items(self) -> list[str]:
        """All there is; called for a new data set only. Raises UserError where there is none."""

    def name(self, item: str) -> str:
        """The file by which people know an item."""

    def nothing(self, rejected: Sequence[tuple[str, str]]) -> str:
        """Why no record came of anything; `rejected` are files and reasons."""

    def about(self, report: shards.Report, counts: dict[str, int]) -> dict[str, Any]:
        """What dataset.json is to say beside the counts."""

    def extras(
        self, report: shards.Report, counts: dict[str, int]
    ) -> dict[str, Callable[[], bytes]]:
        """{name of a file beside the records: makes its content}; preview.png is one."""

    def remarks(self, described: Described) -> tuple[str, str]:
        """What is to be told behind the counts, and on lines of its own."""


def main(argv: list[str], flags: type[Flags], wanted: Callable[[Flags], DataSet]) -> None:
    """Prepare records, or verify those that are there, as a command line says.

    Args:
      argv: the words after the program's name.
      flags: the tool's, a dataclass.
      wanted: what they ask for; raises UserError where they can't work.
    """
    ours, beam_flags = command_line.split(argv)
    options = command_line.read(flags, ours)
    if options.verify:
        verify.verify(options.out)
    else:
        prepare(wanted(options), beam_flags)


def prepare(data: DataSet, beam_flags: Sequence[str] = ()) -> None:
    """Write the records, or go on with it; says what there is if it is done already.

    Raises:
      UserError: a flag or a file that can't work, no record at all, or `out` holds something else.
    """
    finish = functools.partial(_finish, data)
    described = runners.build(
        data.options, beam_flags, data.packages, data.task, data.items, finish
    )
    print(_summary(data, described))


def _finish(data: DataSet, plan: plans.Plan, report: shards.Report) -> Described:
    """Describe the data set; refuse one without a single record."""
    out = data.options.out
    report.rejected = sorted((data.name(item), reason) for item, reason in report.rejected)
    counts = {part: report.records(stem) for part, stem in data.parts.items()}
    if not any(counts.values()):
        finished.discard(out, report)
        raise UserError(data.nothing(report.rejected))
    summary = {"counts": counts, **data.about(report, counts)}
    return finished.finish(out, plan, report, summary, data.extras(report, counts))


def _summary(data: DataSet, described: Described) -> str:
    part, items = data.words
    folder = data.options.out
    counts = ", ".join(f"{name}: {count}" for name, count in described["counts"].items())
    behind, below = data.remarks(described)
    return (
        f"records per {part}: {counts}{behind}\n"
        f"rejected: {described['rejected']} {items} (rejected.csv)\n"
        f"{below}"
        f"look at {storage.join(folder, 'preview.png')}, or all of it:\n"
        f"  python -m input_pipeline.browse {shlex.quote(folder)}"
    )


def preview(tiles: Iterator[np.ndarray], side: int) -> bytes:
    """preview.png: pictures, uint8 [H, W, 3] or [H, W], as tiles of so many pixels."""
    shown = list(tiles)
    rows = [shown[start : start + COLUMNS] for start in range(0, len(shown), COLUMNS)]
    return pictures.png(np.asarray(pictures.grid(rows, side)))
