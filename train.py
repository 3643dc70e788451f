"""Train one stage of the progressive generator.

python train.py --phase 3 --use_embedding --smooth --data_dir records --run_dir runs
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import config
from interface import command_line
from training.run import program

if TYPE_CHECKING:
    import tensorflow as tf

    from training.run.job import Job
    from training.trainer import AdversarialTrainer as Trainer


def main(argv: list[str]) -> None:
    """flags → config → devices → a job, which is run and may be interrupted."""
    program.train(config.from_flags(argv), job_of)


def job_of(settings: config.Config, replicas: tf.distribute.Strategy) -> Job[Trainer]:
    """config → records → the stage: where it starts, its trainer, its data, what is seen of it."""
    from input_pipeline.faces import dataset, record_files, shape
    from metrics.evaluation import face_photos, watch
    from training import growth, memory, painting, phases
    from training.run.job import Job

    side, batch_size = settings.resolution, settings.batch_size
    phases.check_batch_size(batch_size, replicas.num_replicas_in_sync, settings.in_pairs)
    records = record_files.open_records(settings.data_dir, settings.size, side)
    settings = settings.with_steps(records.count)
    stage = growth.stage_of(settings.run_dir, settings.phase, settings.smooth)
    find_start = partial(growth.find_start, stage, settings.from_scratch)
    batches = partial(dataset.batches, records, side, batch_size)
    photos = partial(face_photos.load, records, side, settings.eval_images, settings.seed)
    shown = partial(dataset.as_they_are, records, side, settings.sample_rows, settings.seed)
    return Job(
        settings,
        stage,
        replicas,
        records=records,
        said={"framing": records.framing.value},
        images=batch_size * settings.n_critic,
        shown=("critic_loss", "generator_loss"),
        start=partial(find_start, settings.networks(), settings.steps),
        build=partial(build_trainer, settings, replicas),
        dataset=partial(batches, seed=settings.stage_seed, passes=settings.n_critic),
        sheet=lambda trainer: painting.Sheet(trainer, **shown(), seed=settings.seed),
        evaluation=lambda trainer: watch.Watch(photos(), painting.Painter(trainer), settings.seed),
        table=partial(memory.table, records.count, records.resolution),
        beside=partial(shape.keep, records, stage.folder.parent),
    )


def build_trainer(settings: config.Config, replicas: tf.distribute.Strategy) -> Trainer:
    """Networks and optimisers of a stage, with random weights."""
    from tensorflow import keras

    from networks import progressive
    from training import schedule
    from training.trainer import AdversarialTrainer, Plan

    keras.utils.set_random_seed(settings.stage_seed)
    side, fading, dtype = settings.resolution, settings.smooth, settings.precision
    with replicas.scope():
        networks = progressive.networks(side, fading, dtype=dtype, **settings.networks())
    rates = settings.steps, settings.lr_warmup, settings.decay_steps
    plan = Plan(
        batch_size=settings.batch_size,
        learning_rate=lambda step: settings.lr * schedule.rate_factor(step, *rates),
        fade_steps=schedule.fade_steps(settings.steps),
        seed=settings.stage_seed,
        augmentation=progressive.augmentation(settings.diff_augment),
        loss_scaling=settings.precision == "mixed_float16",
        xla=settings.xla,
        **settings.recipe(),
    )
    return AdversarialTrainer(replicas, *networks, plan)


if __name__ == "__main__":
    command_line.run(main)
