"""A folder of photos → TFRecord shards of aligned faces with their line drawings.

    python -m input_pipeline.prepare --images photos --out records

The shard is the unit of work: shard i of N holds photos i, i+N, … of a shuffled list, at every
resolution, so the records do not depend on the number of workers. Everything is written beside
`--out` and renamed when whole.
"""

from __future__ import annotations

import collections
import contextlib
import csv
import dataclasses
import importlib.metadata
import multiprocessing
import os
import pathlib
import random
from collections.abc import Iterable, Iterator
from concurrent import futures
from concurrent.futures import process
from typing import Any, Optional

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from input_pipeline import RESOLUTIONS, crop, drawing, landmarks
from interface import command_line, files, pictures
from interface.command_line import UserError, setting

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
PIXEL_LIMIT = 100_000_000  # a larger photo would take gigabytes to decode
PREVIEW_FACES, PREVIEW_TILE = 24, 128


@dataclasses.dataclass(frozen=True)
class Options:
    """Turns a folder of photos into records: aligned faces with their landmark drawings."""

    images: str = setting("folder of photos, searched recursively (jpg, png, webp, bmp)")
    out: str = setting("folder of the records; must not hold a data set yet")
    resolutions: tuple[int, ...] = setting("sides of the crops, in pixels", RESOLUTIONS)
    shards: int = setting("files per resolution", 16, at_least=1)
    workers: int = setting("processes; 0 = one for each core", 0, at_least=0)
    seed: int = setting("of the order of the photos", 0)
    align: bool = setting("turn and scale each face upright; --noalign: keep the photo", True)
    faces: str = setting("which faces of a photo", "largest", choices=("largest", "all"))
    max_upscale: float = setting(
        "a face is left out of resolutions above this many times its own scale", 1.5, at_least=0.1
    )
    landmark_model: Optional[str] = setting("68-landmark model file of dlib's", None)


@dataclasses.dataclass
class Report:
    """What became of a shard's photos: faces per resolution, and (photo, reason) rejected."""

    counts: collections.Counter[int]
    rejected: list[tuple[str, str]]
    photos: int

    def add(self, other: Report) -> None:
        """Count another report's photos too."""
        self.counts += other.counts
        self.rejected += other.rejected
        self.photos += other.photos


class Rejected(Exception):
    """A photo that gives no record; the message is the reason."""


def main(argv: list[str]) -> None:
    """Prepare records as the flags say; `--help` lists them."""
    given = command_line.parse(Options, argv)
    command_line.require(Options, given)
    prepare(Options(**given))


def prepare(options: Options) -> None:
    """Write `options.out`, whole or not at all.

    Raises:
      UserError: no such folder, nothing to read in it, no face at all, or `out` is taken.
    """
    options = dataclasses.replace(options, resolutions=tuple(sorted({*options.resolutions})))
    photos = _check(options)
    random.Random(options.seed).shuffle(photos)
    shards = min(options.shards, len(photos))
    with files.replacing(pathlib.Path(options.out)) as folder:
        folder.mkdir(parents=True)
        jobs = [(photos[i::shards], i, shards, folder, options) for i in range(shards)]
        report = _run_all(jobs, len(photos), options)
        if not report.counts:
            raise UserError(_nothing_found(report, options))
        _describe(folder, report, shards, options)
    print(_summary(report, options))


def _check(options: Options) -> list[str]:
    """Refuse what cannot work before anything is written; list the photos."""
    out = pathlib.Path(options.out)
    wrong = [r for r in options.resolutions if r not in RESOLUTIONS]
    if wrong or not options.resolutions:
        known = ",".join(map(str, RESOLUTIONS))
        found = ",".join(map(str, options.resolutions))
        raise UserError(f"--resolutions {found}: wanted some of {known}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"--out {out}: already there and not empty; name a new folder")
    files.check_folder("out", out)
    if os.path.ismount(out):
        raise UserError(f"--out {out}: a mount point can't be renamed to; name a folder inside it")
    if not os.path.isdir(options.images):
        raise UserError(f"--images {options.images}: no such folder")
    photos = list_photos(options.images)
    if not photos:
        raise UserError(f"--images {options.images}: no photo in it ({', '.join(SUFFIXES)})")
    landmarks.model_path(options.landmark_model)
    return photos


def list_photos(folder: str) -> list[str]:
    """Paths relative to `folder` of all photos below it, sorted."""
    found = []
    for parent, folders, names in os.walk(folder):
        if "dataset.json" in names:  # records, made earlier: their preview is no photo
            folders.clear()
            continue
        found += [
            os.path.relpath(os.path.join(parent, name), folder)
            for name in names
            if name.lower().endswith(SUFFIXES)
        ]
    return sorted(found)


def _run_all(jobs: list[tuple[Any, ...]], photos: int, options: Options) -> Report:
    """Work through the shards, in this process or in several, with a progress bar."""
    workers = min(options.workers or os.cpu_count() or 1, len(jobs))
    total = Report(collections.Counter(), [], 0)
    with contextlib.ExitStack() as stack:
        bar = stack.enter_context(tqdm(total=photos, unit="photo", desc="preparing"))
        if workers == 1:
            results: Iterable[Report] = (report for job in jobs for report in prepare_shard(*job))
        else:
            # Started afresh, not forked: TensorFlow's threads do not survive a fork.
            context = multiprocessing.get_context("spawn")
            pool = stack.enter_context(futures.ProcessPoolExecutor(workers, context))
            shards = [pool.submit(_whole_shard, job) for job in jobs]
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
            results = (shard.result() for shard in futures.as_completed(shards))
        for report in _alive(results):
            total.add(report)
            bar.update(report.photos)
    total.rejected.sort()
    return total


def _alive(results: Iterable[Report]) -> Iterator[Report]:
    """Pass results on; a worker that died is a mistake the user can mend."""
    try:
        yield from results
    except process.BrokenProcessPool:
        raise UserError(
            "a worker died, most likely for want of memory; run again with fewer --workers"
        ) from None


def _whole_shard(job: tuple[Any, ...]) -> Report:
    total = Report(collections.Counter(), [], 0)
    for report in prepare_shard(*job):
        total.add(report)
    return total


def prepare_shard(
    photos: list[str], shard: int, shards: int, folder: pathlib.Path, options: Options
) -> Iterator[Report]:
    """Write one shard at every resolution; yields what became of each photo."""
    import tensorflow as tf  # here, so that a wrong flag is answered without waiting for it

    from input_pipeline import schema

    model = landmarks.model_path(options.landmark_model)
    with contextlib.ExitStack() as stack:
        writers = {
            r: stack.enter_context(
                tf.io.TFRecordWriter(str(folder / schema.shard_name(r, shard, shards)))
            )
            for r in options.resolutions
        }
        for name in photos:
            counts: collections.Counter[int] = collections.Counter()
            rejected = []
            try:
                for sizes, locate in faces_of(os.path.join(options.images, name), model, options):
                    for resolution, image in sizes.items():
                        points = locate(resolution)
                        mask = drawing.draw(points, resolution)
                        writers[resolution].write(schema.encode(image, mask, points, name))
                        counts[resolution] += 1
            except Rejected as reason:
                rejected.append((name, str(reason)))
            yield Report(counts, rejected, 1)


def faces_of(path: str, model: pathlib.Path, options: Options) -> Iterator[tuple[dict, Any]]:
    """The faces of a photo: ({resolution: crop}, resolution → landmarks in that crop).

    Raises:
      Rejected: the photo gives no record at all.
    """
    photo = read_photo(path)
    faces = landmarks.find_faces(photo, model)
    if not faces:
        raise Rejected("no face")
    too_small = []
    for face in faces if options.faces == "all" else faces[:1]:
        square = crop.around_face(face.landmarks) if options.align else crop.whole(photo)
        fitting = [r for r in options.resolutions if r <= square.side * options.max_upscale]
        if not fitting:
            too_small.append(round(square.side))
            continue
        largest = np.asarray(crop.cut(photo, square, max(fitting)))
        sizes = crop.halvings(largest, min(fitting))
        yield (
            {r: sizes[r] for r in fitting},
            lambda r, face=face, square=square: square.locate(face.landmarks, r),
        )
    if len(too_small) == (len(faces) if options.faces == "all" else 1):
        raise Rejected(f"too small: {max(too_small)} pixels across")


def read_photo(path: str) -> Image.Image:
    """Decode a photo as upright RGB.

    Raises:
      Rejected: unreadable, or above the pixel limit.
    """
    try:
        with Image.open(path) as file:
            if file.width * file.height > PIXEL_LIMIT:
                raise Rejected(f"too large: {file.width}x{file.height}, limit {PIXEL_LIMIT} pixels")
            return ImageOps.exif_transpose(file).convert("RGB")
    except Image.DecompressionBombError:
        raise Rejected(f"too large: limit {PIXEL_LIMIT} pixels") from None
    except Rejected:
        raise
    # A damaged file can make a decoder raise almost anything; none of it may stop the run.
    except Exception as error:
        raise Rejected(f"unreadable: {' '.join(str(error).split())}") from None


def _describe(folder: pathlib.Path, report: Report, shards: int, options: Options) -> None:
    """Write dataset.json, rejected.csv and preview.png; drop resolutions that no photo reached."""
    from input_pipeline import schema

    for resolution in options.resolutions:
        if not report.counts[resolution]:
            for shard in range(shards):
                (folder / schema.shard_name(resolution, shard, shards)).unlink()
    with open(folder / "rejected.csv", "w", newline="", errors="surrogateescape") as file:
        csv.writer(file).writerows([("file", "reason"), *report.rejected])
    content = {
        "counts": {str(r): report.counts[r] for r in options.resolutions},
        "left_out": {
            str(r): max(report.counts.values()) - report.counts[r] for r in options.resolutions
        },
        "rejected": len(report.rejected),
        "shards": shards,
        "options": {k: v for k, v in dataclasses.asdict(options).items() if k != "out"},
        "versions": _versions(),
    }
    files.write_json(folder / "dataset.json", content)
    pictures.save_png(folder / "preview.png", _preview(folder, report.counts))


def _versions() -> dict[str, str]:
    """Of the packages that decide what the records hold."""
    found = {}
    for name in ("tensorflow", "dlib-bin", "dlib", "pillow", "numpy"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _preview(folder: pathlib.Path, counts: collections.Counter[int]) -> Image.Image:
    """Crops read back from the records, each beside itself with its drawing in white."""
    import tensorflow as tf

    from input_pipeline import schema

    shown = [r for r in counts if counts[r] and r <= PREVIEW_TILE] or [min(counts)]
    resolution = max(shown)
    names = sorted(map(str, folder.glob(f"{schema.file_stem(resolution)}-*")))
    records = tf.data.TFRecordDataset(names).take(PREVIEW_FACES).batch(PREVIEW_FACES)
    tiles = []
    for record in schema.decode(next(iter(records)), resolution).numpy():
        image, mask = record[:3].transpose(1, 2, 0), record[3][..., None]
        tiles += [image, np.where(mask > 0, 255, image // 2).astype(np.uint8)]
    rows = [tiles[start : start + 8] for start in range(0, len(tiles), 8)]
    return pictures.grid(rows, max(PREVIEW_TILE, resolution))


def _nothing_found(report: Report, options: Options) -> str:
    reasons = collections.Counter(reason.split(":")[0] for _, reason in report.rejected)
    found = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    return (
        f"--images {options.images}: no usable face in {len(report.rejected)} photos ({found}); "
        "smaller --resolutions or a larger --max_upscale take smaller faces"
    )


def _summary(report: Report, options: Options) -> str:
    counts = ", ".join(f"{r}: {report.counts[r]}" for r in options.resolutions)
    return (
        f"records per resolution: {counts}\n"
        f"rejected: {len(report.rejected)} photos (rejected.csv)\n"
        f"look at {pathlib.Path(options.out) / 'preview.png'}"
    )


if __name__ == "__main__":
    command_line.run(main)
