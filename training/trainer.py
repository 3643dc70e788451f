"""One training step of the progressive GAN, on every replica of a strategy."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple, Optional, Protocol

import tensorflow as tf
from tensorflow import keras

from training import losses, schedule, step
from training.average import MovingAverage
from training.loss_scale import INNER_SCALE, LossScale
from training.run.loop import Batch, Scalars

BETA_1, BETA_2 = 0.0, 0.99  # of Adam


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


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the networks are trained.

    Attributes:
      batch_size: global; n_critic: critic updates a step; seed: of every draw.
      learning_rate: of both networks: steps done → float32 scalar.
      fade_steps: until alpha is 1; average_decay: of the moving average, see `schedule`.
      loss: of both networks.
      clip_norm: a network's gradient is scaled down to this norm where it is longer; 0 = never.
      augmentation: of what the critic sees, or None.
      mode_seeking: weight of `losses.mode_seeking` in the generator's loss.
      other_masks: weight, in the critic's loss, of real images with other images' masks, which
        are to score as low as fakes (arXiv 1605.05396, section 4.2).
      loss_scaling: for networks that compute in float16.
      xla: compile both networks' passes with XLA.
    """

    batch_size: int
    learning_rate: Callable[[tf.Tensor], tf.Tensor]
    n_critic: int
    fade_steps: int
    average_decay: float
    seed: int
    loss: losses.Loss = losses.WASSERSTEIN
    clip_norm: float = 0.0
    augmentation: Optional[Augmentation] = None
    mode_seeking: float = 0.0
    other_masks: float = 0.0
    loss_scaling: bool = False
    xla: bool = False


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
      plan: how they are trained.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        generator: keras.Model,
        critic: keras.Model,
        averaged: keras.Model,
        plan: Plan,
    ) -> None:
        self.strategy, self.plan = strategy, plan
        self.generator, self.critic, self.averaged = generator, critic, averaged
        self.networks: Mapping[str, keras.Model] = {
            "generator": generator,
            "critic": critic,
            "averaged": averaged,
        }
        self.average = MovingAverage(strategy, averaged, generator)
        with strategy.scope():
            self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
            self.rate_scale = tf.Variable(1.0, trainable=False)  # whoever rolls back lowers it
            self.loss_scale = LossScale(plan.loss_scaling)
            self.learning_rate = lambda: plan.learning_rate(self.step) * self.rate_scale
            self.generator_optimizer = step.adam(self.learning_rate, BETA_1, BETA_2)
            self.critic_optimizer = step.adam(self.learning_rate, BETA_1, BETA_2)
            self._build()
        self._updates = {
            name: step.Update(
                name, network.trainable_variables, optimizer, self.loss_scale, plan.clip_norm
            )
            for name, network, optimizer in (
                ("generator", generator, self.generator_optimizer),
                ("critic", critic, self.critic_optimizer),
            )
        }
        self.checkpoint = tf.train.Checkpoint(
            **self.networks,
            generator_optimizer=self.generator_optimizer,
            critic_optimizer=self.critic_optimizer,
            loss_scale=self.loss_scale,
            step=self.step,
        )
        as_chosen = (
            functools.partial(tf.function, jit_compile=True, autograph=False)
            if plan.xla
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
        self.average.start()
        self.generator_optimizer._create_all_weights(self.generator.trainable_variables)
        self.critic_optimizer._create_all_weights(self.critic.trainable_variables)

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
        self.average.follow(schedule.average_decay(self.step, self.plan.average_decay))
        means = step.means(self.strategy, scalars)
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
        return schedule.fade_alpha(self.step, self.plan.fade_steps)

    def _parts(self, batch: Batch) -> list[Part]:
        """The replica's share of the batch and of the global draws, for each critic update."""
        dtype = self.generator.variable_dtype
        draws = [tf.cast(draw, dtype) for draw in self._draws()]
        data = [
            tf.split(tf.cast(batch[name], dtype), self.plan.n_critic) for name in ("image", "mask")
        ]
        return [Part(*of_each) for of_each in zip(*data, *map(tf.unstack, draws))]

    def _draws(self) -> list[tf.Tensor]:
        """This replica's latents, mixes and changes of the step, each [n_critic, N, …]."""
        seeds = step.seeds(self.plan.seed, self.step, 3)
        every = [self.plan.n_critic, self.plan.batch_size]
        changes = self.plan.augmentation.draws if self.plan.augmentation else 0
        whole = [
            tf.random.stateless_normal([*every, self.generator.latent_size], seeds[0]),
            tf.random.stateless_uniform(every, seeds[1]),
            tf.random.stateless_uniform([*every, changes], seeds[2]),
        ]
        return [step.share(draw, axis=1) for draw in whole]

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
        """The mode-seeking loss, where it is wanted: neighbours exchange latents."""
        if not self.plan.mode_seeking:
            return []
        latent = _exchanged(part.latent)
        other = self.generator(part.mask, latent, alpha)
        return [losses.mode_seeking(made, other, part.latent, latent, part.mask)]

    def _share_of(self, loss: tf.Tensor) -> tf.Tensor:
        """The gradient that a part of the generator's loss starts with on this replica."""
        replicas = self.strategy.num_replicas_in_sync
        return tf.cast(self.plan.mode_seeking * self.loss_scale.value() / replicas, loss.dtype)

    def _seen(self, image: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
        return self.plan.augmentation.image(image, change) if self.plan.augmentation else image

    def _critic_gradients(
        self, part: Part, fake: tf.Tensor, alpha: tf.Tensor
    ) -> tuple[Scalars, list[tf.Tensor], tf.Tensor]:
        """Scalars to log, gradients of the critic's loss, the generator loss's gradient for `fake`.

        The loss is a sum over passes. Each waits for the gradients of the one before, so that one
        pass's activations are in memory at a time. Gradients are those of the replica's share of
        the loss (replicas are added up), times the loss scale.
        """
        objective = self.plan.loss
        real, mask = self._seen(part.image, part.change), part.mask
        if self.plan.augmentation:
            mask = self.plan.augmentation.mask(mask, part.change)
        weights, scale = self.critic.trainable_variables, self.loss_scale.value()
        share = tf.cast(scale / self.strategy.num_replicas_in_sync, real.dtype)
        with tf.GradientTape() as tape:
            score_real = self.critic(real, mask, alpha)
            loss_real = objective.of_real(score_real)
            loss = share * loss_real
        of_real = tape.gradient(loss, weights)
        with tf.control_dependencies(of_real):
            points = losses.between(real, fake, part.mix) if objective.penalty_between else real
            penalty, of_penalty = self._penalty(
                lambda image: self.critic(image, mask, alpha), points, share
            )
        with tf.control_dependencies(of_penalty), tf.GradientTape(persistent=True) as tape:
            tape.watch(fake)
            score_fake = self.critic(fake, mask, alpha)
            loss_fake = objective.of_fake(score_fake)
            loss = share * loss_fake
            if objective.of_generator:
                loss_generator = objective.of_generator(score_fake)
                its_share = share * loss_generator
        if objective.of_generator:
            of_fake, for_fake = tape.gradient(loss, weights), tape.gradient(its_share, fake)
        else:  # one way through the critic serves both
            *of_fake, against = tape.gradient(loss, [*weights, fake])
            loss_generator, for_fake = -loss_fake, -against
        gradients = [of_real, of_penalty, of_fake]
        scalars = {
            "critic_loss": loss_real + loss_fake + objective.penalty_weight * penalty,
            "generator_loss": loss_generator,
            "score_real": tf.reduce_mean(score_real),
            "score_fake": tf.reduce_mean(score_fake),
            "gradient_penalty": penalty,
            "drift": losses.drift_penalty(score_real),
        }
        if self.plan.other_masks:
            with tf.control_dependencies(of_fake):
                scalars["other_masks"], of_others = self._with_others(real, mask, alpha, share)
            scalars["critic_loss"] += self.plan.other_masks * scalars["other_masks"]
            gradients.append(of_others)
        return scalars, [tf.add_n(of_weight) for of_weight in zip(*gradients)], for_fake

    def _with_others(
        self, real: tf.Tensor, mask: tf.Tensor, alpha: tf.Tensor, share: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """The critic's loss of real images whose masks neighbours have exchanged, its gradients."""
        with tf.GradientTape() as tape:
            loss = self.plan.loss.of_fake(self.critic(real, _exchanged(mask), alpha))
            shared = share * self.plan.other_masks * loss
        return loss, tape.gradient(shared, self.critic.trainable_variables)

    def _penalty(
        self, critic: losses.Critic, points: tf.Tensor, share: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """The penalty at these points and its gradients; zeros where not due."""
        weights, objective = self.critic.trainable_variables, self.plan.loss
        scale, every = INNER_SCALE if self.loss_scale.active else 1.0, objective.penalty_every

        def taken() -> list[tf.Tensor]:
            with tf.GradientTape() as tape:
                penalty = objective.penalty(critic, points, scale)
                loss = share * objective.penalty_weight * every * penalty
            return [penalty, *tape.gradient(loss, weights, unconnected_gradients="zero")]

        if every == 1:
            penalty, *gradients = taken()
        else:
            nothing = [tf.zeros([], share.dtype), *map(tf.zeros_like, weights)]
            due = tf.equal((self.step + 1) % every, 0)
            penalty, *gradients = tf.cond(due, taken, lambda: nothing)
        return penalty, gradients

    def _update(self, name: str, gradients: list[tf.Tensor]) -> Scalars:
        return self._updates[name](gradients)

    @tf.function(autograph=False)
    def sample(self, mask: tf.Tensor, latent: tf.Tensor) -> tf.Tensor:
        """Images [N, H, H, 3] of the moving average, as the current step would show them."""
        return self.averaged(mask, latent, self._alpha())


def _exchanged(x: tf.Tensor) -> tf.Tensor:
    """Neighbours two by two: each has the other's. [N, …], N even, same shape."""
    pairs = tf.reshape(x, [-1, 2, *x.shape[1:]])
    return tf.reshape(pairs[:, ::-1], x.shape)
