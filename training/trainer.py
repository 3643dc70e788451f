"""One training step of the progressive WGAN-GP, on every replica of a strategy."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow import keras

from training import losses, schedule

Batch = dict[str, tf.Tensor]
Scalars = dict[str, tf.Tensor]


def adam(learning_rate: float) -> keras.optimizers.legacy.Adam:
    """Adam with beta1 0, beta2 0.99, epsilon 1e-8.

    Keras' "legacy" class updates each weight in one fused kernel, and its checkpoints hold the
    moments beside the weight they belong to: when the fade branch goes, all others keep theirs.
    """
    # A function is no variable, so that a checkpoint's learning rate never replaces the flag's.
    return keras.optimizers.legacy.Adam(
        lambda: learning_rate, beta_1=0.0, beta_2=0.99, epsilon=1e-8
    )


class WassersteinTrainer:
    """Trains a generator and a critic that are conditioned on masks.

    Per step: n_critic - 1 updates of the critic alone, then one in which critic and generator
    are updated from the same forward pass. Every random draw follows from (seed, step) and is
    made for the global batch, so that it does not depend on the number of replicas.

    Args:
      strategy: the replicas.
      generator: (mask, latent, alpha) → images, with `latent_size`, `resolution`, `fading`.
      critic: (image, mask, alpha) → scores [N, 1].
      averaged: like `generator`; follows it as an exponential moving average.
      batch_size: global; learning_rate: of both optimisers; n_critic: critic updates a step;
      fade_steps: until alpha is 1; average_decay: of the moving average, a step; seed: of draws.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        generator: keras.Model,
        critic: keras.Model,
        averaged: keras.Model,
        *,
        batch_size: int,
        learning_rate: float,
        n_critic: int,
        fade_steps: int,
        average_decay: float,
        seed: int,
    ) -> None:
        self.strategy, self.batch_size, self.n_critic = strategy, batch_size, n_critic
        self.generator, self.critic, self.averaged = generator, critic, averaged
        self.fade_steps, self.average_decay, self.seed = fade_steps, average_decay, seed
        with strategy.scope():
            self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
            self.generator_optimizer, self.critic_optimizer = (
                adam(learning_rate),
                adam(learning_rate),
            )
            self._build()
        self.checkpoint = tf.train.Checkpoint(
            generator=generator,
            critic=critic,
            averaged=averaged,
            generator_optimizer=self.generator_optimizer,
            critic_optimizer=self.critic_optimizer,
            step=self.step,
        )

    def _build(self) -> None:
        """Create every variable, so that a checkpoint finds it; the average starts as its model."""
        side = self.generator.resolution
        mask, latent = tf.zeros([1, side, side, 1]), tf.zeros([1, self.generator.latent_size])
        for generator in (self.generator, self.averaged):
            generator(mask, latent)
        self.critic(tf.zeros([1, side, side, 3]), mask)
        for average, weight in self._pairs():
            average.assign(weight)
        self.generator_optimizer._create_all_weights(self.generator.trainable_variables)
        self.critic_optimizer._create_all_weights(self.critic.trainable_variables)

    def _pairs(self) -> Any:
        return zip(self.averaged.trainable_variables, self.generator.trainable_variables)

    @tf.function
    def train_step(self, batch: Batch) -> Scalars:
        """One step.

        Args:
          batch: per replica, "image" [n_critic · batch_size / replicas, H, H, 3] in [-1, 1] and
            "mask" [same, H, H, 1] in {0, 1}.

        Returns:
          Float32 scalars, means over the replicas.
        """
        scalars = self.strategy.run(self._replica_step, [batch])
        for average, weight in self._pairs():
            self.strategy.extended.update(average, self._follow, args=(weight,))
        self.step.assign_add(1)
        mean = tf.distribute.ReduceOp.MEAN
        return {k: self.strategy.reduce(mean, v, axis=None) for k, v in scalars.items()}

    def _follow(self, average: tf.Variable, weight: tf.Tensor) -> None:
        average.assign_sub((1 - self.average_decay) * (average - weight))

    def _replica_step(self, batch: Batch) -> Scalars:
        alpha = schedule.fade_alpha(self.step, self.fade_steps) if self.generator.fading else 1.0
        images = tf.split(batch["image"], self.n_critic)
        masks = tf.split(batch["mask"], self.n_critic)
        latents, mixes = self._draws()
        for i in range(self.n_critic - 1):
            fake = self.generator(masks[i], latents[i], alpha)
            _, gradients, _ = self._critic_gradients(images[i], masks[i], fake, mixes[i], alpha)
            self._update(self.critic_optimizer, self.critic, gradients)
        with tf.GradientTape() as tape:
            fake = self.generator(masks[-1], latents[-1], alpha)
        scalars, critic_gradients, towards_critic = self._critic_gradients(
            images[-1], masks[-1], fake, mixes[-1], alpha
        )
        # The critic's loss falls with the score of a fake, the generator's with its opposite.
        generator_gradients = tape.gradient(
            fake, self.generator.trainable_variables, output_gradients=-towards_critic
        )
        self._update(self.critic_optimizer, self.critic, critic_gradients)
        self._update(self.generator_optimizer, self.generator, generator_gradients)
        return {**scalars, "alpha": tf.convert_to_tensor(alpha)}

    def _draws(self) -> tuple[tf.Tensor, tf.Tensor]:
        """This replica's part of the step's latents [n_critic, N, L] and mixes [n_critic, N]."""
        seed = tf.stack([tf.constant(self.seed, tf.int64), self.step.read_value()])
        seeds = tf.random.experimental.stateless_split(seed, 2)
        every = [self.n_critic, self.batch_size]
        latents = tf.random.stateless_normal([*every, self.generator.latent_size], seeds[0])
        mixes = tf.random.stateless_uniform(every, seeds[1])
        context = tf.distribute.get_replica_context()
        share = self.batch_size // context.num_replicas_in_sync
        start = context.replica_id_in_sync_group * share
        return latents[:, start : start + share], mixes[:, start : start + share]

    def _critic_gradients(
        self, real: tf.Tensor, mask: tf.Tensor, fake: tf.Tensor, mix: tf.Tensor, alpha: Any
    ) -> tuple[Scalars, list[tf.Tensor], tf.Tensor]:
        """Scalars to log, gradients for the critic's weights, and the gradient for `fake`.

        The loss is a sum over three passes. Each waits for the gradients of the one before, so
        that one pass's activations are in memory at a time, not three.
        """
        weights, replicas = self.critic.trainable_variables, self.strategy.num_replicas_in_sync
        with tf.GradientTape() as tape:
            score_real = self.critic(real, mask, alpha)
            drift = losses.drift_penalty(score_real)
            loss = losses.DRIFT_WEIGHT * drift - tf.reduce_mean(score_real)
        of_real = tape.gradient(loss, weights)
        with tf.control_dependencies(of_real), tf.GradientTape() as tape:
            penalty = losses.gradient_penalty(
                lambda image: self.critic(image, mask, alpha), real, fake, mix
            )
            loss = losses.PENALTY_WEIGHT * penalty
        of_penalty = tape.gradient(loss, weights, unconnected_gradients="zero")
        with tf.control_dependencies(of_penalty), tf.GradientTape() as tape:
            tape.watch(fake)
            score_fake = self.critic(fake, mask, alpha)
            loss = tf.reduce_mean(score_fake)
        *of_fake, towards = tape.gradient(loss, [*weights, fake])
        # Replicas' gradients are added up.
        gradients = [tf.add_n(three) / replicas for three in zip(of_real, of_penalty, of_fake)]
        scalars = {
            "critic_loss": losses.critic_loss(score_real, score_fake)
            + losses.PENALTY_WEIGHT * penalty
            + losses.DRIFT_WEIGHT * drift,
            "generator_loss": losses.generator_loss(score_fake),
            "score_real": tf.reduce_mean(score_real),
            "score_fake": tf.reduce_mean(score_fake),
            "gradient_penalty": penalty,
            "drift": drift,
        }
        return scalars, gradients, towards / replicas

    def _update(self, optimizer: Any, model: keras.Model, gradients: list[tf.Tensor]) -> None:
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))

    @tf.function
    def sample(self, mask: tf.Tensor, latent: tf.Tensor) -> tf.Tensor:
        """Images [N, H, H, 3] of the moving average, as the current step would show them."""
        alpha = schedule.fade_alpha(self.step, self.fade_steps) if self.generator.fading else 1.0
        return self.averaged(mask, latent, alpha)
