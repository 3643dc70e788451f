"""Which record comes when: an order that follows from the seed and the step alone.

Nothing about the position needs to be stored: a run that starts at step s reads what the
uninterrupted run would have read from there on. What the records hold is all the same here.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Optional

import numpy as np
import tensorflow as tf

from input_pipeline.record_files import Records

Element = dict[str, tf.Tensor]

AHEAD = 2  # steps that are ready before they are asked for


@dataclasses.dataclass(frozen=True)
class Shares:
    """How the records of a step are divided.

    A global step uses `passes` global batches (one for each critic update); each global batch is
    divided among the replicas, whose parts follow each other in the stream.

    Attributes:
      batch_size: global; a multiple of `replicas`.
      passes: global batches a step.
      replicas: parts a step is divided into.
      served: those that a stream serves in turn, on one of several machines; None = all of them.
    """

    batch_size: int
    passes: int = 1
    replicas: int = 1
    served: Optional[range] = None

    @property
    def turns(self) -> range:
        """The replicas that a stream serves, one after the other."""
        return self.served or range(self.replicas)

    @property
    def records(self) -> int:
        """Records a step."""
        return self.passes * self.batch_size

    def rows(self, replica: tf.Tensor) -> tf.Tensor:
        """int32 [passes · batch_size / replicas]: places in the step of a replica's records."""
        share = self.batch_size // self.replicas
        rows = tf.range(self.passes)[:, None] * self.batch_size + tf.range(share)[None, :]
        return tf.reshape(rows, [-1]) + tf.cast(replica, tf.int32) * share


def stream(
    records: Records,
    shares: Shares,
    decode: Callable[[tf.Tensor, tf.Tensor], Element],
    draws: int,
    *,
    seed: int,
    start_step: int = 0,
) -> tf.data.Dataset:
    """An endless stream of what `decode` makes of records.

    Args:
      records: what to read.
      shares: how each step's are divided.
      decode: (serialised records, string [N]; random numbers, float32 [N, draws] in [0, 1)) → an
        element. The numbers are drawn for the whole step: the replicas' number changes none.
      draws: random numbers that a record needs.
      seed: of order and draws.
      start_step: the step that reads the first element.

    Returns:
      Element e serves step e // len(shares.turns).
    """
    turns = shares.turns

    def element(number: tf.Tensor) -> Element:
        step, replica = number // len(turns), turns.start + number % len(turns)
        rows = shares.rows(replica)
        serialized = _read(records, seed, step * shares.records + tf.cast(rows, tf.int64))
        drawn = tf.random.stateless_uniform(
            [shares.records, draws], tf.stack([tf.cast(seed, tf.int64), step])
        )
        return decode(serialized, tf.gather(drawn, rows))

    numbers = tf.data.Dataset.range(start_step * len(turns), np.iinfo(np.int64).max)
    elements = numbers.map(element, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    # Known to be endless, several machines need not ask each other at each step who has data.
    endless = tf.data.experimental.assert_cardinality(tf.data.experimental.INFINITE_CARDINALITY)
    # Tuning as it goes has a thread that sleeps for up to a minute; letting go of the stream waits.
    options = tf.data.Options()
    options.autotune.enabled = False
    return elements.apply(endless).prefetch(AHEAD * len(turns)).with_options(options)


def first(records: Records, count: int, seed: int, start: int = 0) -> tf.Tensor:
    """string [count]: what training sees first, from place `start`; fewer where there are fewer."""
    count = min(count, records.count - start)
    return _read(records, seed, start + tf.range(count, dtype=tf.int64))


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
