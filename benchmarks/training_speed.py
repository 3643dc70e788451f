"""Milliseconds a step of real training, phases 2 to 6, in every precision.

    python -m benchmarks.training_speed --phases 2,3 --precisions float32 --compare plain

Each row is a process of its own, which writes records of the phase's size, then lets two things
take turns: the real loop, with all that train.py does around a step, and the bare compiled step on
a batch held in memory. Fade stage (the larger graph), both branches counting half.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Optional

import config
import train
from benchmarks.full_size import machine, plain_step
from benchmarks.input_speed import Timed, block_length, ratio, take_turns, write_records
from interface import command_line
from interface.command_line import UserError, setting
from training import phases
from training.run.settings import RunSettings

if TYPE_CHECKING:
    from training.run.job import Job
    from training.run.loop import Action, Batch, Scalars
    from training.run.strategy import Batches
    from training.trainer import AdversarialTrainer

LARGEST_BATCH = 16
RECORDS = 64
PHASES = tuple(phase for phase, row in phases.SCHEDULE.items() if row.fade_steps)
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures the training loop beside its bare compiled step; prints a Markdown table."""

    phases: tuple[int, ...] = setting("which, in 2 to 8", (2, 3, 4, 5, 6))
    precisions: tuple[str, ...] = setting(
        "which (float16 crawls on CPUs) of", PRECISIONS[:2], choices=PRECISIONS
    )
    seconds: float = setting("of measuring, in each process", 40.0, at_least=0.0)
    xla: bool = setting("a second row each, compiled with XLA", False)
    compare: str = setting(
        "a float32 step also with one that shares nothing", "", choices=("", "plain")
    )
    max_features: int = setting("width of the widest layers", 128, at_least=4)
    measure: str = setting("measure one row here; print JSON", "", choices=("", "loop", "plain"))


@dataclasses.dataclass(frozen=True)
class Row:
    """What one row of the table is about."""

    phase: int
    precision: str
    xla: bool
    max_features: int

    def settings(self, folder: str = ".") -> config.Config:
        """Of the fade stage; records and run lie in `folder`."""
        batch_size = min(LARGEST_BATCH, phases.SCHEDULE[self.phase].batch_size)
        words = [f"--phase={self.phase}", f"--precision={self.precision}", f"--xla={self.xla}"]
        words += [f"--max_features={self.max_features}", f"--batch_size={batch_size}"]
        words += ["--smooth", "--use_embedding", f"--data_dir={folder}", f"--run_dir={folder}"]
        return config.from_flags(words).with_steps(RECORDS)


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    if options.measure:
        row = Row(options.phases[0], options.precisions[0], options.xla, options.max_features)
        measure = {"loop": measure_loop, "plain": measure_plain}[options.measure]
        print(json.dumps(measure(row, options.seconds)))
        return
    print_table(options)


def rows_of(options: Options) -> list[Row]:
    """The table's rows; each phase begins with plain float32, if wanted at all.

    Raises:
      UserError: a phase without fade stage.
    """
    unknown = sorted(set(options.phases) - set(PHASES))
    if unknown:
        raise UserError(f"--phases: {unknown[0]} is none of {', '.join(map(str, PHASES))}")
    precisions = [name for name in PRECISIONS if name in options.precisions]
    ways = itertools.product(options.phases, (False, True)[: 1 + options.xla], precisions)
    return [Row(phase, name, xla, options.max_features) for phase, xla, name in ways]


def print_table(options: Options) -> None:
    """One line for each row, as soon as it is measured."""
    rows = rows_of(options)
    print(f"{machine()}, {options.max_features} features:\n")
    print(
        "| phase | output | batch | precision | XLA | ms/step | images/s | speed, float32 = 1 | "
        "waiting for data | peak memory | loop over bare step | plain / ours |"
    )
    print("|---" * 12 + "|", flush=True)
    float32: dict[int, float] = {}
    for row in rows:
        figures = in_own_process("loop", row, options.seconds)
        plain = None
        if row.precision == "float32" and not row.xla:
            float32[row.phase] = figures["seconds"]
            if options.compare:
                plain = in_own_process("plain", row, options.seconds)["ratio"]
        base = float32.get(row.phase)
        print(line(row, figures, base / figures["seconds"] if base else None, plain), flush=True)


def line(
    row: Row, figures: dict[str, float], speed: Optional[float], plain: Optional[float]
) -> str:
    """A row of the table; None is shown as a dash."""
    settings, seconds = row.settings(), figures["seconds"]
    cells = [
        f"{row.phase}",
        f"{settings.resolution}²",
        f"{settings.batch_size}",
        row.precision,
        "on" if row.xla else "off",
        f"{1000 * seconds:.1f}",
        f"{settings.batch_size / seconds:.1f}",
        f"{speed:.2f} ×" if speed else "–",
        f"{100 * figures['waiting']:.1f} %",
        f"{figures['gigabytes']:.2f} GB",
        f"{100 * figures['overhead']:+.1f} %",
        f"{plain:.2f} ×" if plain else "–",
    ]
    return f"| {' | '.join(cells)} |"


def in_own_process(kind: str, row: Row, seconds: float) -> dict[str, float]:
    """What `measure_loop` or `measure_plain` gives, with a memory of its own."""
    words = [f"--measure={kind}", f"--phases={row.phase}", f"--precisions={row.precision}"]
    words += [f"--xla={row.xla}", f"--max_features={row.max_features}", f"--seconds={seconds}"]
    command = [sys.executable, "-m", "benchmarks.training_speed", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure_loop(row: Row, seconds: float) -> dict[str, float]:
    """The loop beside the bare step.

    Returns:
      seconds: a step in the loop, median of the blocks.
      overhead: how much longer that is than the bare step, as a share of the latter.
      waiting: share of the loop's time that it waits for data.
      gigabytes: peak memory (10⁹ bytes).
    """
    from training.run import logbook
    from training.run.job import Actions, batches_of
    from training.run.workers import Workers

    with tempfile.TemporaryDirectory() as folder:
        job, trainer = prepared(row, folder)
        start = start_of(job.settings)
        batches = batches_of(job, start)
        actions = Actions(job, start, trainer, batches, Workers(job.strategy)).strung
        bare = repeated(trainer.train_step, next(batches))
        kinds = {"loop": looped(job, trainer, batches, actions), "bare": bare}
        steps = block_length(kinds)
        waited = batches.waited
        blocks = take_turns(kinds, steps, seconds)
        waited = batches.waited - waited
    return {
        "seconds": statistics.median(blocks["loop"]),
        "overhead": ratio(blocks["loop"], blocks["bare"]) - 1,
        "waiting": waited / (steps * sum(blocks["loop"])),
        "gigabytes": logbook.peak_memory() / 1e9,
    }


def measure_plain(row: Row, seconds: float) -> dict[str, float]:
    """The bare step beside the plain one: {"ratio": how many times as long the plain one takes}."""
    from training.run.job import batches_of

    with tempfile.TemporaryDirectory() as folder:
        job, trainer = prepared(row, folder)
        batch = next(batches_of(job, 0))
        steps = {"ours": trainer.train_step, "plain": plain_step(trainer)}
        kinds = {name: repeated(step, batch) for name, step in steps.items()}
        blocks = take_turns(kinds, block_length(kinds), seconds)
    return {"ratio": ratio(blocks["plain"], blocks["ours"])}


def prepared(row: Row, folder: str) -> tuple[Job[AdversarialTrainer], AdversarialTrainer]:
    """A job whose records are on disk, and a trainer in the middle of its fade."""
    from training.run import strategy

    settings = row.settings(folder)
    strategy.set_determinism(settings.deterministic)
    write_records(folder, settings.size, RECORDS)
    job = train.job_of(settings, strategy.make_strategy(settings.GPU))
    trainer = job.build()
    trainer.step.assign(start_of(job.settings))
    return job, trainer


def start_of(settings: RunSettings) -> int:
    """The step to start from: the fade's middle, and none that a checkpoint soon follows."""
    from training import schedule

    return round(schedule.fade_steps(settings.steps) // 2, -3)


def looped(
    job: Job[AdversarialTrainer],
    trainer: AdversarialTrainer,
    batches: Batches,
    actions: list[Action],
) -> Timed:
    """The real loop; it goes on where it stopped."""
    from training.run import loop

    step = start_of(job.settings)

    def run(steps: int) -> None:
        nonlocal step
        step = loop.run(trainer, batches, step, step + steps, actions)

    return timed(run)


def repeated(step: Callable[[Batch], Scalars], batch: Batch) -> Timed:
    """A step done again and again on the same batch."""

    def run(steps: int) -> None:
        for _ in range(steps):
            step(batch)

    return timed(run)


def timed(run: Callable[[int], None]) -> Timed:
    """`run` with a wait for the device at its end, and a clock."""
    import tensorflow as tf

    def seconds(steps: int) -> float:
        start = time.perf_counter()
        run(steps)
        tf.test.experimental.sync_devices()
        return time.perf_counter() - start

    return seconds


if __name__ == "__main__":
    command_line.run(main)
