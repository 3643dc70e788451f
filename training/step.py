"""One update, whatever is trained: draws for the global batch, gradients of all replicas, means."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf
from tensorflow import keras

from training.loss_scale import LossScale

Scalars = dict[str, tf.Tensor]


def seeds(seed: int, step: tf.Variable, count: int) -> tf.Tensor:
    """Seeds of `count` independent draws of a step, int64 [count, 2]."""
    of_step = tf.stack([tf.constant(seed, tf.int64), step.read_value()])
    return tf.random.experimental.stateless_split(of_step, count)


def share(draw: tf.Tensor, axis: int = 0) -> tf.Tensor:
    """This replica's part of what was drawn for the global batch, which lies along `axis`.

    So what is drawn does not depend on the number of replicas.
    """
    context = tf.distribute.get_replica_context()
    count = draw.shape[axis] // context.num_replicas_in_sync
    start = context.replica_id_in_sync_group * count
    return draw[(*[slice(None)] * axis, slice(start, start + count))]


def gathered(part: tf.Tensor, count: int) -> tf.Tensor:
    """The global batch of `count` samples, of which each replica has a part; undoes `share`."""
    context = tf.distribute.get_replica_context()
    whole = context.all_gather(part, axis=0) if context.num_replicas_in_sync > 1 else part
    return tf.ensure_shape(whole, [count, *part.shape[1:]])


class Update:
    """Changes the weights of a network by gradients of the replicas' shares of its loss.

    Called on each replica, it adds the gradients up, unscales, clips and applies them; returns
    "…_gradient_norm", their norm before the clip, and while the loss is scaled "…_skipped": 1
    where gradients were infinite. They become zero then: Adam without momentum leaves the
    weights as they are.

    Args:
      name: of the network, for the scalars.
      weights: that are trained.
      optimizer: of these weights alone.
      loss_scale: that the gradients were multiplied by.
      clip_norm: gradients are scaled down to this norm where they are longer; 0 = never.
    """

    def __init__(
        self,
        name: str,
        weights: Sequence[tf.Variable],
        optimizer: keras.optimizers.legacy.Optimizer,
        loss_scale: LossScale,
        clip_norm: float,
    ) -> None:
        self.name, self.weights, self.optimizer = name, weights, optimizer
        self.loss_scale, self.clip_norm = loss_scale, clip_norm

    def __call__(self, gradients: list[tf.Tensor]) -> Scalars:
        gradients = added_up(gradients)
        scalars: Scalars = {}
        if self.loss_scale.active:
            gradients = [gradient / self.loss_scale.value() for gradient in gradients]
            finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in gradients])
            gradients = [tf.where(finite, gradient, 0.0) for gradient in gradients]
            scalars[f"{self.name}_skipped"] = tf.where(finite, 0.0, 1.0)
        norm = tf.linalg.global_norm(gradients)
        if self.clip_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, self.clip_norm, use_norm=norm)
        self.optimizer.apply_gradients(
            zip(gradients, self.weights), experimental_aggregate_gradients=False
        )
        return {f"{self.name}_gradient_norm": norm, **scalars}


def added_up(gradients: list[tf.Tensor]) -> list[tf.Tensor]:
    """Sums over the replicas, reduced as one vector.

    One vector not for speed: `all_reduce` of a list passes through an IdentityN, whose
    pruning makes TensorFlow's graph optimiser forget that a weight is read before its update.
    """
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return gradients
    flat = tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], axis=0)
    flat = context.all_reduce(tf.distribute.ReduceOp.SUM, flat)
    parts = tf.split(flat, [gradient.shape.num_elements() for gradient in gradients])
    return [tf.reshape(part, g.shape) for part, g in zip(parts, gradients)]


def means(strategy: tf.distribute.Strategy, scalars: Scalars) -> Scalars:
    """Of the replicas' scalars, by name; reduced as one: workers meet once, not ten times."""
    names = sorted(strategy.experimental_local_results(scalars)[0])
    stacked = strategy.run(lambda s: tf.stack([s[name] for name in names]), [scalars])
    reduced = strategy.reduce(tf.distribute.ReduceOp.MEAN, stacked, axis=None)
    return dict(zip(names, tf.unstack(reduced)))


def adam(
    learning_rate: Callable[[], tf.Tensor], beta_1: float, beta_2: float
) -> keras.optimizers.legacy.Adam:
    """Adam with epsilon 1e-8.

    Keras' "legacy" class updates each weight in one fused kernel, and its checkpoints hold the
    moments beside the weight they belong to: when a layer goes, all others keep theirs.

    Args:
      learning_rate: asked at each update. A function is no variable, so that a checkpoint's rate
        never replaces the flag's.
    """
    return keras.optimizers.legacy.Adam(learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=1e-8)
