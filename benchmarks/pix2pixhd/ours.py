"""pix2pixHD, ours: a compiled step of phase 1, and pictures as the export paints them."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.pix2pixhd import Size
from input_pipeline.label_maps import label_sets
from siblings.pix2pixhd import export, phases, train
from siblings.pix2pixhd.config import Config
from siblings.pix2pixhd.restoring import Restored
from training.run.stages import Stage


def kinds(
    size: Size, precision: str = "float32", xla: bool = False
) -> dict[str, Callable[[], Any]]:
    """What is timed: "step" trains on a picture in memory, without VGG; "picture" paints one."""
    settings = Config(
        phase=1,
        enhancers=0,
        steps=1000,
        width=size.generator,
        discriminator_width=size.discriminators,
        precision=precision,
        xla=xla,
    )
    part, seen = phases.parts(settings)[0], (size.height, size.width)
    replicas = tf.distribute.MirroredStrategy(["/CPU:0"])
    trainer = train.build_trainer(settings, part, size.classes, seen, replicas)
    rng = np.random.default_rng(0)
    ids = rng.integers(0, size.classes, [1, size.height // 16, size.width // 16])
    label = tf.constant(ids.repeat(16, 1).repeat(16, 2), tf.uint8)
    photo = tf.constant(rng.uniform(-1, 1, [*label.shape, 3]), tf.float32)
    instance = tf.cast(label, tf.int32)
    batch = {"image": photo, "label": label, "instance": instance}
    classes = label_sets.numbered(size.classes)
    stage = Stage(pathlib.Path(part.name))
    restored = Restored(stage, 0, dataclasses.asdict(settings), classes, trainer.generator, None)
    paint = export.build_module(restored, None).paint
    return {
        "step": lambda: trainer.train_step(batch)["generator_loss"].numpy(),
        "picture": lambda: paint(label, instance)["image"].numpy(),
    }
