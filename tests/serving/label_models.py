"""Tiny SavedModels that paint label maps: each class in its colour."""

import numpy as np
import tensorflow as tf

from input_pipeline.label_maps.label_sets import Label, LabelSet
from serving import saved_model
from serving.about import About

PALETTE = np.array([[10, 20, 30], [110, 20, 30], [10, 120, 30]], np.uint8)
CLASSES = LabelSet(
    (
        Label("sky", (10, 20, 30), 0),
        Label("left bank", (110, 20, 30), 2),
        Label("right bank", (10, 120, 30), 1),
    )
)
FREE = About("rivers", "labels", multiple_of=4, classes=CLASSES, style="none", trained_steps=7)
STYLED = About("rivers", "labels", classes=CLASSES, instances=True)
FIXED = About("rivers", "labels", (8, 12), classes=CLASSES, style="none")


def write(folder, about, paint, **inputs):
    """Save a model that says what it is.

    Args:
      paint: its weights, the palette, and its inputs → uint8 [N, H, W, 3].
      inputs: shape of rows and type by name.
    """
    specs = [tf.TensorSpec([None, *shape], dtype, name) for name, (shape, dtype) in inputs.items()]
    module = tf.Module()
    module.palette = tf.Variable(PALETTE)

    @tf.function(input_signature=specs)
    def generate(*given):
        return {"image": paint(module.palette, *given)}

    saved_model.save(folder, module, {"serving_default": generate}, about.metadata(), {})
    return folder


def write_free(folder, about=FREE):
    """uint8 [N, H, W] of any height and width."""
    paint = lambda palette, labels: tf.gather(palette, tf.cast(labels, tf.int32))  # noqa: E731
    return write(folder, about, paint, labels=([None, None], tf.uint8))


def write_styled(folder):
    """int64 [N, H, W, 1], instances like them, and a seed: they make the picture brighter."""

    def paint(palette, labels, instances, seed):
        more = instances + seed[:, None, None, None]
        return tf.gather(palette, labels[..., 0]) + tf.cast(more, tf.uint8)

    maps = [None, None, 1], tf.int64
    return write(folder, STYLED, paint, labels=maps, instances=maps, seed=([], tf.int64))


def write_fixed(folder):
    """uint8 [N, 8, 12, 1]."""
    paint = lambda palette, labels: tf.gather(palette, tf.cast(labels[..., 0], tf.int32))  # noqa: E731
    return write(folder, FIXED, paint, labels=([8, 12, 1], tf.uint8))
