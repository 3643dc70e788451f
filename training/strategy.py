"""Devices → a tf.distribute strategy and the stream of batches that feeds its replicas."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from interface.command_line import UserError

DEVIATION_GROUP = 4  # samples that the critic's minibatch deviation compares


def make_strategy(gpus: int) -> tf.distribute.Strategy:
    """One replica for each GPU, or one on the CPU where there is no GPU.

    Args:
      gpus: how many to use; 0 = all there are.

    Raises:
      UserError: there are not so many.
    """
    found = [device.name for device in tf.config.list_logical_devices("GPU")]
    if gpus > len(found):
        raise UserError(f"--GPU {gpus}: found {len(found)}; leave --GPU out to use what there is")
    return tf.distribute.MirroredStrategy(found[: gpus or None] or ["/CPU:0"])


def check_batch_size(batch_size: int, replicas: int) -> None:
    """Refuse a batch that the replicas, or the groups of the minibatch deviation, do not divide.

    Raises:
      UserError: with the nearest sizes that would do.
    """
    share = batch_size // replicas
    group = min(DEVIATION_GROUP, max(share, 1))
    if batch_size % replicas == 0 and share % group == 0:
        return
    unit = replicas * DEVIATION_GROUP
    nearest = max(unit, batch_size // unit * unit)
    raise UserError(
        f"--batch_size {batch_size}: each of {replicas} replicas needs a multiple of "
        f"{DEVIATION_GROUP} samples (the minibatch deviation compares groups of "
        f"{DEVIATION_GROUP}), or fewer than {DEVIATION_GROUP}; take {nearest} or {nearest + unit}"
    )


class Batches:
    """The batches of a strategy's replicas, step by step.

    The reader's threads call Python, so they must end before the interpreter does: the finalizer
    lets go of them even where an error's traceback still holds this object.

    Args:
      strategy: whose replicas share each step.
      make_dataset: replicas → dataset whose elements go to the replicas in turn.
    """

    def __init__(
        self, strategy: tf.distribute.Strategy, make_dataset: Callable[[int], tf.data.Dataset]
    ) -> None:
        distributed = strategy.distribute_datasets_from_function(
            lambda context: make_dataset(context.num_replicas_in_sync)
        )
        self._open = [iter(distributed)]
        weakref.finalize(self, self._open.clear)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._open[0])
        # TensorFlow's message may quote the damaged bytes, which are no text then.
        except (tf.errors.InvalidArgumentError, tf.errors.DataLossError, UnicodeDecodeError):
            raise UserError(
                "a record of --data_dir is damaged inside (its file's outline is good); prepare "
                "the photos again into a new folder"
            ) from None
