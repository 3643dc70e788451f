"""Tiny painters of label maps whose figures are known, and records that they are held against.

Label maps are upright stripes: a quarter of the columns sky, a quarter left bank, half right bank,
which are two instances. Photos show each class in its colour, all of it brighter by a multiple of
16.
"""

import dataclasses
import json

import numpy as np
import tensorflow as tf

from input_pipeline.label_maps import schema
from serving import saved_model
from serving.about import About
from tests.serving import label_models
from tests.serving.label_models import CLASSES, FREE, PALETTE

SIZE = HEIGHT, WIDTH = 16, 32
COUNT = 9
COLUMNS = np.stack([np.roll(np.arange(4).repeat(8), 4 * number) for number in range(COUNT)])
LABELS = np.minimum(COLUMNS, 2).astype(np.uint8)[:, None].repeat(HEIGHT, 1)
INSTANCES = (COLUMNS + 1).astype(np.int32)[:, None].repeat(HEIGHT, 1)
BRIGHTER = (np.arange(COUNT) * 5 % 8 * 16).astype(np.uint8)
PHOTOS = PALETTE[LABELS] + BRIGHTER[:, None, None, None]
LEARNT = {"trained_size": [*SIZE]}


def write_records(folder, split="validation", instances=True, classes=CLASSES):
    folder.mkdir(exist_ok=True)
    name = f"{schema.file_stem(split)}-00000-of-00001.tfrecords"
    with tf.io.TFRecordWriter(str(folder / name)) as writer:
        for number, (photo, label, instance) in enumerate(zip(PHOTOS, LABELS, INSTANCES)):
            given = instance if instances else None
            writer.write(schema.encode(photo, label, given, f"{number}.png"))
    summary = {"label_count": 3, "label_set": classes.to_json(), "counts": {split: COUNT}}
    (folder / "dataset.json").write_text(json.dumps(summary))
    return folder


def write_plain(folder, about=FREE, more=LEARNT):
    """Each class in its colour."""
    paint = lambda palette, labels: tf.gather(palette, tf.cast(labels, tf.int32))  # noqa: E731
    return label_models.write(folder, about, paint, more, labels=([None, None], tf.uint8))


def write_blind(folder):
    """All in the colour of the sky, whatever the map."""
    paint = lambda palette, labels: tf.gather(palette, tf.cast(0 * labels, tf.int32))  # noqa: E731
    return label_models.write(folder, FREE, paint, LEARNT, labels=([None, None], tf.uint8))


def write_segmenter(folder):
    """The class whose colour is nearest."""
    return label_models.write_segmenter(folder, **LEARNT)


def write_styled(folder, of="instance", **more):
    """With styles of instances or classes, which are mean colours.

    Its pictures are half of each pixel's style and a quarter of the mean style of all; of a seed,
    each class in its colour, brighter by the seed.
    """
    module, has = tf.Module(), of == "instance"
    module.palette = tf.Variable(PALETTE, dtype=tf.float32)
    maps = [tf.TensorSpec([None, None, None], tf.uint8, "labels")]
    ids = tf.TensorSpec([None, None, None], tf.int32, "instances")
    maps += [ids] * has
    pixels = [None, None, None, 3]

    @tf.function(input_signature=[*maps, tf.TensorSpec(pixels, tf.float32, "features")])
    def paint(labels, *given):
        features = given[-1]
        shown = features / 2 + tf.reduce_mean(features, [1, 2], keepdims=True) / 4
        shown += 0 * tf.gather(module.palette, tf.cast(labels, tf.int32))
        return {"image": tf.cast(shown, tf.uint8)}

    @tf.function(input_signature=[*maps, tf.TensorSpec([None], tf.int64, "seed")])
    def sample(labels, *given):
        shown = tf.gather(module.palette, tf.cast(labels, tf.int32))
        shown += tf.cast(given[-1], tf.float32)[:, None, None, None]
        return {"image": tf.cast(shown, tf.uint8)}

    def mean(one):
        image, ids = tf.reshape(one[0], [-1, 3]), one[1]
        means = tf.math.unsorted_segment_mean(image, tf.reshape(ids, [-1]), 256)
        return tf.gather(means, ids)

    @tf.function(input_signature=[tf.TensorSpec(pixels, tf.uint8, "image"), ids])
    def encode(image, instances):
        given = tf.cast(image, tf.float32), instances
        return {"features": tf.map_fn(mean, given, fn_output_signature=tf.float32)}

    about = About(
        "rivers", "labels", multiple_of=4, classes=CLASSES, instances=has, style="clusters"
    )
    about = dataclasses.replace(about, **more)
    functions = {"serving_default": paint, "sample": sample, "encode": encode}
    saved_model.save(folder, module, functions, {**about.metadata(), **LEARNT, "features": of}, {})
    return folder
