"""Runs of MaskGAN as training leaves them, of networks with random weights."""

import dataclasses
import json

import tensorflow as tf

from input_pipeline.label_maps import record_files
from siblings.maskgan import starts, train, watching
from siblings.maskgan.config import Config
from tests.serving.label_models import CLASSES

SIDE, STEP = 32, 7
TINY = {
    "width": 4,
    "downs": 2,
    "blocks": 1,
    "style_width": 2,
    "vae_width": 2,
    "latent": 5,
    "blender_width": 2,
    "blender_downs": 1,
    "blender_blocks": 1,
    "discriminator_width": 2,
    "discriminator_layers": 1,
    "vgg": "none",
    "steps": STEP,
    "batch_size": 2,
}


def write_run(folder, phase=3, best=False, **changes):
    """A phase's config.json, and a checkpoint of random weights at STEP.

    Returns:
      The trainer whose weights they are.
    """
    settings = Config(**{**TINY, "phase": phase, "run_dir": str(folder), **changes}).settled(1)
    size, alone = (SIDE, SIDE), tf.distribute.get_strategy()
    trainer = train.build_trainer(settings, CLASSES.count, size, alone)
    records = record_files.of_classes(CLASSES)
    stage = starts.stage(settings)
    (stage.best() if best else stage.checkpoints()).save(trainer.checkpoint, STEP)
    said = watching.said(records, size)
    stage.config.write_text(json.dumps({**dataclasses.asdict(settings), **said, "sources": []}))
    return trainer
