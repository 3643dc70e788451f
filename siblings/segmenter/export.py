"""A trained segmenter → a SavedModel that needs nothing of this project.

python -m siblings.segmenter.export --run_dir runs/parser --out exports/parser/1
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

from input_pipeline.faces import framing
from input_pipeline.label_maps import label_sets
from interface import command_line
from serving import exporting
from serving.about import About
from serving.exporting import Made
from siblings.segmenter.config import MULTIPLE_OF
from siblings.segmenter.train import STAGE


@dataclasses.dataclass(frozen=True)
class Options(exporting.Options):
    """Exports a segmenter as a SavedModel."""


def main(argv: list[str]) -> None:
    """Export as the flags say; `--help` lists them."""
    exporting.run(command_line.read(Options, argv), made)


def made(options: Options) -> Made:
    """The SavedModel's parts. Raises UserError: the run has no such checkpoint."""
    network, metadata = restore(options.run_dir, options.best)
    module = build_module(network)
    return Made(module, {"serving_default": module.label}, metadata)


def build_module(network: Any) -> Any:
    """A tf.Module with one signature: photo uint8 [N, H, W, 3] → {"labels": uint8 [N, H, W]}.

    Height and width are free, multiples of 16.
    """
    import tensorflow as tf

    from siblings.segmenter import networks

    photos = tf.TensorSpec([None, None, None, 3], tf.uint8, name="photo")

    @tf.function(input_signature=[photos])
    def label(photo: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"labels": networks.labelled(network, photo)}

    module = tf.Module()
    module.weights = network.variables  # the weights alone: no Keras class needs to be saved
    module.label = label
    return module


def restore(run_dir: str, best: bool = False) -> tuple[Any, dict[str, Any]]:
    """The network of a run's newest checkpoint (or best), and its metadata.

    Raises:
      UserError: there is none.
    """
    import tensorflow as tf

    from siblings.segmenter.networks import UNet
    from training.run.stages import Stage, trained

    stage = Stage(pathlib.Path(run_dir) / STAGE)
    checkpoints, step = trained(stage, best)
    settings = stage.settings("features", "size", "classes")
    classes = label_sets.parsed(settings["classes"], f"{stage.config}: classes")
    network = UNet(classes.count, settings["features"])
    network(tf.zeros([1, MULTIPLE_OF, MULTIPLE_OF, 3]))
    checkpoints.restore(tf.train.Checkpoint(network=network), step)
    about = About(
        system="segmenter",
        asks="photo",
        gives="labels",
        multiple_of=MULTIPLE_OF,
        classes=classes,
        style="none",
        trained_steps=step,
    )
    said = {"trained_size": settings["size"], **framing.kept(settings)}
    return network, {**about.metadata(), **said}


if __name__ == "__main__":
    command_line.run(main)
