"""A trained generator → a SavedModel that needs nothing of this project.

python -m siblings.flowers.export --run_dir runs/flowers --out exports/flowers/1
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Any

from input_pipeline.faces import framing
from input_pipeline.label_maps.label_sets import Label, LabelSet
from interface import command_line
from serving import exporting
from serving.about import About
from serving.exporting import Made
from siblings.flowers.train import STAGE

if TYPE_CHECKING:
    from siblings.flowers.networks import Generator

ELSEWHERE = Label("elsewhere", (0, 0, 0), 0)


@dataclasses.dataclass(frozen=True)
class Options(exporting.Options):
    """Exports a generator as a SavedModel."""


def main(argv: list[str]) -> None:
    """Export as the flags say; `--help` lists them."""
    exporting.run(command_line.read(Options, argv), made)


def made(options: Options) -> Made:
    """The SavedModel's parts. Raises UserError: the run has no such checkpoint."""
    generator, metadata = restore(options.run_dir, options.best)
    module = build_module(generator, metadata["use_mask"])
    return Made(module, {"serving_default": module.paint, "sample": module.sample}, metadata)


def build_module(generator: Generator, use_mask: bool) -> Any:
    """A tf.Module with two signatures.

    paint: labels uint8 [N, H, W], latent float32 [N, H / 32, W / 32, 32] → image uint8
      [N, H, W, 3].
    sample: labels, seed int64 [N] → image; row i follows from labels[i] and seed[i] alone.

    Labels are 1 where something is to be, 0 elsewhere; height and width are free, multiples of 64.
    """
    import tensorflow as tf

    from siblings.flowers import networks

    labels = tf.TensorSpec([None, None, None], tf.uint8, name="labels")
    latents = tf.TensorSpec([None, None, None, networks.LATENT[2]], tf.float32, name="latent")

    def painted(labels: tf.Tensor, latent: tf.Tensor) -> dict[str, tf.Tensor]:
        mask = networks.mask_of(tf.equal(labels, 1))
        masks = networks.masks_at(mask, networks.GENERATOR_SCALES) if use_mask else []
        return exporting.image(generator(latent, masks))

    @tf.function(input_signature=[labels, latents])
    def paint(labels: tf.Tensor, latent: tf.Tensor) -> dict[str, tf.Tensor]:
        return painted(labels, latent)

    @tf.function(input_signature=[labels, tf.TensorSpec([None], tf.int64, name="seed")])
    def sample(labels: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        shape = networks.latent_shape(tf.shape(labels)[1], tf.shape(labels)[2])

        def latent_of(seed: tf.Tensor) -> tf.Tensor:
            return tf.random.stateless_normal(shape, tf.stack([seed, tf.zeros_like(seed)]))

        return painted(labels, tf.map_fn(latent_of, seed, fn_output_signature=tf.float32))

    module = tf.Module()
    module.weights = generator.variables  # the weights alone: no Keras class needs to be saved
    module.paint, module.sample = paint, sample
    return module


def restore(run_dir: str, best: bool = False) -> tuple[Generator, dict[str, Any]]:
    """The generator of a run's newest checkpoint (or best), and its metadata.

    Raises:
      UserError: there is none.
    """
    import tensorflow as tf

    from siblings.flowers import networks
    from training.run.stages import Stage, trained

    stage = Stage(pathlib.Path(run_dir) / STAGE)
    checkpoints, step = trained(stage, best)
    settings = stage.settings("generator_width", "use_mask", "places", "colour")
    generator = networks.Generator(settings["generator_width"])
    mask = tf.zeros([1, networks.CANVAS, networks.CANVAS, 1])
    masks = networks.masks_at(mask, networks.GENERATOR_SCALES) if settings["use_mask"] else []
    generator(tf.zeros([1, *networks.LATENT]), masks)
    checkpoints.restore(tf.train.Checkpoint(generator=generator), step)
    place = Label(" + ".join(settings["places"]), tuple(settings["colour"]), 1)
    about = About(
        system="flowers",
        asks="labels",
        multiple_of=networks.CANVAS,
        classes=LabelSet((ELSEWHERE, place)),
        trained_steps=step,
    )
    said = {key: settings[key] for key in ("places", "use_mask", "generator_width")}
    return generator, {**about.metadata(), **said, **framing.kept(settings)}


if __name__ == "__main__":
    command_line.run(main)
