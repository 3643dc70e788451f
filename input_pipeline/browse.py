"""A data set on one HTML page: samples, counts, histograms, rejected photos with their reasons.

    python -m input_pipeline.browse records
    python -m input_pipeline.browse gs://bucket/records --out records.html

The page needs nothing beside itself: it can be sent to somebody, or lie behind any web server.
"""

from __future__ import annotations

import collections
import csv
import dataclasses
import io
import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional

import numpy as np

from input_pipeline import storage, tfrecords
from input_pipeline.faces import schema
from input_pipeline.inspection import inventory, samples
from input_pipeline.inspection.inventory import Inventory, Part
from input_pipeline.label_maps import label_sets
from interface import command_line, files, histogram, page
from interface.command_line import UserError, setting, words

MOST_REJECTED = 500  # rows of the list of rejected photos
CHARTS = {  # column of faces.csv: title, axis, unit
    "side": ("Size", "side of the square around a face", "pixels"),
    "yaw": ("Yaw", "above 0: turned to the picture's right", "degrees"),
    "pitch": ("Pitch", "above 0: looking up", "degrees"),
    "roll": ("Roll", "above 0: tilted clockwise", "degrees"),
}


@dataclasses.dataclass(frozen=True)
class Options:
    """Shows a data set on one HTML page."""

    folder: tuple[str, ...] = words("FOLDER", "the data set to show")
    out: Optional[str] = setting("the page; left out: browse.html in the data set's folder", None)
    samples: int = setting("number of records shown", 48, at_least=1)


def main(argv: list[str]) -> None:
    """Write the page of the folder that the word names."""
    options = command_line.read(Options, argv)
    if len(options.folder) > 1:
        raise UserError(f"stray word {options.folder[1]!r}: one page is of one FOLDER")
    browse(options.folder[0], options)


def browse(folder: str, options: Options) -> None:
    """Write the page.

    Raises:
      UserError: no finished data set, damaged records, or the page can't be written there.
    """
    data = inventory.take(folder)
    out = options.out or storage.join(folder, "browse.html")
    _check_out(out)
    parts = [data.part(name) for name in data.present]
    title = os.path.basename(folder.rstrip("/")) or folder
    content = page.document(title, _lead(data, parts), _sections(data, parts, options.samples))
    if not storage.is_url(out):
        storage.make_folder(os.path.dirname(os.path.abspath(out)))
    storage.write(out, content)
    print(f"{ascii(out)[1:-1]}: {len(content) / 1e6:.1f} MB; open it in a browser")


def _check_out(out: str) -> None:
    is_folder = not storage.is_url(out) and os.path.isdir(os.fsencode(out))
    if is_folder or not out.endswith(".html"):
        what = " a folder;" if is_folder else ""
        raise UserError(f"--out {out}:{what} wanted a file name that ends in .html")
    if not storage.is_url(out):
        files.check_folder("out", pathlib.Path(out).absolute().parent)


def _lead(data: Inventory, parts: list[Part]) -> str:
    records, size = sum(part.records for part in parts), sum(part.bytes for part in parts)
    told = f"{records:,} records in {len(parts):,} files, {_megabytes(size)}."
    return told if data.summary else f"{told} No dataset.json: counted by looking into the files."


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _sections(data: Inventory, parts: list[Part], count: int) -> Iterator[str]:
    yield _counts(data, parts)
    yield from samples.sections(data, parts, count)
    names = storage.names(data.folder)
    if "faces.csv" in names:
        yield _charts(_table(data, "faces.csv", list(CHARTS), float))
    if data.summary.get("pixels"):
        yield _labels(data)
    if "rejected.csv" in names:
        yield _rejected(_table(data, "rejected.csv", ["file", "reason"]))
    if data.summary:
        yield _made_with(data.summary)


def _counts(data: Inventory, parts: list[Part]) -> str:
    """A row for each size of faces, or for each split of label maps."""
    stems = {*data.counts, *(tfrecords.stem(part.name) for part in parts)}
    left_out = data.summary.get("left_out", {})
    rows = []
    for stem in sorted(stems, key=lambda stem: (schema.resolution(stem) or 0, stem)):
        files = [part for part in parts if tfrecords.stem(part.name) == stem]
        side = schema.resolution(stem)
        sums = (sum(part.records for part in files), len(files), sum(part.bytes for part in files))
        name = f"{side} × {side}" if side else stem.removeprefix(inventory.LABELS)
        rows.append((name, *sums, left_out.get(str(side), "")))
    note = "Left out are faces too small for a size." if left_out else ""
    header = ["", "records", "files", "bytes", "left out" if left_out else ""]
    return page.section("Counts", note, page.table(header, rows))


def _table(data: Inventory, name: str, columns: Sequence[str], kind: Callable = str) -> list[list]:
    """A CSV file's cells of the given columns, each made a `kind`."""
    content = storage.read(data.path(name)).decode("utf-8", "surrogateescape")
    header, *rows = [*csv.reader(io.StringIO(content, newline=""))] or [[]]
    try:
        places = [header.index(column) for column in columns]
        return [[kind(row[place]) for place in places] for row in rows]
    except (IndexError, ValueError):
        wanted = ",".join(columns)
        raise UserError(f"{data.path(name)}: damaged, wanted {wanted}; copy it again") from None


def _charts(rows: list[list[float]]) -> str:
    charts = (
        histogram.chart(values, title, axis, unit, "faces")
        for values, (title, axis, unit) in zip(np.transpose(rows), CHARTS.values())
    )
    note = f"Of {len(rows):,} faces (faces.csv). The angles are estimates, good to some 10 degrees."
    return page.section("Faces", note, page.grid(charts, least=26))


def _labels(data: Inventory) -> str:
    pixels = {int(label): count for label, count in data.summary["pixels"].items()}
    sizes = sorted(data.summary.get("sizes", {}).items(), key=lambda size: -size[1])
    label_set = label_sets.of_data_set(data.summary, data.folder)
    note = f"Part of all {sum(pixels.values()):,} pixels that each of {len(pixels)} ids has."
    return page.section(
        "Labels",
        note,
        page.shares(pixels, label_set.colours, label_set.names),
        page.table(["height x width", "records"], sizes) if sizes else "",
    )


def _rejected(rows: list[list[str]]) -> str:
    if not rows:
        return page.section("Rejected", "Nothing was rejected.")
    reasons = collections.Counter(reason.split(":")[0] for _, reason in rows)
    more = len(rows) - MOST_REJECTED
    return page.section(
        "Rejected",
        f"What gave no record, {len(rows):,} in all (rejected.csv).",
        page.table(["reason", "files"], reasons.most_common()),
        page.folded(
            "Which files",
            page.table(["file", "reason"], rows[:MOST_REJECTED]),
            f"<p>and {more:,} more in rejected.csv</p>\n" if more > 0 else "",
        ),
    )


def _made_with(summary: dict[str, Any]) -> str:
    options, versions = summary.get("options", {}), summary.get("versions", {})
    given = {name: value for name, value in options.items() if value not in (None, [])}
    flags = [(f"--{name}", command_line.as_typed(value)) for name, value in given.items()]
    return page.section(
        "Made with",
        "The flags that decide what the records hold, and the packages' versions.",
        page.table(["flag", "value"], flags),
        page.table(["package", "version"], versions.items()),
    )


if __name__ == "__main__":
    command_line.run(main)
