"""Photos a second of the preparation tool, beside the floor that its parts set.

    python -m benchmarks.prepare_speed --images photos --photos 2000

The floor is what no tool can do without: decode, detect, landmarks and one antialiased crop at
the largest resolution, with the same settings, in one process, times the cores.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import pathlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from PIL import Image

from benchmarks.full_size import machine
from input_pipeline import RESOLUTIONS, photos, prepare
from input_pipeline.faces import crop, in_photo, landmarks
from input_pipeline.sharding import shards
from input_pipeline.sources.folder import Folder
from interface import command_line
from interface.command_line import setting

ROUNDS, FLOOR_PHOTOS = 2, 200  # floor and tool take turns: a shared machine's speed drifts
DETECTIONS = 150
LARGEST = landmarks.Search(largest_only=True)
LARGE = 512  # longer side of the photos in which detection is timed, and more
SAME = 0.5  # two boxes that share this part of their union are one face
EARLY, LATE = 200, 2000  # photos after which a worker's memory is looked at


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures preparation against its floor; prints Markdown tables."""

    images: str = setting("folder of photos")
    photos: int = setting("how many of them; a smaller folder is gone through again", 2000)
    workers: int = setting("processes; 0 = one for each core", 0, at_least=0)


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    folder = Folder(options.images)
    names = folder.names()
    random.Random(0).shuffle(names)
    with tempfile.TemporaryDirectory() as linked:
        link(folder, names, options.photos, linked)
        print(f"{machine()}:\n")
        print_speed(linked, options.workers or os.cpu_count() or 1)
        print_detection(linked)
        print_memory(linked)


def link(folder: Folder, names: Sequence[str], count: int, to: str) -> None:
    """Make a folder of so many photos, links to those there are."""
    for number, name in enumerate(itertools.islice(itertools.cycle(names), count)):
        source = pathlib.Path(folder.folder, name).resolve()
        pathlib.Path(to, f"{number:06d}{source.suffix}").symlink_to(source)


def print_speed(folder: str, workers: int) -> None:
    """Photos/s of the tool in `workers` processes, and of the floor times as many cores."""
    names = Folder(folder).names()
    tool, bound = [], []
    for part in range(ROUNDS):
        share = names[part::ROUNDS]
        bound.append(workers * floor(folder, share[:FLOOR_PHOTOS]))
        tool.append(speed(folder, share, workers))
    ratio = statistics.median(rate / limit for rate, limit in zip(tool, bound))
    rates = f"{statistics.median(tool):.1f} | {statistics.median(bound):.1f}"
    print("| photos | workers | photos/s | floor × workers: photos/s | ours / floor |")
    print("|---|---|---|---|---|")
    print(f"| {len(names)} | {workers} | {rates} | {ratio:.2f} |\n", flush=True)


def speed(folder: str, names: Sequence[str], workers: int) -> float:
    """Photos/s of the tool, its start included."""
    with tempfile.TemporaryDirectory() as parent, quiet():
        images, out = pathlib.Path(parent, "photos"), pathlib.Path(parent, "records")
        images.mkdir()
        for name in names:
            (images / name).symlink_to(pathlib.Path(folder, name).resolve())
        start = time.perf_counter()
        prepare.main([f"--images={images}", f"--out={out}", f"--workers={workers}"])
        return len(names) / (time.perf_counter() - start)


def floor(folder: str, names: Sequence[str]) -> float:
    """Photos/s of decoding, detection, landmarks and the largest crop, in this process."""
    detector = loaded()
    start = time.perf_counter()
    for name in names:
        with contextlib.suppress(photos.Rejected):
            photo, _ = photos.read(os.path.join(folder, name))
            for face in detector.faces(photo, LARGEST)[:1]:
                square = crop.around_face(face.landmarks)
                side = square.side * in_photo.Faces.max_upscale
                crop.cut(photo, square, max(r for r in RESOLUTIONS if r <= side or r == 8))
    return len(names) / (time.perf_counter() - start)


def loaded() -> landmarks.Detector:
    """The detector, once it has looked: from then on it takes the time that it takes."""
    nothing = Image.new("RGB", (80, 80))
    for boxes in (None, ((0.0, 0.0, 80.0, 80.0),)):
        landmarks.INSTALLED.faces(nothing, landmarks.Search(boxes))
    return landmarks.INSTALLED


def boxes_of(photo: Image.Image, search: landmarks.Search) -> list[landmarks.Box]:
    return [box for box, _ in landmarks.find_boxes(photo, search)]


def print_detection(folder: str) -> None:
    """Milliseconds of detection in the scaled photo and at full size, and whether they agree."""
    full, scaled, lost, count = 0.0, 0.0, 0, 0
    for photo in itertools.islice(large_photos(folder), DETECTIONS):
        start = time.perf_counter()
        there = boxes_of(photo, landmarks.Search(min_face=landmarks.DETECTED))
        middle = time.perf_counter()
        boxes = boxes_of(photo, LARGEST)
        full, scaled = full + middle - start, scaled + time.perf_counter() - middle
        largest = max(there, key=lambda box: box[2] - box[0], default=None)
        lost += largest is not None and not any(shared(largest, box) >= SAME for box in boxes)
        count += 1
    if count:
        print("| photos of 512 pixels and more | full size | scaled | times as fast | faces lost |")
        print("|---|---|---|---|---|")
        times = f"{full / count * 1e3:.1f} ms | {scaled / count * 1e3:.1f} ms"
        print(f"| {count} | {times} | {full / scaled:.1f} | {lost} |\n")


def large_photos(folder: str) -> Iterator[Image.Image]:
    """Those whose longer side has at least 512 pixels."""
    for name in Folder(folder).names():
        with contextlib.suppress(photos.Rejected):
            photo, _ = photos.read(os.path.join(folder, name))
            if max(photo.size) >= LARGE:
                yield photo


def shared(one: landmarks.Box, other: landmarks.Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, width) * max(0.0, height)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both)


def print_memory(folder: str) -> None:
    """A worker's memory in MB (10⁶ bytes), early and late."""
    names = Folder(folder).names()
    seen: list[float] = []
    task = in_photo.Faces(Folder(folder), RESOLUTIONS)
    with tempfile.TemporaryDirectory() as out:
        pathlib.Path(out, shards.UNFINISHED).mkdir()
        shards.make(shards.Job(task, out, 0, 1, names), lambda: seen.append(resident()))
    early, late = min(EARLY, len(seen)), min(LATE, len(seen))
    loaded = "with" if "tensorflow" in sys.modules else "without"
    print(f"| a worker {loaded} TensorFlow, after | {early} photos | {late} photos | at most |")
    print("|---|---|---|---|")
    print(f"| memory | {seen[early - 1]:.0f} MB | {seen[late - 1]:.0f} MB | {max(seen):.0f} MB |")


def resident() -> float:
    """Memory of this process, in MB."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The tool's own words do not belong into a table."""
    with contextlib.ExitStack() as stack:
        nowhere = stack.enter_context(open(os.devnull, "w"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        yield


if __name__ == "__main__":
    command_line.run(main)
