"""Seconds of the measures that take longest: sliced Wasserstein distance and landmarks.

    python -m benchmarks.metrics_speed --photos demo/sample_photos

The distance stands beside a plain one, as it is usually written: all projections of a level in the
columns of one matrix, which is then sorted; landmarks beside dlib's predictor alone, which nobody
can do without. Processor seconds count all threads, and tell of the work where others keep the
machine busy.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import time
import timeit
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from benchmarks import input_speed
from benchmarks.full_size import machine
from benchmarks.prepare_speed import loaded
from input_pipeline import photos
from input_pipeline.faces import in_photo, landmarks
from input_pipeline.faces.framing import Framing
from input_pipeline.sources.folder import Folder
from interface import command_line
from interface.command_line import UserError, setting
from metrics import sliced_wasserstein

Distance = Callable[[np.ndarray, np.ndarray, np.ndarray], float]

SIDE = 64  # pixels, of all images
AT_ONCE = 128  # directions of the plain distance
NOISE = 8  # grey levels, that no two faces be the same


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures how long measuring takes; prints a Markdown table."""

    photos: str = setting("folder of photos with faces", "demo/sample_photos")
    images: int = setting("in each set of the sliced Wasserstein distance", 2048, at_least=1)
    faces: int = setting("in which landmarks are placed", 1000, at_least=1)


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    images, points = noisy_faces(options.photos, options.faces)  # a wrong folder is told at once
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 256, [2, options.images, SIDE, SIDE, 3], np.uint8)
    detector = loaded()
    print(f"{machine()}:\n")
    print("| measure | images | seconds | processor seconds | images/s | wanted | beside |")
    print("|---|---|---|---|---|---|---|", flush=True)
    beside = plain_over_ours(options.images * sliced_wasserstein.PATCHES)
    figures = timed(2 * len(one), lambda: sliced_wasserstein.sliced_wasserstein(one, other))
    print(
        f"| sliced Wasserstein distance | {figures} | < 60 s | plain: {beside:.1f} × |", flush=True
    )
    beside = predictor_over_ours(images[:AT_ONCE], points[:AT_ONCE], detector)
    figures = timed(len(images), lambda: landmarks.found_again(images, points, detector))
    print(
        f"| landmarks, one core | {figures} | ≥ 300 images/s | predictor: {beside:.2f} × |",
        flush=True,
    )


def timed(count: int, run: Callable[[], object]) -> str:
    """Cells for so many images: how many, seconds, processor seconds and images/s of `run`."""
    start, worked = time.perf_counter(), time.process_time()
    run()
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    return f"{count:,} of {SIDE}² | {seconds:.1f} | {worked:.1f} | {count / seconds:,.0f}"


def plain_over_ours(count: int) -> float:
    """How many times as long a plain distance takes, for so many descriptors in each set."""
    rng = np.random.default_rng(0)
    one, other = (rng.standard_normal([count, 147], np.float32) for _ in range(2))
    along = sliced_wasserstein.directions(rng)[:AT_ONCE]

    def kind(distance: Distance) -> input_speed.Timed:
        return lambda steps: timeit.timeit(lambda: distance(one, other, along), number=steps)

    kinds = {"ours": kind(sliced_wasserstein.distance), "plain": kind(plain_distance)}
    blocks = input_speed.take_turns(kinds, 1, 0)
    return input_speed.ratio(blocks["plain"], blocks["ours"])


def predictor_over_ours(
    images: np.ndarray, points: np.ndarray, detector: landmarks.Detector
) -> float:
    """What part of the time dlib's predictor takes, of pictures that are enlarged already."""
    larger = landmarks.LEAST_SIDE
    scale = larger / SIDE
    enlarged = [Image.fromarray(image).resize((larger, larger)) for image in images]
    boxes = [(landmarks.box_around(landmarks.scaled(each, scale)),) for each in points]

    def predictor(steps: int) -> float:
        def place() -> None:
            for photo, box in zip(enlarged, boxes):
                detector.faces(photo, landmarks.Search(boxes=box))

        return timeit.timeit(place, number=steps)

    def ours(steps: int) -> float:
        return timeit.timeit(lambda: landmarks.found_again(images, points, detector), number=steps)

    blocks = input_speed.take_turns({"ours": ours, "predictor": predictor}, 1, 0)
    return input_speed.ratio(blocks["predictor"], blocks["ours"])


def plain_distance(one: np.ndarray, other: np.ndarray, along: np.ndarray) -> float:
    """As `sliced_wasserstein.distance`."""
    mine, theirs = (np.sort(part @ along.T, axis=0) for part in (one, other))
    return float(np.abs(mine - theirs).mean())


def noisy_faces(folder: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The faces of a folder's photos, again and again, each time with other noise.

    Returns:
      uint8 [count, 64, 64, 3] and their landmarks, float64 [count, 68, 2].
    """
    faces = list(aligned_faces(folder))
    if not faces:
        raise UserError(f"--photos {folder}: no face found; give a folder of portraits")
    taken = itertools.islice(itertools.cycle(faces), count)
    images, points = (np.stack(part) for part in zip(*taken))
    noise = np.random.default_rng(0).normal(0, NOISE, images.shape)
    return np.clip(images + noise, 0, 255).astype(np.uint8), points


def aligned_faces(folder: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The largest face of each photo, cut out as for records, and its landmarks."""
    source = Folder(folder, "photos")
    for name in source.names():
        with contextlib.suppress(photos.Rejected):
            yield in_photo.largest(source, name, SIDE, Framing.ALIGNED)


if __name__ == "__main__":
    command_line.run(main)
