"""Devices → a tf.distribute strategy and the stream of batches that feeds its replicas.

One machine: MirroredStrategy. Several, described by TF_CONFIG: MultiWorkerMirroredStrategy, in
which every worker runs the same program and worker 0, the chief, alone writes.
"""

from __future__ import annotations

import json
import os
import time
import weakref
from collections.abc import Callable, Iterator

import tensorflow as tf

from interface.command_line import UserError
from training.run.loop import Batch


def make_strategy(gpus: int) -> tf.distribute.Strategy:
    """One replica for each GPU, or one on the CPU where there is no GPU; TF_CONFIG adds workers.

    GPU memory is taken as it is needed, not all at once.

    Args:
      gpus: how many to use, of each worker; 0 = all there are.

    Raises:
      UserError: there are not so many, or TF_CONFIG is not what it should be.
    """
    there = tf.config.list_physical_devices("GPU")
    if gpus > len(there):
        raise UserError(
            f"--GPU {gpus}: found {len(there)} GPUs; leave --GPU out to use what there is"
        )
    used = there[: gpus or None]
    for gpu in used:
        tf.config.experimental.set_memory_growth(gpu, True)
    if used != there:
        tf.config.set_visible_devices(used, "GPU")
    cluster = _workers_of_tf_config()
    if len(cluster) > 1:
        print(f"waiting for all {len(cluster)} workers: {', '.join(cluster)}", flush=True)
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.MirroredStrategy(None if used else ["/CPU:0"])


def _workers_of_tf_config() -> list[str]:
    """The addresses in the environment's TF_CONFIG; empty without one."""
    text = os.environ.get("TF_CONFIG", "").strip()
    if not text:
        return []
    try:
        config = json.loads(text)
        addresses, task = config["cluster"]["worker"], config["task"]
        known = set(config["cluster"]) == {"worker"} and task["type"] == "worker"
        complete = isinstance(addresses, list) and all(":" in address for address in addresses)
        if known and complete and int(task["index"]) in range(len(addresses)):
            return addresses
    except (ValueError, KeyError, TypeError):
        pass
    raise UserError(
        f"TF_CONFIG={text[:200]}: wanted "
        '{"cluster": {"worker": ["host:port", …]}, "task": {"type": "worker", "index": 0}}, '
        "the index counting this machine's place in the list"
    )


def check_batch_size(batch_size: int, replicas: int) -> None:
    """Refuse a global batch that the replicas do not divide. Raises UserError."""
    if batch_size % replicas:
        nearest = max(replicas, batch_size // replicas * replicas)
        raise UserError(
            f"--batch_size {batch_size}: not a multiple of {replicas}, the replicas that share it; "
            f"take {nearest} or {nearest + replicas}"
        )


def set_determinism(wanted: bool | None) -> None:
    """The same bits each time: as `wanted`, or None = where no GPU pays for it."""
    if wanted or (wanted is None and not tf.config.get_visible_devices("GPU")):
        tf.config.experimental.enable_op_determinism()


def describe(strategy: tf.distribute.Strategy) -> str:
    """The devices, as in "2 × NVIDIA A100"; with the number of workers if there are several."""
    names = [
        tf.config.experimental.get_device_details(gpu).get("device_name", "GPU")
        for gpu in tf.config.get_visible_devices("GPU")
    ]
    kinds = [f"{names.count(name)} × {name}" for name in dict.fromkeys(names)]
    devices = ", ".join(kinds) or f"CPU, {os.cpu_count()} cores"
    resolver = strategy.cluster_resolver
    if resolver is None:
        return devices
    workers = len(resolver.cluster_spec().as_dict()["worker"])
    return f"{workers} workers, this is number {resolver.task_id}: {devices}"


def _handed_over(strategy: tf.distribute.Strategy) -> tf.distribute.InputOptions | None:
    """How batches reach the replicas: directly, where there is one and it is the CPU.

    What fetches them to devices has a tuning thread that sleeps for up to a minute, and letting go
    of it waits.
    """
    if tf.config.get_visible_devices("GPU") or strategy.num_replicas_in_sync > 1:
        return None
    return tf.distribute.InputOptions(
        experimental_fetch_to_device=False,
        experimental_replication_mode=tf.distribute.InputReplicationMode.PER_REPLICA,
    )


class Batches:
    """The batches of a strategy's replicas, step by step.

    The reader's threads call Python, so they must end before the interpreter does: the finalizer
    lets go of them even where an error's traceback still holds this object.

    Args:
      strategy: whose replicas share each step.
      make_dataset: (replicas of all workers, those of this worker) → dataset whose elements go
        to the latter in turn.

    Attributes:
      waited: seconds spent waiting for data so far.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        make_dataset: Callable[[int, range], tf.data.Dataset],
    ) -> None:
        def of_worker(context: tf.distribute.InputContext) -> tf.data.Dataset:
            count = context.num_replicas_in_sync
            local = count // context.num_input_pipelines
            first = context.input_pipeline_id * local
            return make_dataset(count, range(first, first + local))

        distributed = strategy.distribute_datasets_from_function(of_worker, _handed_over(strategy))
        self._open = [iter(distributed)]
        self.waited = 0.0
        weakref.finalize(self, self._open.clear)

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        start = time.perf_counter()
        try:
            return next(self._open[0])
        # TensorFlow's message may quote the damaged bytes, which are no text then.
        except (tf.errors.InvalidArgumentError, tf.errors.DataLossError, UnicodeDecodeError):
            raise UserError(
                "a record of --data_dir is damaged inside (its file's outline is good); prepare "
                "the photos again into a new folder"
            ) from None
        finally:
            self.waited += time.perf_counter() - start
