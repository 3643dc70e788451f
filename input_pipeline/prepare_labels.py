"""Photos with label maps → TFRecord shards, for the systems that paint from label maps.

    python -m input_pipeline.prepare_labels --images photos --labels ids --label_count 35 --out out
    python -m input_pipeline.prepare_labels --celebamask CelebAMask-HQ --out out
    python -m input_pipeline.prepare_labels --out out --verify

Every file is checked before anything is written. Killed at any moment, the same command goes on
where it stopped (`sharding/shards.py`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import io
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent import futures
from typing import Any, Optional

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from input_pipeline import storage
from input_pipeline.inspection import verify
from input_pipeline.label_maps import labels
from input_pipeline.label_maps import schema as label_schema
from input_pipeline.sharding import plans, runners, shards
from input_pipeline.sources import celebamask, label_maps
from interface import command_line, pictures
from interface.command_line import UserError, setting

PACKAGES = ("pillow", "numpy")  # that decide what the records hold
PREVIEW_PAIRS, PREVIEW_COLUMNS, PREVIEW_TILE = 24, 4, 192
SHOWN, SHOWN_PROBLEMS = 5, 20  # names in a message; lines before it


@dataclasses.dataclass(frozen=True)
class Options:
    """Turns photos with label maps into records.

    --images and --labels, or --celebamask, say where they are. Files are matched by name: a/x.jpg
    goes with a/x.png, Cityscapes' suffixes aside. Folders may be URLs (gs://, s3://). Flags after
    a lone -- are Apache Beam's own.
    """

    out: str = setting("folder of the records")
    images: Optional[str] = setting("folder of photos, searched recursively", None)
    labels: Optional[str] = setting("folder of their label maps: grey or palette, ids", None)
    instances: Optional[str] = setting("folder of their instance maps, of 8 or 16 bits", None)
    celebamask: Optional[str] = setting("CelebAMask-HQ's folder as it is distributed", None)
    label_count: Optional[int] = setting(
        "ids of --labels are 0 to this less one", None, at_least=1, at_most=256
    )
    split: Optional[str] = setting(
        "of --images, train unless said", None, choices=("train", "validation", "test")
    )
    verify: bool = setting("re-read a data set instead: counts, checksums, decodability", False)
    size: tuple[int, ...] = setting("of the records: side, or height,width; left out: kept", ())
    shards: int = setting("files per split", 16, at_least=1)
    workers: int = setting("processes; 0 = one for each core", 0, at_least=0)
    runner: Optional[str] = setting("run under Apache Beam: DirectRunner, DataflowRunner, …", None)
    seed: int = setting("of the order of the photos", 0)


def main(argv: list[str]) -> None:
    """Prepare records as the flags say; `--help` lists them."""
    ours, beam_flags = command_line.split(argv)
    options = command_line.read(Options, ours)
    if options.verify:
        verify.verify(options.out)
    else:
        prepare(options, beam_flags)


def prepare(options: Options, beam_flags: Sequence[str] = ()) -> None:
    """Write the records, or go on with it; says what there is if it is done already.

    Raises:
      UserError: a flag or a file that can't work, no pair at all, or `out` holds something else.
    """
    options = _settled(options)
    task = _task(options)
    items = functools.partial(_checked, task, options.workers)
    finish = functools.partial(_finish, options, task)
    done = runners.build(options, beam_flags, PACKAGES, lambda: task, items, finish)
    print(_summary(done, options.out))


def _settled(options: Options) -> Options:
    """Refuse flags that do not go together; fill in what follows from others."""
    given = [name for name in ("images", "labels", "instances") if getattr(options, name)]
    if options.celebamask:
        ours = [name for name in ("label_count", "split") if getattr(options, name) is not None]
        if given or ours:
            raise UserError(f"--celebamask: wanted alone, found --{(given + ours)[0]} beside it")
        options = dataclasses.replace(options, label_count=celebamask.LABEL_COUNT)
    elif given[:2] != ["images", "labels"]:
        found = " and ".join(f"--{name}" for name in given) or "none"
        raise UserError(f"wanted --images and --labels, or --celebamask; found {found}")
    elif options.label_count is None:
        raise UserError("--label_count is missing: ids of --labels are 0 to this less one")
    if len(options.size) > 2 or any(side < 1 for side in options.size):
        found = ",".join(map(str, options.size))
        raise UserError(f"--size {found}: wanted a side or height,width in pixels")
    size = options.size * 2 if len(options.size) == 1 else options.size
    split = options.split if options.celebamask else options.split or "train"
    return dataclasses.replace(options, size=size, split=split)


def _task(options: Options) -> labels.Labels:
    """What is made of each item."""
    size = (options.size[0], options.size[1]) if options.size else None
    if options.celebamask:
        return labels.Labels(celebamask.CelebAMask(options.celebamask), size)
    assert options.images and options.labels and options.label_count and options.split
    source = label_maps.LabelMaps(
        options.images, options.labels, options.label_count, options.instances, options.split
    )
    return labels.Labels(source, size)


def _checked(task: labels.Labels, workers: int) -> list[str]:
    """All items; every file of theirs was read.

    Raises:
      UserError: naming the first file that can't be used, and how many there are.
    """
    items = task.source.items()
    alone = [labels.name_of(item) for item in items if labels.unpaired(item)]
    if alone:
        names = ", ".join([*alone[:SHOWN], *["…"][: len(alone) - SHOWN]])
        told = f"left out, without counterpart: {len(alone)} files ({names}); see rejected.csv"
        print(told.encode(errors="backslashreplace").decode())  # a name may be no text
    pairs = [item for item in items if not labels.unpaired(item)]
    problems = list(filter(None, _problems(task, pairs, workers)))
    for problem in problems[1:SHOWN_PROBLEMS]:
        print(problem.encode(errors="backslashreplace").decode(), file=sys.stderr)
    if problems:
        more = f" (and {len(problems) - 1} more files with mistakes)" if problems[1:] else ""
        raise UserError(f"{problems[0]}{more}")
    return items


def _problems(task: labels.Labels, items: list[str], workers: int) -> Iterator[Optional[str]]:
    """What is wrong with each. Threads: decoders release Python's lock, and need no start-up."""
    with contextlib.ExitStack() as stack:
        pool = futures.ThreadPoolExecutor(workers or os.cpu_count())
        stack.callback(pool.shutdown, cancel_futures=True)
        bar = stack.enter_context(tqdm(total=len(items), unit="item", desc="checking"))
        for found in pool.map(task.problem, items):
            bar.update()
            yield found


def _finish(
    options: Options, task: labels.Labels, plan: plans.Plan, report: shards.Report
) -> dict[str, Any]:
    """Describe the data set; refuse one without a single record."""
    report.rejected = sorted((labels.name_of(item), reason) for item, reason in report.rejected)
    splits = task.source.splits
    counts = {split: report.records(label_schema.file_stem(split)) for split in splits}
    if not any(counts.values()):
        plans.discard(options.out, report)
        name, reason = report.rejected[0]
        raise UserError(f"no record came of {len(report.rejected)} files; {name}: {reason}")
    summary = {
        "counts": counts,
        "label_count": options.label_count,
        "sizes": _tallied(report, "size"),
        "pixels": _tallied(report, "id"),
    }
    stems = [label_schema.file_stem(split) for split in splits if counts[split]]
    found = itertools.chain.from_iterable(
        plans.records(options.out, report, stem) for stem in stems
    )
    records = map(label_schema.decode, found)
    colours = pictures.label_colours(options.label_count or 0)
    extras = {"preview.png": lambda: _preview(records, colours)}
    return plans.finish(options.out, plan, report, summary, extras)


def _tallied(report: shards.Report, what: str) -> dict[str, int]:
    """{"3": 17} of {"id 3": 17}, in the order of the numbers."""
    keys = [key.split(" ")[1] for key in report.tally if key.startswith(f"{what} ")]
    keys.sort(key=lambda key: [int(side) for side in key.split("x")])
    return {key: report.tally[f"{what} {key}"] for key in keys}


def _preview(records: Iterator[label_schema.Record], colours: np.ndarray) -> bytes:
    """The first records, each photo beside its label map in colours."""
    tiles = []
    for record in itertools.islice(records, PREVIEW_PAIRS):
        tiles.append(_tile(record.image, Image.Resampling.BICUBIC))
        tiles.append(_tile(colours[record.label], Image.Resampling.NEAREST))
    columns = 2 * PREVIEW_COLUMNS
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    picture = io.BytesIO()
    pictures.grid(rows, PREVIEW_TILE).save(picture, format="PNG")
    return picture.getvalue()


def _tile(pixels: np.ndarray, method: Image.Resampling) -> np.ndarray:
    side = (PREVIEW_TILE, PREVIEW_TILE)
    return np.asarray(ImageOps.pad(Image.fromarray(pixels), side, method, color="white"))


def _summary(done: dict[str, Any], folder: str) -> str:
    counts = ", ".join(f"{split}: {count}" for split, count in done["counts"].items())
    return (
        f"records per split: {counts}\n"
        f"rejected: {done['rejected']} files (rejected.csv)\n"
        f"look at {storage.join(folder, 'preview.png')}, or all of it:\n"
        f"  python -m input_pipeline.browse {folder}"
    )


if __name__ == "__main__":
    command_line.run(main)
