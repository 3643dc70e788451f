"""Records of label maps → batches, cropped and mirrored, in the order that `order` gives them."""

from __future__ import annotations

from typing import Optional

import numpy as np
import tensorflow as tf

from input_pipeline import order
from input_pipeline.label_maps import augment, label_sets, tensors
from input_pipeline.label_maps.augment import Maps, Size, View
from input_pipeline.label_maps.record_files import Records
from input_pipeline.order import Shares


def batches(
    records: Records,
    view: View,
    batch_size: int,
    *,
    seed: int,
    instances: bool = False,
    start_step: int = 0,
    replicas: int = 1,
    served: Optional[range] = None,
) -> tf.data.Dataset:
    """An endless stream of augmented batches.

    Args:
      records: what to read; their sizes may differ.
      view: what is seen of each.
      batch_size: global; a multiple of `replicas`, whose parts follow each other in the stream.
      seed: of order, crops and flips.
      instances: whether the instance maps are given out too.
      start_step: the step that reads the first element.
      replicas: parts a step is divided into.
      served: those that this stream serves in turn, on one of several machines; all of them.

    Returns:
      Elements {"image": float32 [batch_size / replicas, H, W, 3] in [-1, 1], "label": uint8
      [same, H, W], or as the image is where the records have no classes}, and "instance": int32
      [same, H, W]; element e serves step e // len(served).
    """
    shares = Shares(batch_size, replicas=replicas, served=served)

    def decode(serialized: tf.Tensor, draws: tf.Tensor) -> order.Element:
        return _together(serialized, draws, view, records, instances)

    return order.stream(records, shares, decode, augment.DRAWS, seed=seed, start_step=start_step)


def as_they_are(
    records: Records, size: Size, count: int, seed: int, instances: bool = False
) -> dict[str, np.ndarray]:
    """`first`, the largest box of each."""
    return first(records, augment.Boxes(size), count, seed, instances)


def first(
    records: Records,
    view: View,
    count: int,
    seed: int,
    instances: bool = False,
    start: int = 0,
) -> dict[str, np.ndarray]:
    """`count` records of the shuffled order, from place `start`; their middle, not mirrored.

    Returns:
      "image" [count, H, W, 3] in [-1, 1], "label" uint8 [count, H, W] (or as the image is, where
      there are no classes) and, if asked for, "instance" int32 likewise; fewer where there are
      fewer records.
    """
    serialized = order.first(records, count, seed, start)
    middle = tf.fill([tf.shape(serialized)[0], augment.DRAWS], 0.5)
    batch = _together(serialized, middle, view, records, instances)
    return {name: value.numpy() for name, value in batch.items()}


def _together(
    serialized: tf.Tensor, draws: tf.Tensor, view: View, records: Records, instances: bool
) -> order.Element:
    """What is seen of each record, as a batch whose shape is known."""
    pictures = records.label_set.count == 0

    def one(record: tuple[tf.Tensor, tf.Tensor]) -> Maps:
        return view(tensors.parsed(record[0], instances, pictures), record[1])

    kinds = {
        "image": tf.float32,
        "label": tf.float32 if pictures else tf.uint8,
        **({"instance": tf.int32} if instances else {}),
    }
    batch = tf.map_fn(one, (serialized, draws), fn_output_signature=kinds)
    colours = {name: [label_sets.COLOURS] * (kind == tf.float32) for name, kind in kinds.items()}
    return {
        name: tf.ensure_shape(x, [serialized.shape[0], *view.size, *colours[name]])
        for name, x in batch.items()
    }
