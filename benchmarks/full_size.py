"""Seconds a step and peak memory of the full-size networks (512 features), phases 2 to 7.

    python -m benchmarks.full_size --phases 2,3

Beside each figure stands that of a plain step of the same networks: one tape for each loss, no
pass shared, no pass waiting for another. Each measurement runs in a process of its own, in the
fade stage (the larger graph), on random images.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import config
import train
from interface import command_line
from interface.command_line import setting

if TYPE_CHECKING:
    from training.run.loop import Batch, Scalars
    from training.trainer import AdversarialTrainer

LARGEST_BATCH = {2: 16, 3: 16, 4: 16, 5: 8, 6: 4, 7: 4}  # the schedule's do not fit a laptop


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures real training steps of the full-size networks; prints a Markdown table."""

    phases: tuple[int, ...] = setting("which, in 2 to 7", tuple(LARGEST_BATCH))
    steps: int = setting("timed steps, after one that builds the graph", 3, at_least=1)
    measure: str = setting("measure one phase here; print JSON", "", choices=("", "ours", "plain"))


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    if options.measure:
        print(json.dumps(measure(options.phases[0], options.steps, options.measure == "plain")))
        return
    print(f"{machine()}:\n")
    print(
        "| phase | output | batch | seconds a step | peak memory | plain step: seconds | memory |"
    )
    print("|---|---|---|---|---|---|---|", flush=True)
    for phase in options.phases:
        ours, plain = (in_own_process(phase, options.steps, kind) for kind in ("ours", "plain"))
        print(
            f"| {phase} | {4 * 2**phase}² | {LARGEST_BATCH[phase]} | {ours['seconds']:.2f} | "
            f"{ours['gigabytes']:.1f} GB | {plain['seconds'] / ours['seconds']:.2f} × | "
            f"{plain['gigabytes'] / ours['gigabytes']:.2f} × |",
            flush=True,
        )


def machine() -> str:
    """Processor and number of cores, as Linux tells them."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'processor'}, {len(names)} cores"


def in_own_process(phase: int, steps: int, kind: str) -> dict[str, float]:
    """What `measure` gives, with a memory of its own."""
    command = [sys.executable, "-m", "benchmarks.full_size", f"--measure={kind}"]
    command += [f"--phases={phase}", f"--steps={steps}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(phase: int, steps: int, plain: bool) -> dict[str, float]:
    """Median seconds of a fade-stage step, and this process's peak memory in GB (10⁹ bytes)."""
    trainer, batch = prepared(phase)
    step = plain_step(trainer) if plain else trainer.train_step
    seconds = []
    for _ in range(1 + steps):
        start = time.perf_counter()
        assert abs(float(step(batch)["critic_loss"])) < 1e9
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return {"seconds": sorted(seconds[1:])[steps // 2], "gigabytes": peak}


def prepared(phase: int, max_features: int = 512) -> tuple[AdversarialTrainer, Batch]:
    """A trainer in the middle of its fade, and a batch of random images."""
    import tensorflow as tf

    from training.run import strategy

    words = [f"--phase={phase}", "--smooth", "--use_embedding", f"--max_features={max_features}"]
    settings = config.from_flags([*words, f"--batch_size={LARGEST_BATCH[phase]}"]).with_steps(0)
    trainer = train.build_trainer(settings, strategy.make_strategy(0))
    trainer.step.assign(settings.steps // 2)  # both branches count
    shape = [settings.batch_size, settings.resolution, settings.resolution]
    image = tf.random.stateless_uniform([*shape, 3], [0, 1], -1, 1)
    mask = tf.cast(tf.random.stateless_uniform([*shape, 1], [2, 3]) < 0.05, tf.float32)
    return trainer, {"image": image, "mask": mask}


def plain_step(trainer: AdversarialTrainer) -> Callable[[Batch], Scalars]:
    """The step as it is usually written: update the critic; start again; update the generator."""
    import tensorflow as tf

    from training import losses

    generator, critic = trainer.generator, trainer.critic

    @tf.function
    def step(batch: Batch) -> Scalars:
        image, mask, alpha = batch["image"], batch["mask"], 0.5
        latent = tf.random.stateless_normal([len(image), generator.latent_size], [0, 0])
        mix = tf.random.stateless_uniform([len(image)], [0, 1])
        fake = generator(mask, latent, alpha)
        with tf.GradientTape() as tape:
            real_score, fake_score = critic(image, mask, alpha), critic(fake, mask, alpha)
            loss = losses.WASSERSTEIN.of_real(real_score) + losses.WASSERSTEIN.of_fake(fake_score)
            points = losses.between(image, fake, mix)
            loss += losses.PENALTY_WEIGHT * losses.gradient_penalty(
                lambda points: critic(points, mask, alpha), points
            )
        weights = critic.trainable_variables
        trainer.critic_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        with tf.GradientTape() as tape:
            fake = generator(mask, latent, alpha)
            of_generator = -tf.reduce_mean(critic(fake, mask, alpha))
        weights = generator.trainable_variables
        gradients = tape.gradient(of_generator, weights)
        trainer.generator_optimizer.apply_gradients(zip(gradients, weights))
        for average, weight in trainer.average.pairs():
            average.assign(0.999 * average + 0.001 * weight)
        return {"critic_loss": loss}

    return step


if __name__ == "__main__":
    command_line.run(main)
