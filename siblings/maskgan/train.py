"""Train MaskGAN, a phase at a time; the same flags for each.

python -m siblings.maskgan.train --phase 1 --data_dir faces --run_dir runs/faces
python -m siblings.maskgan.train --phase 2 --data_dir faces --run_dir runs/faces
python -m siblings.maskgan.train --phase 3 --data_dir faces --run_dir runs/faces
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Union

from input_pipeline.label_maps import record_files
from interface import command_line
from siblings.maskgan import config, phases
from training.run import program

if TYPE_CHECKING:
    import tensorflow as tf

    from siblings.maskgan.mask_trainer import MaskTrainer
    from siblings.maskgan.mask_vae import MaskVAE
    from siblings.maskgan.trainer import Editing, PainterTrainer
    from training.run.job import Job

    Trained = Union[MaskTrainer, PainterTrainer]


def main(argv: list[str]) -> None:
    """flags → config → devices → a job, which is run and may be interrupted."""
    program.train(config.from_flags(argv), job_of)


def job_of(settings: config.Config, replicas: tf.distribute.Strategy) -> Job[Trained]:
    """config → records → the stage: where it starts, its trainer, its data, what is seen of it."""
    from input_pipeline.label_maps import augment, dataset
    from siblings.maskgan import starts, watching
    from training.run import strategy
    from training.run.job import Job

    strategy.check_batch_size(settings.batch_size, replicas.num_replicas_in_sync)
    records = record_files.open_records(settings.data_dir)
    held_out = record_files.held_out(settings.data_dir, records, settings.eval_every)
    phases.check_mirrors(settings, records.label_set)
    size, classes = phases.size(settings, records), records.label_set
    settings = settings.settled(records.count)
    watched = watching.of(settings, held_out, size)
    perceive = _perceiving(settings, replicas) if settings.phase > 1 else None
    mirrors = augment.mirrors_of(classes) if settings.mirror else None
    return Job(
        settings,
        starts.stage(settings),
        replicas,
        records=records,
        said=watching.said(records, size),
        images=settings.batch_size,
        shown=watched.scalars,
        start=partial(starts.start, settings, classes, size[0]),
        build=partial(build_trainer, settings, classes.count, size, replicas, perceive),
        dataset=partial(
            dataset.batches,
            records,
            augment.Boxes(size, mirrors=mirrors),
            settings.batch_size,
            seed=settings.seed,
        ),
        sheet=watched.sheet,
        evaluation=watched.evaluation,
        table=partial(watching.table, settings, records, size),
    )


def _perceiving(settings: config.Config, replicas: tf.distribute.Strategy) -> Any:
    """Fixed features of pictures. Raises UserError where they can't be loaded."""
    from networks.image_to_image.vgg import Vgg19
    from training import perceptual

    with replicas.scope():
        return perceptual.load(settings.perceived, partial(Vgg19, dtype=settings.precision))


def build_trainer(
    settings: config.Config,
    classes: int,
    size: tuple[int, int],
    replicas: tf.distribute.Strategy,
    perceive: Any = None,
) -> Trained:
    """The phase's networks and optimisers, with random weights.

    Args:
      settings: settled; classes: of the records; size: height and width of these.
      perceive: fixed features of pictures; None = nothing is compared by them.
    """
    from tensorflow import keras

    from siblings.maskgan import mask_trainer, trainer
    from training import schedule
    from training.judging import Judge

    keras.utils.set_random_seed(settings.seed)

    def rate(step: tf.Tensor) -> tf.Tensor:
        return settings.lr * schedule.rate_factor(step, settings.steps, decay=settings.falling)

    given: dict[str, Any] = {
        "batch_size": settings.batch_size,
        "learning_rate": rate,
        "loss_scaling": settings.precision == "mixed_float16",
        "xla": settings.xla,
    }
    with replicas.scope():
        if settings.phase == 1:
            vae = new_mask_vae(settings, classes, size[0])
            plan = mask_trainer.Plan(seed=settings.seed, kl_weight=settings.kl_weight, **given)
            return mask_trainer.MaskTrainer(replicas, vae, plan)
        painter, critics = new_painter(settings, classes)
        editing = new_editing(settings, classes, size[0]) if settings.phase == 3 else None
    weights = settings.feature_weight, settings.perceptual_weight
    judge = Judge(settings.loss, *weights, perceive)
    return trainer.PainterTrainer(
        replicas, painter, critics, trainer.Plan(judge=judge, edit=settings.edit, **given), editing
    )


def new_mask_vae(settings: config.Config, classes: int, side: int) -> MaskVAE:
    """With random weights."""
    import tensorflow as tf

    from siblings.maskgan.mask_vae import MaskVAE

    vae = MaskVAE(classes, side, settings.vae_width, settings.latent, settings.precision)
    vae(tf.zeros([1, side, side, classes]), tf.zeros([1, settings.latent]))
    return vae


def new_painter(settings: config.Config, classes: int) -> Any:
    """The painter and its critics, with random weights."""
    import tensorflow as tf

    from networks.image_to_image.patch_critic import PatchCritics
    from siblings.maskgan.networks import PICTURE, Painter

    painter = Painter(**settings.painter(), dtype=settings.precision)
    shape = settings.discriminators, settings.discriminator_width, settings.discriminator_layers
    critics = PatchCritics(*shape, dtype=settings.precision)
    side = max(phases.LEAST, phases.narrowest(settings.downs))
    label, photo = tf.zeros([1, side, side, classes]), tf.zeros([1, side, side, PICTURE])
    painter(label, photo, label)
    critics(tf.concat([label, photo], axis=3))
    return painter, critics


def new_editing(settings: config.Config, classes: int, side: int) -> Editing:
    """MaskVAE and the blender, with random weights."""
    import tensorflow as tf

    from siblings.maskgan.networks import PICTURE, Blender
    from siblings.maskgan.trainer import Editing

    shape = settings.blender_width, settings.blender_downs, settings.blender_blocks
    blender = Blender(*shape, dtype=settings.precision)
    side_of_blender = phases.narrowest(settings.blender_downs)
    picture = tf.zeros([1, side_of_blender, side_of_blender, PICTURE])
    blender(picture, picture)
    return Editing(new_mask_vae(settings, classes, side), blender)


if __name__ == "__main__":
    command_line.run(main)
