"""Train a segmenter on records of label maps.

python -m siblings.segmenter.train --data_dir labels --run_dir runs/parser
"""

from __future__ import annotations

import pathlib
from functools import partial
from typing import TYPE_CHECKING

from input_pipeline.label_maps import record_files
from interface import command_line
from siblings.segmenter import config
from training.run import program

if TYPE_CHECKING:
    import tensorflow as tf

    from input_pipeline.label_maps.record_files import Records
    from siblings.segmenter.trainer import SegmenterTrainer
    from training.run.job import Job

STAGE = "segmenter"  # its folder in that of the run


def main(argv: list[str]) -> None:
    """flags → config → devices → a job, which is run and may be interrupted."""
    program.train(config.from_flags(argv), job_of)


def job_of(settings: config.Config, replicas: tf.distribute.Strategy) -> Job[SegmenterTrainer]:
    """config → records → the stage: where it starts, its trainer, its data, what is seen of it."""
    from input_pipeline.label_maps import augment, dataset
    from metrics.evaluation import label_watch
    from siblings.segmenter import watching
    from training.run import stages, strategy
    from training.run.job import Job

    strategy.check_batch_size(settings.batch_size, replicas.num_replicas_in_sync)
    records = record_files.open_records(settings.data_dir)
    held_out = record_files.held_out(settings.data_dir, records, settings.eval_every)
    settings = settings.settled(records)
    size = settings.height_and_width
    mirrors = augment.mirrors_of(records.label_set) if settings.mirror else None
    stage = stages.Stage(pathlib.Path(settings.run_dir) / STAGE)
    networks = {**settings.networks(), "label_count": records.label_set.count}
    return Job(
        settings,
        stage,
        replicas,
        records=records,
        said=watching.said(records),
        images=settings.batch_size,
        shown=("loss", "accuracy"),
        start=partial(stages.from_nothing_else, stage, networks, settings.steps),
        build=partial(build_trainer, settings, records, replicas),
        dataset=partial(
            dataset.batches,
            records,
            augment.Boxes(size, settings.crop, mirrors),
            settings.batch_size,
            seed=settings.seed,
        ),
        sheet=partial(watching.Sheet, held_out, size, settings.sample_rows),
        evaluation=lambda trainer: label_watch.LabelWatch(
            held_out, settings.eval_images, trainer.labels
        ),
        table=partial(watching.table, records),
    )


def build_trainer(
    settings: config.Config, records: Records, replicas: tf.distribute.Strategy
) -> SegmenterTrainer:
    """Network and optimiser, with random weights."""
    from tensorflow import keras

    from siblings.segmenter import losses
    from siblings.segmenter.networks import UNet
    from siblings.segmenter.trainer import Plan, SegmenterTrainer
    from training import schedule

    keras.utils.set_random_seed(settings.seed)
    classes = records.label_set.count
    with replicas.scope():
        network = UNet(classes, dtype=settings.precision, **settings.networks())
    plan = Plan(
        batch_size=settings.batch_size,
        size=settings.height_and_width,
        learning_rate=lambda step: (
            settings.lr * schedule.rate_factor(step, settings.steps, decay=settings.decay_steps)
        ),
        weights=losses.class_weights(records.pixels, classes, settings.rarity),
        jitter=settings.jitter,
        seed=settings.seed,
        loss_scaling=settings.precision == "mixed_float16",
        xla=settings.xla,
    )
    return SegmenterTrainer(replicas, network, plan)


if __name__ == "__main__":
    command_line.run(main)
