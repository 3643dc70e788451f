"""One training step of the progressive GAN, on every replica of a strategy."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, Optional, Protocol

import tensorflow as tf
from tensorflow import keras

from training import losses, schedule
from training.loss_scale import INNER_SCALE, LossScale

Batch = dict[str, tf.Tensor]
Scalars = dict[str, tf.Tensor]


class Augmentation(Protocol):
    """Changes what the critic sees, real and fake alike; differentiable (arXiv 2006.10738)."""

    draws: int  # uniform numbers a sample needs

    def image(self, image: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
        """[N, H, H, 3] in [-1, 1] and [N, draws] in [0, 1) → changed images, same shape."""

    def mask(self, mask: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
        """[N, H, H, 1], moved as `image` moves the image of the same draws."""


class Part(NamedTuple):
    """What one critic update on one replica is made from."""

    image: tf.Tensor  # [N, H, H, 3] in [-1, 1], real
    mask: tf.Tensor  # [N, H, H, 1] in {0, 1}
    latent: tf.Tensor  # [N, latent_size] from N(0, 1)
    mix: tf.Tensor  # [N] in [0, 1): where between real and fake the penalty is taken
    change: tf.Tensor  # [N, draws] in [0, 1): of the augmentation


class AdversarialTrainer:
    """Trains a generator and a critic that are conditioned on masks.

    Per step: n_critic - 1 updates of the critic alone, then one in which critic and generator
    are updated from the same forward pass. Every random draw follows from (seed, step) and is
    made for the global batch, so that it does not depend on the number of replicas.

    Args:
      strategy: the replicas.
      generator: (mask, latent, alpha) → images, with `latent_size`, `resolution`, `fading`.
      critic: (image, mask, alpha) → scores [N, 1].
      averaged: like `generator`; follows it as an exponential moving average.
      batch_size: global; n_critic: critic updates a step; seed: of every draw.
      learning_rate: of both networks: steps done → float32 scalar.
      fade_steps: until alpha is 1; average_decay: of the moving average, see `schedule`.
      loss: of both networks.
      clip_norm: a network's gradient is scaled down to this norm where it is longer; 0 = never.
      augmentation: of what the critic sees, or None.
      mode_seeking: weight of `losses.mode_seeking` in the generator's loss.
      loss_scaling: for networks that compute in float16.
      xla: compile both networks' passes with XLA.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        generator: keras.Model,
        critic: keras.Model,
        averaged: keras.Model,
        *,
        batch_size: int,
        learning_rate: Callable[[tf.Tensor], tf.Tensor],
        n_critic: int,
        fade_steps: int,
        average_decay: float,
        seed: int,
        loss: losses.Loss = losses.WASSERSTEIN,
        clip_norm: float = 0.0,
        augmentation: Optional[Augmentation] = None,
        mode_seeking: float = 0.0,
        loss_scaling: bool = False,
        xla: bool = False,
    ) -> None:
        self.strategy, self.batch_size, self.n_critic = strategy, batch_size, n_critic
        self.generator, self.critic, self.averaged = generator, critic, averaged
        self.fade_steps, self.average_decay, self.seed = fade_steps, average_decay, seed
        self.loss, self.clip_norm, self.augmentation = loss, clip_norm, augmentation
        self.mode_seeking = mode_seeking
        with strategy.scope():
            self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
            self.rate_scale = tf.Variable(1.0, trainable=False)  # whoever rolls back lowers it
            self.loss_scale = LossScale(loss_scaling)
            # A function is no variable, so that a checkpoint's rate never replaces the flag's.
            self.learning_rate = lambda: learning_rate(self.step) * self.rate_scale
            self.generator_optimizer = adam(self.learning_rate)
            self.critic_optimizer = adam(self.learning_rate)
            self._build()
        self.checkpoint = tf.train.Checkpoint(
            generator=generator,
            critic=critic,
            averaged=averaged,
            generator_optimizer=self.generator_optimizer,
            critic_optimizer=self.critic_optimizer,
            loss_scale=self.loss_scale,
            step=self.step,
        )
        as_chosen = (
            functools.partial(tf.function, jit_compile=True, autograph=False)
            if xla
            else lambda f: f
        )
        self._passes = as_chosen(self._critic_pass), as_chosen(self._joint_pass)

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

    @tf.function(autograph=False)
    def train_step(self, batch: Batch) -> Scalars:
        """One step.

        Args:
          batch: per replica, "image" [n_critic · batch_size / replicas, H, H, 3] in [-1, 1] and
            "mask" [same, H, H, 1] in {0, 1}.

        Returns:
          Float32 scalars, means over the replicas.
        """
        scalars = self.strategy.run(self._replica_step, [batch])
        kept = schedule.average_decay(self.step, self.average_decay)
        for average, weight in self._pairs():
            self.strategy.extended.update(average, _follow, args=(weight, kept))
        # One reduction for all of them: workers meet once, not ten times.
        names = sorted(self.strategy.experimental_local_results(scalars)[0])
        stacked = self.strategy.run(lambda s: tf.stack([s[name] for name in names]), [scalars])
        means = self.strategy.reduce(tf.distribute.ReduceOp.MEAN, stacked, axis=None)
        means = dict(zip(names, tf.unstack(means)))
        if self.loss_scale.active:
            self.loss_scale.update(means["skipped"] == 0)
        self.step.assign_add(1)
        return means

    def _replica_step(self, batch: Batch) -> Scalars:
        (critic_pass, joint_pass), alpha, parts = self._passes, self._alpha(), self._parts(batch)
        for part in parts[:-1]:
            self._update("critic", critic_pass(part, alpha))
        scalars, of_critic, of_generator = joint_pass(parts[-1], alpha)
        scalars.update(self._update("critic", of_critic))
        scalars.update(self._update("generator", of_generator))
        scalars.update(alpha=alpha, learning_rate=self.learning_rate())
        if self.loss_scale.active:
            skipped = scalars.pop("critic_skipped") + scalars.pop("generator_skipped")
            scalars.update(skipped=skipped, loss_scale=self.loss_scale.value())
        return {name: tf.cast(value, tf.float32) for name, value in scalars.items()}

    def _alpha(self) -> tf.Tensor:
        if not self.generator.fading:
            return tf.constant(1.0)
        return schedule.fade_alpha(self.step, self.fade_steps)

    def _parts(self, batch: Batch) -> list[Part]:
        """The replica's share of the batch and of the global draws, for each critic update."""
        dtype = self.generator.variable_dtype
        draws = [tf.cast(draw, dtype) for draw in self._draws()]
        data = [tf.split(tf.cast(batch[name], dtype), self.n_critic) for name in ("image", "mask")]
        return [Part(*of_each) for of_each in zip(*data, *map(tf.unstack, draws))]

    def _draws(self) -> list[tf.Tensor]:
        """This replica's latents, mixes and changes of the step, each [n_critic, N, …]."""
        seed = tf.stack([tf.constant(self.seed, tf.int64), self.step.read_value()])
        seeds = tf.random.experimental.stateless_split(seed, 3)
        every = [self.n_critic, self.batch_size]
        changes = self.augmentation.draws if self.augmentation else 0
        whole = [
            tf.random.stateless_normal([*every, self.generator.latent_size], seeds[0]),
            tf.random.stateless_uniform(every, seeds[1]),
            tf.random.stateless_uniform([*every, changes], seeds[2]),
        ]
        context = tf.distribute.get_replica_context()
        share = self.batch_size // context.num_replicas_in_sync
        start = context.replica_id_in_sync_group * share
        return [draw[:, start : start + share] for draw in whole]

    def _critic_pass(self, part: Part, alpha: tf.Tensor) -> list[tf.Tensor]:
        """Gradients for the critic's weights alone."""
        fake = self._seen(self.generator(part.mask, part.latent, alpha), part.change)
        return self._critic_gradients(part, fake, alpha)[1]

    def _joint_pass(
        self, part: Part, alpha: tf.Tensor
    ) -> tuple[Scalars, list[tf.Tensor], list[tf.Tensor]]:
        """Scalars to log, gradients for the critic's weights, gradients for the generator's."""
        with tf.GradientTape() as tape:
            made = self.generator(part.mask, part.latent, alpha)
            fake, penalty = self._seen(made, part.change), self._sameness(part, made, alpha)
        scalars, of_critic, of_fake = self._critic_gradients(part, fake, alpha)
        targets, towards = [fake, *penalty], [of_fake, *map(self._share_of, penalty)]
        weights = self.generator.trainable_variables
        # Zeros where nothing is read: the mask encoder, at 8 pixels without embedding.
        of_generator = tape.gradient(targets, weights, towards, unconnected_gradients="zero")
        scalars.update(zip(["mode_seeking"], penalty))
        return scalars, of_critic, of_generator

    def _sameness(self, part: Part, made: tf.Tensor, alpha: tf.Tensor) -> list[tf.Tensor]:
        """The mode-seeking loss, where it is wanted: neighbours two by two exchange latents."""
        if not self.mode_seeking:
            return []
        pairs = tf.reshape(part.latent, [-1, 2, part.latent.shape[1]])
        latent = tf.reshape(pairs[:, ::-1], part.latent.shape)
        other = self.generator(part.mask, latent, alpha)
        return [losses.mode_seeking(made, other, part.latent, latent, part.mask)]

    def _share_of(self, loss: tf.Tensor) -> tf.Tensor:
        """The gradient that a part of the generator's loss starts with on this replica."""
        replicas = self.strategy.num_replicas_in_sync
        return tf.cast(self.mode_seeking * self.loss_scale.value() / replicas, loss.dtype)

    def _seen(self, image: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
        return self.augmentation.image(image, change) if self.augmentation else image

    def _critic_gradients(
        self, part: Part, fake: tf.Tensor, alpha: tf.Tensor
    ) -> tuple[Scalars, list[tf.Tensor], tf.Tensor]:
        """Scalars to log, gradients of the critic's loss, the generator loss's gradient for `fake`.

        The loss is a sum over three passes. Each waits for the gradients of the one before, so
        that one pass's activations are in memory at a time, not three. Gradients are those of
        the replica's share of the loss (replicas are added up), times the loss scale.
        """
        real, mask = self._seen(part.image, part.change), part.mask
        if self.augmentation:
            mask = self.augmentation.mask(mask, part.change)
        weights, scale = self.critic.trainable_variables, self.loss_scale.value()
        share = tf.cast(scale / self.strategy.num_replicas_in_sync, real.dtype)
        with tf.GradientTape() as tape:
            score_real = self.critic(real, mask, alpha)
            loss_real = self.loss.of_real(score_real)
            loss = share * loss_real
        of_real = tape.gradient(loss, weights)
        with tf.control_dependencies(of_real):
            penalty, of_penalty = self._penalty(
                lambda image: self.critic(image, mask, alpha), real, fake, part.mix, share=share
            )
        with tf.control_dependencies(of_penalty), tf.GradientTape(persistent=True) as tape:
            tape.watch(fake)
            score_fake = self.critic(fake, mask, alpha)
            loss_fake = self.loss.of_fake(score_fake)
            loss = share * loss_fake
            if self.loss.of_generator:
                loss_generator = self.loss.of_generator(score_fake)
                its_share = share * loss_generator
        if self.loss.of_generator:
            of_fake, for_fake = tape.gradient(loss, weights), tape.gradient(its_share, fake)
        else:  # one way through the critic serves both
            *of_fake, against = tape.gradient(loss, [*weights, fake])
            loss_generator, for_fake = -loss_fake, -against
        scalars = {
            "critic_loss": loss_real + loss_fake + self.loss.penalty_weight * penalty,
            "generator_loss": loss_generator,
            "score_real": tf.reduce_mean(score_real),
            "score_fake": tf.reduce_mean(score_fake),
            "gradient_penalty": penalty,
            "drift": losses.drift_penalty(score_real),
        }
        return scalars, [tf.add_n(three) for three in zip(of_real, of_penalty, of_fake)], for_fake

    def _penalty(
        self, critic: losses.Critic, *points: tf.Tensor, share: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """The penalty at these points (real, fake, mix) and its gradients; zeros where not due."""
        weights, every = self.critic.trainable_variables, self.loss.penalty_every
        scale = INNER_SCALE if self.loss_scale.active else 1.0

        def taken() -> list[tf.Tensor]:
            with tf.GradientTape() as tape:
                penalty = self.loss.penalty(critic, *points, scale)
                loss = share * self.loss.penalty_weight * every * penalty
            return [penalty, *tape.gradient(loss, weights, unconnected_gradients="zero")]

        if every == 1:
            penalty, *gradients = taken()
        else:
            nothing = [tf.zeros([], share.dtype), *map(tf.zeros_like, weights)]
            due = tf.equal((self.step + 1) % every, 0)
            penalty, *gradients = tf.cond(due, taken, lambda: nothing)
        return penalty, gradients

    def _update(self, name: str, gradients: list[tf.Tensor]) -> Scalars:
        """Add up the replicas' gradients, unscale, clip, apply; returns their norm before the clip.

        With loss scaling, infinite gradients become zero: Adam without momentum then leaves the
        weights as they are.
        """
        gradients = self._added_up(gradients)
        scalars: Scalars = {}
        if self.loss_scale.active:
            gradients = [gradient / self.loss_scale.value() for gradient in gradients]
            finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in gradients])
            gradients = [tf.where(finite, gradient, 0.0) for gradient in gradients]
            scalars[f"{name}_skipped"] = tf.where(finite, 0.0, 1.0)
        norm = tf.linalg.global_norm(gradients)
        if self.clip_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, self.clip_norm, use_norm=norm)
        model, optimizer = getattr(self, name), getattr(self, f"{name}_optimizer")
        optimizer.apply_gradients(
            zip(gradients, model.trainable_variables), experimental_aggregate_gradients=False
        )
        return {f"{name}_gradient_norm": norm, **scalars}

    def _added_up(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """Sums over the replicas, reduced as one vector.

        One vector not for speed: `all_reduce` of a list passes through an IdentityN, whose
        pruning makes TensorFlow's graph optimiser forget that a weight is read before its update.
        """
        if self.strategy.num_replicas_in_sync == 1:
            return gradients
        flat = tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], axis=0)
        flat = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, flat)
        parts = tf.split(flat, [gradient.shape.num_elements() for gradient in gradients])
        return [tf.reshape(part, g.shape) for part, g in zip(parts, gradients)]

    @tf.function(autograph=False)
    def sample(self, mask: tf.Tensor, latent: tf.Tensor) -> tf.Tensor:
        """Images [N, H, H, 3] of the moving average, as the current step would show them."""
        return self.averaged(mask, latent, self._alpha())


def _follow(average: tf.Variable, weight: tf.Tensor, kept: tf.Tensor) -> None:
    average.assign_sub(tf.cast(1 - kept, average.dtype) * (average - weight))


def adam(learning_rate: Callable[[], tf.Tensor]) -> keras.optimizers.legacy.Adam:
    """Adam with beta1 0, beta2 0.99, epsilon 1e-8.

    Keras' "legacy" class updates each weight in one fused kernel, and its checkpoints hold the
    moments beside the weight they belong to: when the fade branch goes, all others keep theirs.
    """
    return keras.optimizers.legacy.Adam(learning_rate, beta_1=0.0, beta_2=0.99, epsilon=1e-8)
