"""One training step of MaskVAE, on every replica of a strategy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from networks.image_to_image.given import Given
from siblings.maskgan.mask_vae import MaskVAE
from training import step
from training.learner import ADVERSARIAL, Learner
from training.run.loop import Batch, Scalars


@dataclasses.dataclass(frozen=True)
class Plan:
    """How MaskVAE is trained.

    Attributes:
      batch_size: global; seed: of every draw.
      learning_rate: steps done → float32 scalar.
      kl_weight: of the divergence from N(0, 1).
      loss_scaling: for a network that computes in float16.
      xla: compile the network's passes with XLA.
    """

    batch_size: int
    learning_rate: Callable[[tf.Tensor], tf.Tensor]
    seed: int
    kl_weight: float = 1e-5
    loss_scaling: bool = False
    xla: bool = False


class MaskTrainer(Learner):
    """Trains MaskVAE to give back label maps (MaskGAN, arXiv 1907.11922).

    Args:
      strategy: the replicas.
      vae: with its weights.
      plan: how it is trained.
    """

    def __init__(self, strategy: tf.distribute.Strategy, vae: MaskVAE, plan: Plan) -> None:
        self.vae, self.plan = vae, plan
        super().__init__(
            strategy, {"vae": vae}, plan.learning_rate, ADVERSARIAL, plan.loss_scaling, plan.xla
        )

    def given_back(self, label: np.ndarray) -> np.ndarray:
        """Label maps, encoded and decoded: ids uint8 [N, H, W] → likewise."""
        return self._given_back(tf.constant(label)).numpy()

    def between(self, label: np.ndarray, other: np.ndarray, weight: float) -> np.ndarray:
        """What lies so far on the way from one to the other; all uint8 [N, H, W]."""
        return self._between(tf.constant(label), tf.constant(other), tf.constant(weight)).numpy()

    @tf.function(autograph=False, reduce_retracing=True)
    def _given_back(self, label: tf.Tensor) -> tf.Tensor:
        return decoded(self.vae, encoded(self.vae, label))

    @tf.function(autograph=False, reduce_retracing=True)
    def _between(self, label: tf.Tensor, other: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        return between(self.vae, label, other, weight)

    def _replica_step(self, batch: Batch) -> Scalars:
        """Of "label" uint8 [N, H, W]; ids that are no class count for nothing."""
        label = batch["label"]
        (seed,) = tf.unstack(step.seeds(self.plan.seed, self.step, 1))
        shape = [self.plan.batch_size, self.vae.to_mean.units]
        noise = step.share(tf.random.stateless_normal(shape, seed))
        counted = tf.cast(tf.cast(label, tf.int32) < self.vae.classes, self.vae.variable_dtype)
        (total,) = step.added_up([tf.reduce_sum(counted)])
        weight = counted / tf.maximum(total, 1)
        scalars, gradients = self.compiled(self._gradients)(label, noise, weight)
        return {**scalars, **self.updates["vae"](gradients)}

    def _gradients(
        self, label: tf.Tensor, noise: tf.Tensor, weight: tf.Tensor
    ) -> tuple[Scalars, list[tf.Tensor]]:
        """Losses, the accuracy, and the gradients of this replica's share of the loss.

        Weights are parts of those of all replicas together, so that shares add up to a mean; the
        scalars are means over the replicas, hence times their number.
        """
        ids = tf.minimum(tf.cast(label, tf.int32), self.vae.classes - 1)
        weight *= self.strategy.num_replicas_in_sync
        with tf.GradientTape() as tape:
            given = Given.of_labels(label, [], self.vae.variable_dtype)
            logits, mean, log_variance = self.vae(given, noise, training=True)
            crossed = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits)
            scalars = {
                "cross_entropy": tf.reduce_sum(weight * crossed),
                "divergence": tf.reduce_mean(divergence(mean, log_variance)),
            }
            weighed = self.plan.kl_weight * scalars["divergence"]
            scalars["loss"] = scalars["cross_entropy"] + weighed
            share = self.share(scalars["loss"])
        right = tf.argmax(logits, axis=3, output_type=tf.int32) == ids
        scalars["accuracy"] = tf.reduce_sum(weight * tf.cast(right, weight.dtype))
        return scalars, tape.gradient(share, self.vae.trainable_variables)


def between(vae: MaskVAE, label: tf.Tensor, other: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """What lies so far on the way from one label map to another, uint8 [N, H, W] all."""
    first, last = encoded(vae, label), encoded(vae, other)
    return decoded(vae, first + weight * (last - first))


def divergence(mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """Of normal distributions [N, latent] from N(0, 1): Kullback and Leibler's, [N]."""
    each = tf.square(mean) + tf.exp(log_variance) - log_variance - 1
    return tf.reduce_sum(each, axis=1) / 2


def encoded(vae: MaskVAE, label: tf.Tensor) -> tf.Tensor:
    """Ids [N, H, W] → where each lies, the mean of what it is encoded as: [N, latent]."""
    return vae.encode(Given.of_labels(label, [], vae.variable_dtype))[0]


def decoded(vae: MaskVAE, latent: tf.Tensor) -> tf.Tensor:
    """[N, latent] → the likeliest ids, uint8 [N, H, W]."""
    return tf.cast(tf.argmax(vae.decode(latent), axis=3, output_type=tf.int32), tf.uint8)
