"""Flowers with a location, ours: a compiled step, and pictures as the export paints them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.flowers import USUAL, Size
from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.record_files import Records
from siblings.flowers import export, networks, train
from siblings.flowers.config import Config
from siblings.flowers.networks import CANVAS


def forward() -> None:
    """A batch through both networks as wide as usual, all zeros."""
    mask = tf.zeros([USUAL.batch, CANVAS, CANVAS, 1])
    latent = tf.zeros([USUAL.batch, *networks.latent_shape(CANVAS, CANVAS)])
    masks = networks.masks_at(mask, networks.GENERATOR_SCALES)
    picture = networks.Generator(USUAL.generator)(latent, masks)
    masks = networks.masks_at(mask, networks.DISCRIMINATOR_SCALES)
    networks.Discriminator(USUAL.discriminator)(picture, masks)


def kinds(
    size: Size, precision: str = "float32", xla: bool = False
) -> dict[str, Callable[[], Any]]:
    """What is timed: "step" trains on a batch in memory, with all tricks; "picture" paints one."""
    settings = Config(
        class_name=("1",),
        generator_width=size.generator,
        discriminator_width=size.discriminator,
        batch_size=size.batch,
        precision=precision,
        xla=xla,
    )
    records = Records((), np.zeros([size.batch, 3], np.int64), label_sets.numbered(2))
    trainer = train.build_trainer(settings, records, tf.distribute.MirroredStrategy(["/CPU:0"]))
    rng, canvas = np.random.default_rng(0), [size.batch, CANVAS, CANVAS]
    label = tf.constant(rng.integers(0, 2, canvas), tf.uint8)
    photo = tf.constant(rng.uniform(-1, 1, [*canvas, 3]), tf.float32)
    paint, seed = export.build_module(trainer.generator, use_mask=True).sample, tf.constant([1])
    return {
        "step": lambda: trainer.train_step({"image": photo, "label": label})[
            "generator_loss"
        ].numpy(),
        "picture": lambda: paint(label[:1], tf.cast(seed, tf.int64))["image"].numpy(),
    }
