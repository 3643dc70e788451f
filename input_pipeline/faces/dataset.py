"""Records → batches, in an order that follows from the seed and the step alone.

Nothing about the position needs to be stored: a run that starts at step s reads what the
uninterrupted run would have read from there on.
"""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

from input_pipeline.faces import augment, tensors
from input_pipeline.faces.record_files import Records


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
    served = served or range(replicas)

    def element(number: tf.Tensor) -> dict[str, tf.Tensor]:
        step, replica = number // len(served), served.start + number % len(served)
        share = batch_size // replicas
        rows = tf.range(passes)[:, None] * batch_size + tf.range(share)[None, :]
        rows = tf.reshape(rows, [-1]) + tf.cast(replica, tf.int32) * share  # of the global step
        serialized = _read(records, seed, step * passes * batch_size + tf.cast(rows, tf.int64))
        draws = tf.random.stateless_uniform(
            [passes * batch_size, augment.DRAWS], tf.stack([tf.cast(seed, tf.int64), step])
        )
        boxes = augment.random_boxes(tf.gather(draws, rows))
        return _decoded(serialized, boxes, records.resolution, resolution, passes * share)

    numbers = tf.data.Dataset.range(start_step * len(served), np.iinfo(np.int64).max)
    stream = numbers.map(element, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    # Known to be endless, several machines need not ask each other at each step who has data.
    endless = tf.data.experimental.assert_cardinality(tf.data.experimental.INFINITE_CARDINALITY)
    return stream.apply(endless).prefetch(tf.data.AUTOTUNE)


def as_they_are(
    records: Records, resolution: int, count: int, seed: int, start: int = 0
) -> dict[str, np.ndarray]:
    """`count` records of the shuffled order, from place `start`, neither cropped nor flipped.

    Returns:
      "image" [count, R, R, 3] in [-1, 1] and "mask" [count, R, R, 1] in {0, 1}; fewer where
      there are fewer records.
    """
    count = min(count, records.count - start)
    serialized = _read(records, seed, start + tf.range(count, dtype=tf.int64))
    boxes = augment.whole_boxes(count)
    decoded = _decoded(serialized, boxes, records.resolution, resolution, count)
    return {name: value.numpy() for name, value in decoded.items()}


def position_to_index(positions: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Places in the endless stream → record indices: each pass over the records is a new shuffle.

    Args:
      positions: int64 [N], counted from the start of training.
      count: of the records.
      seed: of the shuffles.
    """
    epochs, offsets = np.divmod(positions, count)
    return np.array([_order(count, seed, e)[o] for e, o in zip(epochs.tolist(), offsets.tolist())])


@functools.lru_cache(maxsize=4)
def _order(count: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(count)


def _read(records: Records, seed: int, positions: tf.Tensor) -> tf.Tensor:
    """Places in the stream → serialised records, string [N]."""

    def read(places: np.ndarray) -> np.ndarray:
        indices = position_to_index(places, records.count, seed)
        return np.array(records.read(indices), object)

    # Not stateful: TensorFlow's deterministic mode would run a stateful map one by one.
    serialized = tf.numpy_function(read, [positions], tf.string, stateful=False)
    return tf.ensure_shape(serialized, [positions.shape[0]])


def _decoded(
    serialized: tf.Tensor, boxes: tf.Tensor, stored: int, resolution: int, count: int
) -> dict[str, tf.Tensor]:
    batch = augment.crop_and_scale(tensors.faces(serialized, stored), boxes, resolution)
    return {name: tf.ensure_shape(x, [count, *x.shape[1:]]) for name, x in batch.items()}
