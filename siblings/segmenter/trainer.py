"""One training step of the segmenter, on every replica of a strategy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from siblings.segmenter import losses, networks
from training import step
from training.learner import Learner
from training.run.loop import Batch, Scalars

BETAS = 0.9, 0.999  # of Adam
JITTERS = 6  # random numbers that the colours of a sample need: gain and shift of three channels


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the network is trained.

    Attributes:
      batch_size: global; size: height and width of the photos; seed: of every draw.
      learning_rate: steps done → float32 scalar.
      weights: of the classes, float [classes].
      jitter: the most that a colour's gain, and its shift in [-1, 1], are changed by.
      loss_scaling: for networks that compute in float16.
      xla: compile the network's pass with XLA.
    """

    batch_size: int
    size: tuple[int, int]
    learning_rate: Callable[[tf.Tensor], tf.Tensor]
    weights: np.ndarray
    jitter: float
    seed: int
    loss_scaling: bool = False
    xla: bool = False


class SegmenterTrainer(Learner):
    """Trains a network to tell the class of every pixel.

    Args:
      strategy: the replicas.
      network: photos [N, H, W, 3] → logits [N, H, W, classes].
      plan: how it is trained.
    """

    def __init__(
        self, strategy: tf.distribute.Strategy, network: networks.UNet, plan: Plan
    ) -> None:
        self.network, self.plan = network, plan
        with strategy.scope():  # every weight, so that a checkpoint finds it
            network(tf.zeros([1, *plan.size, 3]))
        super().__init__(
            strategy,
            {"network": network},
            plan.learning_rate,
            BETAS,
            plan.loss_scaling,
            plan.xla,
        )

    def _replica_step(self, batch: Batch) -> Scalars:
        """Of "image" [N, H, W, 3] in [-1, 1] and "label" uint8 [N, H, W]."""
        image = self._jittered(tf.cast(batch["image"], self.network.variable_dtype))
        weight = losses.pixel_weights(batch["label"], self.plan.weights, image.dtype)
        (total,) = step.added_up([tf.reduce_sum(weight)])
        scalars, gradients = self.compiled(self._gradients)(image, batch["label"], weight / total)
        return {**scalars, **self.updates["network"](gradients)}

    def _gradients(
        self, image: tf.Tensor, label: tf.Tensor, weight: tf.Tensor
    ) -> tuple[Scalars, list[tf.Tensor]]:
        """Loss and accuracy, and the gradients of this replica's share of the loss.

        Weights are parts of those of all replicas together, so that shares add up to a mean; the
        scalars are means over the replicas, hence times their number.
        """
        replicas = tf.cast(self.strategy.num_replicas_in_sync, weight.dtype)
        with tf.GradientTape() as tape:
            logits = self.network(image, training=True)
            loss = tf.reduce_sum(weight * losses.cross_entropy(logits, label))
            scaled = tf.cast(self.loss_scale.value(), loss.dtype) * loss
        right = tf.cast(tf.equal(networks.most_likely(logits), label), weight.dtype)
        scalars = {"loss": replicas * loss, "accuracy": replicas * tf.reduce_sum(weight * right)}
        return scalars, tape.gradient(scaled, self.network.trainable_variables)

    def labels(self, photos: np.ndarray) -> np.ndarray:
        """Photos uint8 [N, H, W, 3] → ids uint8 [N, H, W], as the network is now."""
        return self._labelled(tf.constant(photos)).numpy()

    @tf.function(autograph=False, reduce_retracing=True)
    def _labelled(self, photos: tf.Tensor) -> tf.Tensor:
        return networks.labelled(self.network, photos)

    def _jittered(self, image: tf.Tensor) -> tf.Tensor:
        """Photos under another light: each colour of each has a gain and a shift of its own."""
        seed = step.seeds(self.plan.seed, self.step, 1)[0]
        drawn = tf.random.stateless_uniform([self.plan.batch_size, JITTERS], seed, -1.0, 1.0)
        changes = self.plan.jitter * tf.cast(step.share(drawn), image.dtype)[:, None, None]
        gain, shift = tf.split(changes, 2, axis=-1)
        return image * (1 + gain) + shift
