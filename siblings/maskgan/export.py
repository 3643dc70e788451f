"""A trained painter → a SavedModel that needs nothing of this project.

python -m siblings.maskgan.export --run_dir runs/faces --out exports/faces/1
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from input_pipeline.faces import framing
from interface import command_line
from interface.command_line import setting
from serving import exporting
from serving.about import About
from serving.exporting import Made

if TYPE_CHECKING:
    from siblings.maskgan.restoring import Restored


@dataclasses.dataclass(frozen=True)
class Options(exporting.Options):
    """Exports a painter as a SavedModel; one of phase 3 with MaskVAE and the blender."""

    phase: int = setting("of the run", 0, at_least=1, at_most=3, otherwise="the last there is")


def main(argv: list[str]) -> None:
    """Export as the flags say; `--help` lists them."""
    exporting.run(command_line.read(Options, argv), made)


def made(options: Options) -> Made:
    """The SavedModel's parts. Raises UserError: the run has no such checkpoint."""
    from siblings.maskgan import restoring

    restored = restoring.restore(options.run_dir, options.best, options.phase)
    module = build_module(restored)
    signatures = {"serving_default": module.paint}
    if restored.editing:
        signatures |= {"interpolate": module.interpolate, "blend": module.blend}
    return Made(module, signatures, metadata(restored))


def metadata(restored: Restored) -> dict[str, Any]:
    """What the SavedModel says it is."""
    about = About(
        system="maskgan",
        asks="labels",
        multiple_of=restored.painter.multiple_of,
        classes=restored.classes,
        style="reference",
        trained_steps=restored.step,
    )
    kept = restored.settings
    said = {"stage": restored.stage.name, "trained_size": kept["trained_size"]}
    return {**about.metadata(), **said, **framing.kept(kept)}


def build_module(restored: Restored) -> Any:
    """A tf.Module with these signatures, the last two where there are such networks.

    paint: labels uint8 [N, H, W], style_image uint8 [N, h, w, 3], style_labels uint8 [N, h, w] →
      image uint8 [N, H, W, 3]: the label maps in the styles of photos, whose own label maps are
      style_labels.
    interpolate: labels, other uint8 [N, S, S], weight float32 [N] → labels uint8 [N, S, S]: what
      lies so far on the way to the other, by MaskVAE. S is the size that was trained on.
    blend: image, other uint8 [N, H, W, 3] → image: the two, blended as the blender finds best.

    Height and width are free, multiples of `multiple_of`; h and w are 32 at least.
    """
    import tensorflow as tf

    from siblings.maskgan.painting import Tools

    tools, module = Tools(restored), tf.Module()
    # The weights alone: no Keras class needs to be saved.
    module.weights = [*tools.variables]

    def ids(name: str, side: Any = None) -> tf.TensorSpec:
        return tf.TensorSpec([None, side, side], tf.uint8, name=name)

    def photo(name: str) -> tf.TensorSpec:
        return tf.TensorSpec([None, None, None, 3], tf.uint8, name=name)

    def traced(function: Any, *signature: Any) -> Any:
        return tf.function(function, input_signature=signature, autograph=False)

    module.paint = traced(tools.paint, ids("labels"), photo("style_image"), ids("style_labels"))
    if restored.editing:
        side, _ = restored.settings["trained_size"]
        weight = tf.TensorSpec([None], tf.float32, name="weight")
        module.interpolate = traced(
            tools.interpolate, ids("labels", side), ids("other", side), weight
        )
        module.blend = traced(tools.blend, photo("image"), photo("other"))
    return module


if __name__ == "__main__":
    command_line.run(main)
