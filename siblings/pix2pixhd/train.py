"""Train pix2pixHD, a phase at a time; the same flags for each.

python -m siblings.pix2pixhd.train --phase 1 --data_dir labels --run_dir runs/streets
python -m siblings.pix2pixhd.train --phase 2 --data_dir labels --run_dir runs/streets
python -m siblings.pix2pixhd.train --phase 3 --data_dir labels --run_dir runs/streets
"""

from __future__ import annotations

import dataclasses
import pathlib
from functools import partial
from typing import TYPE_CHECKING, Any

from input_pipeline.label_maps import record_files
from interface import command_line
from siblings.pix2pixhd import config, phases
from training.run import program

if TYPE_CHECKING:
    import tensorflow as tf

    from siblings.pix2pixhd.networks import Generator
    from siblings.pix2pixhd.trainer import Pix2PixHDTrainer
    from training.run.job import Job

PAINTED = ("critic_loss", "generator_loss")  # beside the progress bar


def main(argv: list[str]) -> None:
    """flags → config → devices → a job for each stage of the phase, which may be interrupted."""
    settings = config.from_flags(argv)
    program.train(settings, *[partial(job_of, part) for part in phases.parts(settings)])


def job_of(
    part: phases.Part, settings: config.Config, replicas: tf.distribute.Strategy
) -> Job[Pix2PixHDTrainer]:
    """config → records → the stage: where it starts, its trainer, its data, what is seen of it."""
    from input_pipeline.label_maps import augment, dataset
    from metrics.evaluation import painted_watch
    from networks.image_to_image.vgg import Vgg19
    from siblings.pix2pixhd import starts, watching
    from training import perceptual
    from training.run import stages, strategy
    from training.run.job import Job

    strategy.check_batch_size(settings.batch_size, replicas.num_replicas_in_sync)
    records = record_files.open_records(settings.data_dir, pictures=True)
    held_out = record_files.held_out(settings.data_dir, records, settings.eval_every)
    for each in (records, held_out):
        phases.check_records(settings, part, each)
    size, instances = phases.size(settings, part, records), part.reads_instances(settings)
    looks = painted_watch.looking(settings.segmenter if settings.eval_every else None, records)
    with replicas.scope():
        perceive = perceptual.load(settings.perceived, partial(Vgg19, dtype=settings.precision))
    settings = dataclasses.replace(settings, steps=part.steps(settings, records.count))
    mirrors = augment.mirrors_of(records.label_set) if settings.mirror else None
    classes = records.label_set.count
    without = partial(build_generator, settings, part, classes)
    view = augment.Resized(size, phases.resizing(settings, part), mirrors)
    shown = partial(watching.shown, settings, part, held_out, size)
    return Job(
        settings,
        stages.Stage(pathlib.Path(settings.run_dir) / part.name),
        replicas,
        records=records,
        said=watching.of_records(records),
        shapes=watching.said(settings, part, records, size),
        images=settings.batch_size,
        shown=PAINTED,
        start=partial(starts.start, settings, part, records.label_set, settings.steps, without),
        build=partial(build_trainer, settings, part, classes, size, replicas, perceive),
        dataset=partial(
            dataset.batches,
            records,
            view,
            settings.batch_size,
            seed=settings.seed,
            instances=instances,
        ),
        sheet=lambda trainer: watching.Sheet(shown(settings.sample_rows), trainer),
        evaluation=lambda trainer: watching.figures(shown(settings.eval_images), looks, trainer),
        table=partial(watching.table, records),
    )


def build_generator(settings: config.Config, part: phases.Part, classes: int) -> Generator:
    """One without features, with random weights."""
    import tensorflow as tf

    from siblings.pix2pixhd import networks

    generator = new_generator(settings, part)
    side = generator.multiple_of * 2
    generator(tf.zeros([1, side, side, networks.channels(classes, settings.instances)]))
    return generator


def new_generator(settings: config.Config, part: phases.Part) -> Generator:
    """One that has no weights yet."""
    from siblings.pix2pixhd.networks import Generator

    return Generator(
        settings.width // 2**part.enhancers,
        part.enhancers,
        settings.downs,
        settings.blocks,
        settings.enhancer_blocks,
        settings.norm,
        settings.dropout,
        settings.precision,
    )


def build_trainer(
    settings: config.Config,
    part: phases.Part,
    classes: int,
    size: tuple[int, int],
    replicas: tf.distribute.Strategy,
    perceive: Any = None,
) -> Pix2PixHDTrainer:
    """Networks and optimisers, with random weights.

    Args:
      part: the stage; classes: of the records; size: height and width of the pictures.
      perceive: fixed features of pictures; None = nothing is compared by them.
    """
    from tensorflow import keras

    from networks.image_to_image.patch_critic import PatchCritics
    from siblings.pix2pixhd.networks import Encoder
    from siblings.pix2pixhd.trainer import Pix2PixHDTrainer, Plan
    from training import schedule
    from training.judging import Judge

    keras.utils.set_random_seed(settings.seed)
    norm, precision, steps = settings.norm, settings.precision, settings.steps
    judged = settings.discriminators, settings.discriminator_width, settings.discriminator_layers
    seen = settings.feature_channels, settings.encoder_width, settings.encoder_downs
    with replicas.scope():
        generator = new_generator(settings, part)
        critics = PatchCritics(*judged, norm, precision)
        encoder = Encoder(*seen, norm, precision) if part.encoded else None
    if settings.recompute:
        generator.recompute()
    weights = settings.feature_weight, settings.perceptual_weight
    plan = Plan(
        batch_size=settings.batch_size,
        size=size,
        classes=classes,
        learning_rate=lambda step: (
            settings.lr * schedule.rate_factor(step, steps, decay=part.falling(steps))
        ),
        seed=settings.seed,
        instances=settings.instances,
        features_of=settings.features,
        judge=Judge(settings.loss, *weights, perceive),
        pool_size=settings.pool_size,
        outermost=part.outermost,
        loss_scaling=settings.precision == "mixed_float16",
        xla=settings.xla,
    )
    return Pix2PixHDTrainer(replicas, generator, critics, plan, encoder)


if __name__ == "__main__":
    command_line.run(main)
