"""Seconds a step and peak memory of the full-size networks (512 features), phases 2 to 7.

    python -m benchmarks.full_size [--phases 2,3,4,5,6,7]

Each phase runs in a process of its own, fade stage (the larger graph), on random images.
"""

from __future__ import annotations

import dataclasses
import json
import platform
import resource
import subprocess
import sys
import time

import config
import train
from interface import command_line
from interface.command_line import setting

LARGEST_BATCH = {2: 16, 3: 16, 4: 16, 5: 8, 6: 4, 7: 4}  # the schedule's do not fit a laptop


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures real training steps of the full-size networks; prints a Markdown table."""

    phases: tuple[int, ...] = setting("which, in 2 to 7", tuple(LARGEST_BATCH))
    steps: int = setting("timed steps, after one that builds the graph", 3, at_least=1)
    measure: bool = setting("measure one phase in this process; print JSON", False)


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = Options(**command_line.parse(Options, argv))
    if options.measure:
        print(json.dumps(measure(options.phases[0], options.steps)))
        return
    print(f"{platform.processor() or platform.machine()}, {platform.platform()}\n")
    print("| phase | output | batch | seconds a step | images/s | peak memory |")
    print("|---|---|---|---|---|---|", flush=True)
    for phase in options.phases:
        command = [sys.executable, "-m", "benchmarks.full_size", "--measure"]
        command += [f"--phases={phase}", f"--steps={options.steps}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        side, batch = 4 * 2**phase, LARGEST_BATCH[phase]
        print(
            f"| {phase} | {side}² | {batch} | {row['seconds']:.2f} | "
            f"{batch / row['seconds']:.2f} | {row['gigabytes']:.1f} GB |",
            flush=True,
        )


def measure(phase: int, steps: int) -> dict[str, float]:
    """Median seconds of a fade-stage step, and this process's peak memory in GB (10⁹ bytes)."""
    import tensorflow as tf

    from training import growth, strategy

    words = [f"--phase={phase}", "--smooth", "--use_embedding"]
    settings = config.from_flags([*words, f"--batch_size={LARGEST_BATCH[phase]}"]).with_steps(0)
    networks = {name: getattr(settings, name) for name in growth.NETWORK_SETTINGS}
    trainer = train.build_trainer(settings, networks, strategy.make_strategy(0))
    trainer.step.assign(settings.steps // 2)  # both branches count
    shape = [settings.batch_size, settings.resolution, settings.resolution]
    image = tf.random.stateless_uniform([*shape, 3], [0, 1], -1, 1)
    mask = tf.cast(tf.random.stateless_uniform([*shape, 1], [2, 3]) < 0.05, tf.float32)
    seconds = []
    for _ in range(1 + steps):
        start = time.perf_counter()
        scalars = trainer.train_step({"image": image, "mask": mask})
        assert float(scalars["critic_loss"]) == float(scalars["critic_loss"]), "not a number"
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return {"seconds": sorted(seconds[1:])[steps // 2], "gigabytes": peak}


if __name__ == "__main__":
    command_line.run(main)
