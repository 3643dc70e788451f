"""Train one stage of the progressive generator.

python train.py --phase 3 --use_embedding --smooth --data_dir records --run_dir runs
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

import config
from interface import command_line, files


def main(argv: list[str]) -> None:
    """flags → config → strategy → data → start → networks → trainer → loop."""
    settings = config.from_flags(argv)

    # TensorFlow loads here, after the flags are known to be good.
    from input_pipeline import dataset, record_files
    from training import growth, loop, progress, strategy

    replicas = strategy.make_strategy(settings.GPU)
    strategy.check_batch_size(settings.batch_size, replicas.num_replicas_in_sync)
    records = record_files.open_records(settings.data_dir, settings.size)
    settings = settings.with_steps(records.count)
    files.check_folder("run_dir", pathlib.Path(settings.run_dir))
    stage = growth.stage_folder(settings.run_dir, settings.phase, settings.smooth)
    networks = network_settings(settings)
    start = growth.find_start(stage, settings.from_scratch, networks, settings.steps)
    text = json.dumps(dataclasses.asdict(settings), indent=2)
    print(f"{text}\n{stage}: {start.story}; {records.count} records; to step {settings.steps}")
    if settings.dry_run or start.step >= settings.steps:
        return

    trainer = build_trainer(settings, replicas)
    start.apply(trainer)
    files.write_json(stage / "config.json", dataclasses.asdict(settings))
    batches = strategy.Batches(
        replicas,
        lambda count: dataset.batches(
            records,
            settings.resolution,
            settings.batch_size,
            seed=settings.stage_seed,
            start_step=start.step,
            passes=settings.n_critic,
            replicas=count,
        ),
    )
    shown = dataset.as_they_are(records, settings.resolution, settings.sample_rows, settings.seed)
    actions = build_actions(settings, stage, start.step, trainer, shown)
    images = settings.batch_size * settings.n_critic
    bar = progress.ProgressBar(stage.name, start.step, settings.steps, images, settings.log_every)
    with loop.stop_signals() as stopping, bar:
        done = loop.run(trainer, batches, start.step, settings.steps, [bar, *actions], stopping)
    growth.checkpoints_of(stage).save(trainer.checkpoint, done)
    how = "done" if done == settings.steps else "the same command goes on from here"
    print(f"{stage}: at step {done} of {settings.steps}; {how}")


def network_settings(settings: config.Config) -> dict[str, Any]:
    """The part of the settings that the generator is built from."""
    from training.growth import NETWORK_SETTINGS

    return {name: getattr(settings, name) for name in NETWORK_SETTINGS}


def build_trainer(settings: config.Config, replicas: Any) -> Any:
    """Networks and optimisers of a stage, with random weights."""
    from tensorflow import keras

    from networks.critic import Critic
    from networks.generator import Generator
    from training.schedule import fade_steps
    from training.trainer import WassersteinTrainer

    keras.utils.set_random_seed(settings.stage_seed)
    side, fading, networks = settings.resolution, settings.smooth, network_settings(settings)
    with replicas.scope():
        generator, averaged = (Generator(side, fading=fading, **networks) for _ in range(2))
        critic = Critic(side, fading=fading, max_features=settings.max_features)
    return WassersteinTrainer(
        replicas,
        generator,
        critic,
        averaged,
        batch_size=settings.batch_size,
        learning_rate=settings.lr,
        n_critic=settings.n_critic,
        fade_steps=fade_steps(settings.steps),
        average_decay=settings.average_decay,
        seed=settings.stage_seed,
    )


def build_actions(
    settings: config.Config, stage: pathlib.Path, start: int, trainer: Any, shown: dict[str, Any]
) -> list[Any]:
    """What happens beside the training steps, and when."""
    from training import growth, progress
    from training.loop import every

    steps = settings.steps
    checkpoints = growth.checkpoints_of(stage)
    sheet = progress.SampleSheet(
        stage / "samples",
        trainer,
        shown["mask"],
        shown["image"],
        trainer.generator.latent_size,
        settings.seed,
    )
    return [
        every(settings.log_every, progress.MetricsLog(stage, start), also_at=steps),
        every(settings.sample_every, sheet, also_at=steps),
        every(
            settings.checkpoint_every,
            lambda step, _: checkpoints.save(trainer.checkpoint, step),
            also_at=steps,
        ),
    ]


if __name__ == "__main__":
    command_line.run(main)
