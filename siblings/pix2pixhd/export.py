"""A trained generator → a SavedModel that needs nothing of this project.

python -m siblings.pix2pixhd.export --run_dir runs/streets --out exports/streets/1
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Optional

from input_pipeline.faces import framing
from interface import command_line
from interface.command_line import setting
from serving import exporting, styles
from serving.about import About
from serving.exporting import Made
from serving.styles import Styles

if TYPE_CHECKING:
    from siblings.pix2pixhd.restoring import Restored


@dataclasses.dataclass(frozen=True)
class Options(exporting.Options):
    """Exports a generator as a SavedModel; one of phase 3 with its styles, made by `features`."""

    phase: int = setting("of the run", 0, at_least=1, at_most=3, otherwise="the last there is")


def main(argv: list[str]) -> None:
    """Export as the flags say; `--help` lists them."""
    exporting.run(command_line.read(Options, argv), made)


def made(options: Options) -> Made:
    """The SavedModel's parts. Raises UserError: the run has no such checkpoint, or no styles."""
    from siblings.pix2pixhd import restoring

    restored = restoring.restore(options.run_dir, options.best, options.phase)
    if restored.encoder is None:
        module = build_module(restored, None)
        return Made(module, {"serving_default": module.paint}, metadata(restored))
    path = restored.stage.folder / styles.FILE
    known = styles.of_encoder(path, restored.digest)
    module = build_module(restored, known)
    signatures = {
        "serving_default": module.paint,
        "sample": module.sample,
        "encode": module.encode,
    }
    return Made(module, signatures, metadata(restored), {"styles": path})


def metadata(restored: Restored) -> dict[str, Any]:
    """What the SavedModel says it is."""
    generator, encoder = restored.generator, restored.encoder
    about = About(
        system="pix2pixhd",
        asks="labels",
        multiple_of=max(generator.multiple_of, encoder.multiple_of if encoder else 1),
        classes=restored.classes,
        instances=restored.instances,
        style="clusters" if encoder else "none",
        trained_steps=restored.step,
    )
    kept = restored.settings
    said = {"stage": restored.stage.name, "trained_size": kept["trained_size"]}
    return {
        **about.metadata(),
        **said,
        **({"features": restored.features} if encoder else {}),
        **framing.kept(kept),
    }


def build_module(restored: Restored, known: Optional[Styles]) -> Any:
    """A tf.Module with these signatures, the last two where there are styles.

    paint: labels uint8 [N, H, W] (without classes pictures, [N, H, W, 3]), instances int32
      [N, H, W] if the model asks for them, features float32 [N, H, W, C] if it has styles → image
      uint8 [N, H, W, 3].
    sample: labels, instances likewise, seed int64 [N] → image; each region has one of its class'
      clusters, drawn by (seed, id of the region) alone.
    encode: image uint8 [N, H, W, 3], instances int32 [N, H, W] (where styles are of labels, the ids
      of the label map) → features: those of the photo, a mean over each region.

    Height and width are free, multiples of `multiple_of`.
    """
    import tensorflow as tf

    from siblings.pix2pixhd.painting import Painter

    colours = [] if restored.classes.count else [3]
    ids = {"labels": tf.TensorSpec([None, None, None, *colours], tf.uint8, name="labels")}
    numbers = tf.TensorSpec([None, None, None], tf.int32, name="instances")
    if restored.instances:
        ids["instances"] = numbers
    painter = Painter(restored, known)
    module = tf.Module()
    # The weights alone: no Keras class needs to be saved.
    module.weights = [*restored.generator.variables]
    if known is None:
        module.paint = tf.function(painter.paint, input_signature=[*ids.values()], autograph=False)
        return module
    module.weights += restored.encoder.variables  # type: ignore[union-attr]
    features = tf.TensorSpec([None, None, None, known.channels], tf.float32, name="features")
    photo = tf.TensorSpec([None, None, None, 3], tf.uint8, name="image")
    seed = tf.TensorSpec([None], tf.int64, name="seed")

    def traced(function: Any, *signature: Any) -> Any:
        return tf.function(function, input_signature=signature, autograph=False)

    module.paint = traced(painter.styled, *ids.values(), features)
    module.sample = traced(painter.sample, *ids.values(), seed)
    module.encode = traced(painter.encode, photo, numbers)
    return module


if __name__ == "__main__":
    command_line.run(main)
