"""How a program that trains begins: its flags are good, now the devices and the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from interface.stopping import Stopping
from training.run.settings import RunSettings

if TYPE_CHECKING:
    import tensorflow as tf

    from training.run.job import Job

S = TypeVar("S", bound=RunSettings)


def train(settings: S, *jobs: Callable[[S, tf.distribute.Strategy], Job[Any]]) -> None:
    """Run jobs, each once the one before it is done; they may be interrupted from here on.

    Args:
      settings: of the run.
      jobs: make a job each, of them and of the strategy that they ask for.

    Raises:
      UserError: one can't start or go on.
    """
    with Stopping():
        from training.run import job, strategy  # TensorFlow loads here: the flags are good

        strategy.set_determinism(settings.deterministic)
        replicas = strategy.make_strategy(settings.GPU)
        for job_of in jobs:
            if not job.run(job_of(settings, replicas)):
                return
