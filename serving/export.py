"""A trained generator → a SavedModel that needs nothing of this project.

python -m serving.export --run_dir runs --phase 3 --out exports/faces/1
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

from input_pipeline import RESOLUTIONS
from input_pipeline.faces import framing, shape
from interface import command_line
from interface.command_line import setting
from serving import exporting
from serving.about import About
from serving.exporting import Made


@dataclasses.dataclass(frozen=True)
class Options(exporting.Options):
    """Exports the moving average of a phase's generator as a SavedModel."""

    phase: int = setting(
        "1 to 8; its stable stage, or its fade stage if that is all there is", at_least=1, at_most=8
    )


def main(argv: list[str]) -> None:
    """Export as the flags say; `--help` lists them."""
    exporting.run(command_line.read(Options, argv), made)


def made(options: Options) -> Made:
    """The SavedModel's parts. Raises UserError: the run has no checkpoint of this phase."""
    generator, alpha, metadata = restore(options.run_dir, options.phase, options.best)
    module, shapes = build_module(generator, alpha), pathlib.Path(options.run_dir) / shape.FILE
    signatures = {"serving_default": module.generate, "sample": module.sample}
    return Made(module, signatures, metadata, {"shapes": shapes} if shapes.is_file() else {})


def build_module(generator: Any, alpha: float) -> Any:
    """A tf.Module with the generator's two signatures.

    generate: mask float32 [N, H, H, 1] in {0, 1}, latent float32 [N, L] → image uint8
      [N, H, H, 3].
    sample: mask, seed int64 [N] → image; row i follows from mask[i] and seed[i] alone.

    Args:
      generator: built, float32.
      alpha: the fade-in's weight that it was trained to, 1 for a stable stage.
    """
    import tensorflow as tf

    side, width = generator.resolution, generator.latent_size
    masks = tf.TensorSpec([None, side, side, 1], tf.float32, name="mask")

    def paint(mask: tf.Tensor, latent: tf.Tensor) -> dict[str, tf.Tensor]:
        return exporting.image(generator(mask, latent, alpha))

    def latent_of(seed: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_normal([width], tf.stack([seed, tf.zeros_like(seed)]))

    @tf.function(input_signature=[masks, tf.TensorSpec([None, width], tf.float32, name="latent")])
    def generate(mask: tf.Tensor, latent: tf.Tensor) -> dict[str, tf.Tensor]:
        return paint(mask, latent)

    @tf.function(input_signature=[masks, tf.TensorSpec([None], tf.int64, name="seed")])
    def sample(mask: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        return paint(mask, tf.map_fn(latent_of, seed, fn_output_signature=tf.float32))

    module = tf.Module()
    module.weights = generator.variables  # the weights alone: no Keras class needs to be saved
    module.generate, module.sample = generate, sample
    return module


def restore(run_dir: str, phase: int, best: bool = False) -> tuple[Any, float, dict[str, Any]]:
    """The averaged generator of a phase's newest checkpoint (or best), its alpha, its metadata.

    Raises:
      UserError: there is no such checkpoint.
    """
    import tensorflow as tf

    from networks.generator import Generator
    from training import growth, network_settings
    from training.schedule import fade_alpha, fade_steps

    stage, checkpoints, step, settings = growth.trained_stage(run_dir, phase, best)
    fading, side = settings["smooth"], RESOLUTIONS[phase - 1]
    shape = {name: settings[name] for name in network_settings.NAMES}
    generator = Generator(side, fading=fading, **shape)
    generator(tf.zeros([1, side, side, 1]), tf.zeros([1, generator.latent_size]))
    checkpoints.restore(tf.train.Checkpoint(averaged=generator), step)
    alpha = float(fade_alpha(step, fade_steps(settings["steps"]))) if fading else 1.0
    metadata = {
        **About(size=(side, side), trained_steps=step).metadata(),
        "resolution": side,
        "latent_size": generator.latent_size,
        "stage": stage.name,
        "alpha": alpha,
        "records_side": settings.get("size", side),
        framing.FIELD: framing.read(settings, stage.config).value,
        **shape,
    }
    return generator, alpha, metadata


if __name__ == "__main__":
    command_line.run(main)
