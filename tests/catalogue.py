"""Every network and every system, small: how to build it, and what goes in. A new one is a line.

What all of them promise is tested in `tests/test_promises.py`.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

import config
import train
from networks.critic import Critic
from networks.generator import Generator
from networks.mask_encoder import MaskEncoder
from training.run.loop import Trainer


class Network(NamedTuple):
    build: Callable[[], tf.keras.Model]
    inputs: tuple[np.ndarray, ...]


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def mask(side, count=2):
    return (noise(count, side, side, 1) > 1).astype(np.float32)


def image(side, count=2):
    return noise(count, side, side, 3).clip(-1, 1)


NARROW, ALPHA = {"max_features": 8}, np.float32(0.25)
EMBEDDED = {**NARROW, "embedding_hidden": 8}
NETWORKS = {
    "generator": Network(lambda: Generator(16, **EMBEDDED), (mask(16), noise(2, 464))),
    "fading generator": Network(
        lambda: Generator(16, fading=True, **EMBEDDED), (mask(16), noise(2, 464), ALPHA)
    ),
    "generator without embedding": Network(
        lambda: Generator(8, use_embedding=False, **NARROW), (mask(8), noise(2, 512))
    ),
    "critic": Network(lambda: Critic(8, **NARROW), (image(8), mask(8))),
    "fading critic": Network(
        lambda: Critic(16, fading=True, **NARROW), (image(16), mask(16), ALPHA)
    ),
    "mask encoder": Network(lambda: MaskEncoder(32, hidden=8), (mask(32),)),
    "mask encoder without embedding": Network(lambda: MaskEncoder(16, size=0), (mask(16),)),
}


def count_weights(build, *shapes):
    """Of a network that is called with tensors of these shapes; in a graph, where none is drawn."""
    with tf.Graph().as_default():
        network = build()
        network(*map(tf.zeros, shapes))
        return sum(math.prod(weight.shape) for weight in network.trainable_variables)


class System(NamedTuple):
    """What trains several networks together.

    Attributes:
      build: (strategy, precision) → its trainer, the same weights every time; float64 too.
      batch: {name: array [N, …]} of a step, for all replicas together.
      first: a step at which every part of the loss counts.
    """

    build: Callable[[tf.distribute.Strategy, str], Trainer]
    batch: dict[str, np.ndarray]
    first: int


def progressive_gan(*words):
    narrow = ["--max_features=4", "--embedding_hidden=4", "--batch_size=8", "--use_embedding"]

    def build(replicas, precision):
        settings = config.from_flags([*narrow, *words, "--steps=12"]).with_steps(0)
        return train.build_trainer(dataclasses.replace(settings, precision=precision), replicas)

    return build


def faces(side):
    return {"image": image(side, 8), "mask": mask(side, 8)}


SYSTEMS = {
    # Half of the fade is over; every tenth step has the logistic loss's penalty.
    "fading": System(progressive_gan("--phase=2", "--smooth"), faces(16), first=3),
    "stable": System(progressive_gan("--phase=1", "--loss=logistic"), faces(8), first=8),
}
