"""Images a second of the input pipeline alone, beside a plain one.

    python -m benchmarks.input_speed --seconds 20

The plain pipeline is the usual one: records are parsed, cropped, resized and flipped one by one,
by stateful random ops, and put together at the end. Both read the same files in the same process,
in blocks that take turns, since a shared machine's speed drifts.
"""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.full_size import machine
from interface import command_line
from interface.command_line import setting

Timed = Callable[[int], float]  # does so many steps (or reads so many batches); the seconds taken

BLOCK_SECONDS = 2.0
FEWEST = 3  # steps of each kind
LOG_INTERVAL = 50  # steps
STARTED = 4  # batches until a pipeline's threads are all at work
# (side of the records, side of the images, batch): phase 2, the same from small records, 4 and 7.
ROWS = ((32, 16, 128), (16, 16, 128), (128, 64, 32), (512, 512, 16))


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures the input pipeline against a plain one; prints a Markdown table."""

    seconds: float = setting("of measuring, for each row", 20.0, at_least=0.0)
    records: int = setting("to read; they are written first", 64, at_least=16)


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    print(f"{machine()}:\n")
    print("| records | images | batch | images/s | plain: images/s | ours / plain |")
    print("|---|---|---|---|---|---|", flush=True)
    for stored, resolution, batch_size in ROWS:
        rates = measure(stored, resolution, batch_size, options.records, options.seconds)
        print(
            f"| {stored}² | {resolution}² | {batch_size} | {rates['ours']:,.0f} | "
            f"{rates['plain']:,.0f} | {rates['ratio']:.2f} × |",
            flush=True,
        )


def measure(
    stored: int, resolution: int, batch_size: int, count: int, seconds: float
) -> dict[str, float]:
    """Images a second of both pipelines.

    Args:
      stored: side of the records, which are written here; count: how many.
      resolution: side of the images given out.
      batch_size: images in a batch.
      seconds: of measuring.

    Returns:
      ours, plain: images/s, medians of the blocks; ratio: how many times as fast ours is.
    """
    from input_pipeline.faces import dataset, record_files

    with tempfile.TemporaryDirectory() as folder:
        write_records(folder, stored, count)
        records = record_files.open_records(folder, stored)
        pipelines = {
            "ours": dataset.batches(records, resolution, batch_size, seed=0),
            "plain": plain_batches(list(records.paths), stored, resolution, batch_size, count),
        }
        kinds = {name: reader(batches) for name, batches in pipelines.items()}
        blocks = take_turns(kinds, block_length(kinds), seconds)
    rates = {name: batch_size / statistics.median(times) for name, times in blocks.items()}
    return {**rates, "ratio": ratio(blocks["plain"], blocks["ours"])}


def reader(batches: Any) -> Timed:
    """Reads batches in a plain loop, each block through threads of its own.

    A pipeline left open would go on, and fill its buffers, in the other one's block.
    """

    def read(count: int) -> float:
        stream = iter(batches)
        for _ in itertools.islice(stream, STARTED):
            pass
        start = time.perf_counter()
        for _ in itertools.islice(stream, count):
            pass
        return time.perf_counter() - start

    return read


def plain_batches(
    paths: list[str],
    stored: int,
    resolution: int,
    batch_size: int,
    count: int,
    augmented: bool = True,
) -> Any:
    """The tf.data.Dataset as it is usually written; its elements are as `dataset.batches` has them.

    Args:
      paths: the record files; stored: side of their images; count: records in them.
      resolution: side of the images given out.
      augmented: whether they are cropped and flipped.
    """
    import tensorflow as tf

    from input_pipeline.faces import augment

    names = {name: tf.io.FixedLenFeature([], tf.string) for name in ("data", "mask")}

    def sample(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
        parsed = tf.io.parse_single_example(serialized, names)
        image = tf.reshape(tf.io.decode_raw(parsed["data"], tf.uint8), [3, stored, stored])
        mask = tf.reshape(tf.io.decode_raw(parsed["mask"], tf.uint8), [1, stored, stored])
        pixels = tf.cast(tf.transpose(tf.concat([image, mask], 0), [1, 2, 0]), tf.float32)
        if augmented:
            off = tf.cast(tf.random.uniform([4], 0, augment.CROP) * stored, tf.int32)
            pixels = pixels[off[0] : stored - off[1], off[2] : stored - off[3]]
        pixels = tf.image.resize(pixels, [resolution, resolution])
        if augmented:
            pixels = tf.image.random_flip_left_right(pixels)
        mask = tf.cast(pixels[..., 3:] > 0, tf.float32)
        return {"image": pixels[..., :3] / 127.5 - 1, "mask": mask}

    shuffled = tf.data.TFRecordDataset(paths).shuffle(count, seed=0).repeat()
    samples = shuffled.map(sample, num_parallel_calls=tf.data.AUTOTUNE)
    return samples.batch(batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


def write_records(folder: str, resolution: int, count: int) -> None:
    """Write `count` records of random pixels, one in twenty of them drawn, as one shard."""
    import tensorflow as tf

    from input_pipeline.faces import schema

    rng = np.random.default_rng(0)
    path = pathlib.Path(folder) / schema.shard_name(resolution, 0, 1)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(count):
            image = rng.integers(0, 256, [resolution, resolution, 3], np.uint8)
            mask = rng.random([resolution, resolution]) < 0.05
            landmarks = np.zeros([schema.LANDMARKS, 2])
            writer.write(schema.encode(image, mask, landmarks, f"{number}.png"))


def block_length(kinds: dict[str, Timed]) -> int:
    """Warm every kind up; returns how many steps of the slowest one take about two seconds."""
    for run in kinds.values():
        run(1)  # builds the graph
    steps = max(1, round(BLOCK_SECONDS / max(run(1) for run in kinds.values())))
    # Whole log intervals, so that no block has more of the logging than another.
    return steps - steps % LOG_INTERVAL or steps


def take_turns(kinds: dict[str, Timed], steps: int, seconds: float) -> dict[str, list[float]]:
    """Blocks of all kinds in the order A B, B A, A B, … until the time is up.

    Args:
      kinds: what to run.
      steps: of each block.
      seconds: of all blocks together; every kind does at least three steps.

    Returns:
      For each kind the seconds a step of its blocks.
    """
    blocks: dict[str, list[float]] = {name: [] for name in kinds}
    order, stop = list(kinds), time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < stop or rounds * steps < FEWEST:
        for name in order:
            blocks[name].append(kinds[name](steps) / steps)
        order.reverse()
        rounds += 1
    return blocks


def ratio(times: list[float], others: list[float]) -> float:
    """How many times as long: median over the pairs of neighbouring blocks.

    Two neighbours found the machine equally fast; two medians may not have.
    """
    return statistics.median(time / other for time, other in zip(times, others))


if __name__ == "__main__":
    command_line.run(main)
