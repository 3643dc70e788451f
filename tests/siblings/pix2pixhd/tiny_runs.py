"""Runs of pix2pixHD as training leaves them, of networks with random weights; and small records."""

import dataclasses
import json

import numpy as np
import tensorflow as tf

from input_pipeline.label_maps import record_files, schema
from siblings.pix2pixhd import phases, train, watching
from siblings.pix2pixhd.config import Config
from tests.serving.label_models import CLASSES
from training.run.stages import Stage

SIDE, COUNT, STEP = 16, 6, 7
TINY = {
    "width": 4,
    "downs": 1,
    "blocks": 1,
    "enhancers": 0,
    "encoder_width": 2,
    "encoder_downs": 1,
    "discriminator_width": 2,
    "discriminator_layers": 1,
    "vgg": "none",
    "steps": STEP,
    "batch_size": 1,
}


def scene(number, height=SIDE, width=SIDE):
    """Two instances of class 1 and one of class 2 on class 0: label uint8, ids int32 [H, W]."""
    ids = np.zeros([height, width], np.int32)
    ids[2:8, 1 + number % 3 : 7] = 1000
    ids[2:8, 9:15] = 1001
    ids[10:15, 2:13] = 2000 + number
    return (ids // 1000).astype(np.uint8), ids


def write_records(folder, classes=CLASSES, instances=True):
    """Scenes, each region in a colour of its own; without classes such a picture, mirrored."""
    folder.mkdir(exist_ok=True)
    name, rng = f"{schema.file_stem('train')}-00000-of-00001.tfrecords", np.random.default_rng(0)
    with tf.io.TFRecordWriter(str(folder / name)) as writer:
        for number in range(COUNT):
            label, ids = scene(number)
            colours = rng.integers(0, 256, [4, 3]).astype(np.uint8)
            photo = colours[np.unique(ids, return_inverse=True)[1].reshape(ids.shape)]
            label = label if classes.count else photo[:, ::-1]
            writer.write(schema.encode(photo, label, ids if instances else None, f"{number}.png"))
    summary = {
        "label_count": classes.count,
        "label_set": classes.to_json(),
        "counts": {"train": COUNT},
        "sizes": {f"{SIDE}x{SIDE}": COUNT},
    }
    (folder / "dataset.json").write_text(json.dumps(summary))
    return folder


def write_run(folder, data_dir, phase=3, best=False, **changes):
    """A phase's last stage: its config.json, and a checkpoint of random weights at STEP.

    Returns:
      The trainer whose weights they are.
    """
    settings = Config(
        **{**TINY, "phase": phase, "data_dir": str(data_dir), "run_dir": str(folder), **changes}
    )
    part = phases.parts(settings)[-1]
    records = record_files.open_records(str(data_dir), pictures=True)
    size, stage = phases.size(settings, part, records), Stage(folder / part.name)
    alone = tf.distribute.get_strategy()
    trainer = train.build_trainer(settings, part, records.label_set.count, size, alone)
    (stage.best() if best else stage.checkpoints()).save(trainer.checkpoint, STEP)
    said = watching.said(settings, part, records, size)
    stage.config.write_text(json.dumps({**dataclasses.asdict(settings), **said, "sources": []}))
    return trainer


def edges(ids):
    """float64 [N, H, W, 1]: 1 where a neighbour has another id."""
    found = np.zeros(ids.shape, bool)
    found[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    found[:, :-1] |= ids[:, 1:] != ids[:, :-1]
    found[:, :, 1:] |= ids[:, :, 1:] != ids[:, :, :-1]
    found[:, :, :-1] |= ids[:, :, 1:] != ids[:, :, :-1]
    return found[..., None].astype(float)


def means(values, ids):
    """[H, W, C] → each region's mean everywhere in it."""
    told = np.zeros_like(values)
    for number in np.unique(ids):
        told[ids == number] = values[ids == number].mean(axis=0)
    return told
