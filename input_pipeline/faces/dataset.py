"""Records of faces → batches, cropped and flipped, in the order that `order` gives them."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from input_pipeline import order
from input_pipeline.faces import augment, tensors
from input_pipeline.faces.record_files import Records
from input_pipeline.order import Shares


def batches(
    records: Records,
    resolution: int,
    batch_size: int,
    *,
    seed: int,
    start_step: int = 0,
    passes: int = 1,
    replicas: int = 1,
    served: range | None = None,
) -> tf.data.Dataset:
    """An endless stream of augmented batches.

    A global step uses `passes` global batches (one for each critic update); each global batch is
    divided among the replicas, whose parts follow each other in the stream.

    Args:
      records: what to read.
      resolution: side of the images given out.
      batch_size: global; a multiple of `replicas`.
      seed: of order, crops and flips.
      start_step: the step that reads the first element.
      passes: global batches a step.
      replicas: parts a step is divided into.
      served: those that this stream serves in turn, on one of several machines; all of them.

    Returns:
      Elements {"image": float32 [passes · batch_size / replicas, R, R, 3] in [-1, 1],
      "mask": float32 [same, R, R, 1] in {0, 1}}; element e serves step e // len(served).
    """
    shares = Shares(batch_size, passes, replicas, served)

    def decode(serialized: tf.Tensor, draws: tf.Tensor) -> order.Element:
        planes = tensors.parsed(serialized, records.resolution)
        return _counted(augment.augmented(planes, draws, resolution), serialized.shape[0])

    return order.stream(records, shares, decode, augment.DRAWS, seed=seed, start_step=start_step)


def as_they_are(
    records: Records, resolution: int, count: int, seed: int, start: int = 0
) -> dict[str, np.ndarray]:
    """`count` records of the shuffled order, from place `start`, neither cropped nor flipped.

    Returns:
      "image" [count, R, R, 3] in [-1, 1] and "mask" [count, R, R, 1] in {0, 1}; fewer where
      there are fewer records.
    """
    planes = tensors.parsed(order.first(records, count, seed, start), records.resolution)
    batch = augment.as_they_are(planes, resolution)
    return {name: value.numpy() for name, value in batch.items()}


def _counted(batch: order.Element, count: int) -> order.Element:
    """A batch of which the graph too knows how many it holds."""
    return {name: tf.ensure_shape(x, [count, *x.shape[1:]]) for name, x in batch.items()}
