"""A stage of a run → its networks as they were trained, to encode with and to export."""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
from typing import Any, Optional

import numpy as np
import tensorflow as tf

from input_pipeline.label_maps import augment, label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.label_maps.record_files import Records
from input_pipeline.label_maps.resizing import Resizing
from interface.command_line import UserError
from siblings.pix2pixhd import networks
from siblings.pix2pixhd.phases import GLOBAL, STYLED, WHOLE
from training.run.stages import Stage, trained

NEWEST_FIRST = {3: STYLED, 2: WHOLE, 1: GLOBAL}


@dataclasses.dataclass(frozen=True)
class Restored:
    """A generator, perhaps with its encoder, and what is to be known of them.

    Attributes:
      stage, step: of the checkpoint; settings: of the stage, as config.json has them.
      classes: of label maps.
    """

    stage: Stage
    step: int
    settings: dict[str, Any]
    classes: LabelSet
    generator: networks.Generator
    encoder: Optional[networks.Encoder]

    @property
    def features(self) -> str:
        """What a style is of, "instance" or "label"; nothing without an encoder."""
        return self.settings["features"] if self.encoder else ""

    @property
    def instances(self) -> bool:
        """Whether maps of instances are needed."""
        return self.settings["instances"] or self.features == "instance"

    @property
    def digest(self) -> str:
        """Of the encoder's weights: tells it from any other."""
        summed = hashlib.sha256()
        for weight in self.encoder.variables if self.encoder else ():
            summed.update(weight.numpy().tobytes())
        return summed.hexdigest()[:16]

    def view(self) -> augment.View:
        """What is seen of a record, at the size that was trained on: of crops the middle one."""
        scale = Resizing(self.settings["resize"], self.settings["load_size"])
        size = (self.settings["trained_size"][0], self.settings["trained_size"][1])
        return augment.Resized(size, scale) if scale.crops else augment.Boxes(size)

    def encoded(self, image: np.ndarray, regions: np.ndarray) -> np.ndarray:
        """Photos [N, H, W, 3] in [-1, 1], ids [N, H, W] → float32 means [N, H, W, C]."""
        assert self.encoder is not None
        features = self.encoder(tf.constant(image))
        return networks.means_of_regions(features, networks.numbered(regions)).numpy()


def restore(run_dir: str, best: bool = False, phase: int = 0) -> Restored:
    """The networks of a run's newest checkpoint (or best).

    Args:
      phase: whose; 0 = the last one that there is.

    Raises:
      UserError: there is none.
    """
    names = [NEWEST_FIRST[phase]] if phase else [*NEWEST_FIRST.values()]
    each = [Stage(pathlib.Path(run_dir) / name) for name in names]
    there = [stage for stage in each if stage.checkpoints().latest() is not None]
    stage = there[0] if there else each[-1]
    checkpoints, step = trained(stage, best)
    kept = stage.settings("networks", "stage_enhancers", "classes", "trained_size")
    classes = label_sets.parsed(kept["classes"], f"{stage.config}: classes", least=0)
    generator, encoder = _built(kept, classes.count)
    read = {"generator": generator, **({"encoder": encoder} if encoder else {})}
    checkpoints.restore_matching(tf.train.Checkpoint(**read), step)
    return Restored(stage, step, kept, classes, generator, encoder)


def _built(
    kept: dict[str, Any], classes: int
) -> tuple[networks.Generator, Optional[networks.Encoder]]:
    """With weights, in float32 whatever they were trained in."""
    around, norm = kept["stage_enhancers"], kept["norm"]
    generator = networks.Generator(
        kept["width"] // 2**around,
        around,
        kept["downs"],
        kept["blocks"],
        kept["enhancer_blocks"],
        norm,
    )
    encoder = None
    if "features" in kept["networks"]:
        shape = kept["feature_channels"], kept["encoder_width"], kept["encoder_downs"]
        encoder = networks.Encoder(*shape, norm)
    channels = networks.channels(classes, kept["instances"])
    side = 2 * max(generator.multiple_of, encoder.multiple_of if encoder else 1)
    if encoder:
        encoder(tf.zeros([1, side, side, networks.PICTURE]))
        channels += encoder.features
    generator(tf.zeros([1, side, side, channels]))
    return generator, encoder


def check_records(restored: Restored, records: Records, data_dir: str) -> None:
    """Refuse records of other classes, or without instances where these are needed.

    Raises:
      UserError: naming what was found.
    """
    if records.label_set.names != restored.classes.names:
        raise UserError(
            f"--data_dir {data_dir}: {records.label_set.count} classes, not the "
            f"{restored.classes.count} that {restored.stage} was trained on; give its records"
        )
    if restored.features == "instance" and not records.instances:
        raise UserError(
            f"--data_dir {data_dir}: its records have no maps of instances, whose styles "
            f"{restored.stage} knows; give the records that it was trained on"
        )
