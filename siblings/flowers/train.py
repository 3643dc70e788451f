"""Train a DCGAN that paints something where a mask says.

python -m siblings.flowers.train --data_dir flowers_records --run_dir runs/flowers
python -m siblings.flowers.train --data_dir labels --class_name hair --run_dir runs/hair
"""

from __future__ import annotations

import pathlib
from functools import partial
from typing import TYPE_CHECKING

from input_pipeline.label_maps import record_files
from interface import command_line
from siblings.flowers import config
from training.run import program

if TYPE_CHECKING:
    import tensorflow as tf

    from input_pipeline.label_maps.record_files import Records
    from siblings.flowers.trainer import FlowersTrainer
    from training.run.job import Job

STAGE = "flowers"  # its folder in that of the run


def main(argv: list[str]) -> None:
    """flags → config → devices → a job, which is run and may be interrupted."""
    program.train(config.from_flags(argv), job_of)


def job_of(settings: config.Config, replicas: tf.distribute.Strategy) -> Job[FlowersTrainer]:
    """config → records → the stage: where it starts, its trainer, its data, what is seen of it."""
    from input_pipeline.label_maps import augment, dataset
    from metrics.evaluation import places
    from siblings.flowers import watching
    from training.run import stages, strategy
    from training.run.job import Job

    strategy.check_batch_size(settings.batch_size, replicas.num_replicas_in_sync)
    records = record_files.open_records(settings.data_dir)
    said = watching.said(settings, records)
    held_out = record_files.held_out(settings.data_dir, records, settings.eval_every)
    looks = None
    if settings.eval_every:
        looks = places.of_classes("segmenter", settings.segmenter or "", said["places"])
    settings = settings.settled(records.count)
    mirrors = augment.mirrors_of(records.label_set) if settings.mirror else None
    stage = stages.Stage(pathlib.Path(settings.run_dir) / STAGE)
    return Job(
        settings,
        stage,
        replicas,
        records=records,
        said=said,
        images=settings.batch_size,
        shown=("discriminator_loss", "generator_loss"),
        start=partial(stages.from_nothing_else, stage, settings.networks(), settings.steps),
        build=partial(build_trainer, settings, records, replicas),
        dataset=partial(
            dataset.batches,
            records,
            augment.Boxes(watching.SIZE, settings.crop, mirrors),
            settings.batch_size,
            seed=settings.seed,
        ),
        sheet=partial(watching.Sheet, held_out, settings.sample_rows),
        evaluation=partial(watching.figures, settings, held_out, looks),
        table=partial(watching.table, records),
    )


def build_trainer(
    settings: config.Config, records: Records, replicas: tf.distribute.Strategy
) -> FlowersTrainer:
    """Networks and optimisers, with random weights."""
    from tensorflow import keras

    from siblings.flowers import watching
    from siblings.flowers.networks import Discriminator, Generator
    from siblings.flowers.trainer import FlowersTrainer, Plan

    keras.utils.set_random_seed(settings.seed)
    with replicas.scope():
        generator = Generator(settings.generator_width, settings.precision)
        discriminator = Discriminator(settings.discriminator_width, settings.precision)
    kept = settings.lr_kept if settings.lr_decay else 1.0
    plan = Plan(
        batch_size=settings.batch_size,
        learning_rate=lambda epoch: settings.lr * kept**epoch,
        epoch_steps=records.count / settings.batch_size,
        ids=watching.ids(settings, records),
        seed=settings.seed,
        use_mask=settings.use_mask,
        smooth_labels=settings.smooth_labels,
        instance_noise=settings.instance_noise,
        mask_noise=settings.mask_noise,
        other_masks=settings.other_masks,
        loss_scaling=settings.precision == "mixed_float16",
        xla=settings.xla,
    )
    return FlowersTrainer(replicas, generator, discriminator, plan)


if __name__ == "__main__":
    command_line.run(main)
