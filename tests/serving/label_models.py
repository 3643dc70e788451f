"""Tiny SavedModels that paint label maps, each class in its colour, and others that tell them."""

import numpy as np
import tensorflow as tf

from input_pipeline.label_maps import label_sets
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
FIXED = About("rivers", "labels", size=(8, 12), classes=CLASSES, style="none")
TELLING = About("segmenter", "photo", multiple_of=4, classes=CLASSES, style="none", gives="labels")


def write(folder, about, paint, more=(), **inputs):
    """Save a model that says what it is.

    Args:
      paint: its weights, the palette, and its inputs → what it gives.
      more: metadata.
      inputs: shape of rows and type by name.
    """
    specs = [tf.TensorSpec([None, *shape], dtype, name) for name, (shape, dtype) in inputs.items()]
    module = tf.Module()
    module.palette = tf.Variable(PALETTE)

    @tf.function(input_signature=specs)
    def generate(*given):
        return {about.gives: paint(module.palette, *given)}

    metadata = {**about.metadata(), **dict(more)}
    saved_model.save(folder, module, {"serving_default": generate}, metadata, {})
    return folder


def write_free(folder, about=FREE):
    """uint8 [N, H, W] of any height and width."""
    paint = lambda palette, labels: tf.gather(palette, tf.cast(labels, tf.int32))  # noqa: E731
    return write(folder, about, paint, labels=([None, None], tf.uint8))


def write_pictures(folder):
    """Takes pictures in place of label maps, and gives them back."""
    about = About("rivers", "labels", classes=LabelSet(()), style="none")
    paint = lambda palette, labels: labels + 0 * tf.reduce_sum(palette)  # noqa: E731
    return write(folder, about, paint, labels=([None, None, 3], tf.uint8))


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


def write_segmenter(folder, **more):
    """uint8 [N, H, W, 3] of any multiples of 4 → the class whose colour is nearest."""

    def label(palette, photo):
        differences = tf.cast(photo[..., None, :], tf.int32) - tf.cast(palette, tf.int32)
        return tf.cast(tf.argmin(tf.reduce_sum(differences**2, -1), -1), tf.uint8)

    more = {"trained_size": [8, 12], **more}
    return write(folder, TELLING, label, more, photo=([None, None, 3], tf.uint8))


DISC = LabelSet((Label("elsewhere", (0, 0, 0), 0), Label("disc", (230, 60, 120), 1)))
DARK, BRIGHT = 40, 200


def write_discs(folder):
    """uint8 [N, H, W], multiples of 32: bright where they are 1; a seed makes all brighter by so
    much."""
    module = tf.Module()
    module.levels = tf.Variable([DARK, BRIGHT], dtype=tf.int64)
    labels = tf.TensorSpec([None, None, None], tf.uint8, "labels")
    seeds = tf.TensorSpec([None], tf.int64, "seed")

    @tf.function(input_signature=[labels, seeds])
    def sample(labels, seed):
        grey = tf.gather(module.levels, tf.cast(labels, tf.int32)) + seed[:, None, None]
        return {"image": tf.cast(tf.repeat(grey[..., None], 3, axis=-1), tf.uint8)}

    about = About("discs", "labels", multiple_of=32, classes=DISC)
    metadata = {**about.metadata(), "places": ["1"]}
    saved_model.save(folder, module, {"serving_default": sample, "sample": sample}, metadata, {})
    return folder


def write_disc_segmenter(folder):
    """Photos of any size, seen at 32 pixels: what is bright is of class 1."""
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, "photo")])
    def label(photo):
        return {"labels": tf.cast(tf.reduce_mean(tf.cast(photo, tf.float32), -1) > 120, tf.uint8)}

    module.label = label
    classes = label_sets.numbered(2)
    about = About("segmenter", "photo", multiple_of=16, classes=classes, gives="labels")
    metadata = {**about.metadata(), "trained_size": [32, 32]}
    saved_model.save(folder, module, {"serving_default": label}, metadata, {})
    return folder


EDITED = About("editor", "labels", multiple_of=4, classes=CLASSES, style="reference")


def write_edited(folder, learnt=True):
    """Pictures: half of each class' colour, a quarter of the photo's mean, and its label map's sum.

    What is between two label maps of 8 × 12 pixels is the nearer one; a blend is a mean.
    """
    module, ids, photo = tf.Module(), [None, None, None], [None, None, None, 3]
    module.palette = tf.Variable(PALETTE)

    def traced(function, **inputs):
        specs = [tf.TensorSpec(shape, dtype, name) for name, (shape, dtype) in inputs.items()]
        return tf.function(function, input_signature=specs)

    def paint(labels, style_image, style_labels):
        half = tf.gather(module.palette, tf.cast(labels, tf.int32)) // 2
        mean = tf.reduce_mean(tf.cast(style_image, tf.float32), [1, 2], keepdims=True) / 4
        total = tf.reduce_sum(tf.cast(style_labels, tf.int32), [1, 2])[:, None, None, None]
        return {"image": half + tf.cast(mean, tf.uint8) + tf.cast(total, tf.uint8)}

    def interpolate(labels, other, weight):
        return {"labels": tf.where(weight[:, None, None] < 0.5, labels, other)}

    def blend(image, other):
        return {"image": image // 2 + other // 2}

    u8, small = tf.uint8, [None, 8, 12]
    signatures = {
        "serving_default": traced(
            paint, labels=(ids, u8), style_image=(photo, u8), style_labels=(ids, u8)
        )
    }
    if learnt:
        weights = {"labels": (small, u8), "other": (small, u8), "weight": ([None], tf.float32)}
        signatures["interpolate"] = traced(interpolate, **weights)
        signatures["blend"] = traced(blend, image=(photo, u8), other=(photo, u8))
    metadata = {**EDITED.metadata(), "trained_size": [8, 12]}
    saved_model.save(folder, module, signatures, metadata, {})
    return folder


def edited(label, photo, photo_label):
    """What `write_edited` paints, in NumPy."""
    mean = (photo.mean(axis=(0, 1)) / 4).astype(np.uint8)
    return PALETTE[label] // 2 + mean + np.uint8(photo_label.sum())
