"""MaskGAN, ours: a compiled step of phase 2, and pictures as the export paints them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.maskgan import Size
from input_pipeline.label_maps import label_sets
from siblings.maskgan import export, starts, train
from siblings.maskgan.config import Config
from siblings.maskgan.restoring import Restored
from siblings.maskgan.trainer import PainterTrainer


def kinds(
    size: Size, precision: str = "float32", xla: bool = False
) -> dict[str, Callable[[], Any]]:
    """What is timed: "step" trains on a picture in memory, without VGG; "picture" paints one."""
    settings = Config(
        phase=2,
        batch_size=1,
        steps=1000,
        width=size.painter,
        downs=size.downs,
        discriminator_width=size.discriminators,
        precision=precision,
        xla=xla,
    ).settled(1)
    replicas = tf.distribute.MirroredStrategy(["/CPU:0"])
    trainer = train.build_trainer(settings, size.classes, (size.side, size.side), replicas)
    assert isinstance(trainer, PainterTrainer)
    rng = np.random.default_rng(0)
    ids = rng.integers(0, size.classes, [1, size.side // 16, size.side // 16])
    label = tf.constant(ids.repeat(16, 1).repeat(16, 2), tf.uint8)
    photo = tf.constant(rng.uniform(-1, 1, [*label.shape, 3]), tf.float32)
    batch = {"image": photo, "label": label}
    image = tf.cast((photo + 1) * 127.5, tf.uint8)
    known = dataclasses.asdict(settings)
    classes, stage = label_sets.numbered(size.classes), starts.stage(settings)
    paint = export.build_module(Restored(stage, 0, known, classes, trainer.painter, None)).paint
    return {
        "step": lambda: trainer.train_step(batch)["generator_loss"].numpy(),
        "picture": lambda: paint(label, image, label)["image"].numpy(),
    }
