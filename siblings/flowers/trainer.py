"""One training step of flowers with a location, on every replica of a strategy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from siblings.flowers import networks
from siblings.flowers.networks import DISCRIMINATOR_SCALES, GENERATOR_SCALES
from training import step
from training.learner import ADVERSARIAL, Learner
from training.matching import cross_entropy
from training.run.loop import Batch, Scalars

REAL, SMOOTH = 1.0, 0.9  # what a real photo's probability is to be; one-sided smoothing's
MASK_NOISE = 0.1  # standard deviation
INSTANCE_NOISE, NOISE_EPOCHS = 0.2, 100.0  # standard deviation at first; epochs until 1/e of it
DRAWS = 9  # of a step: other masks, latents, noise on masks four times, on pictures three times
Tensors = Sequence[tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the networks are trained.

    Attributes:
      batch_size: global; seed: of every draw.
      learning_rate: of both networks: epochs done → float32 scalar.
      epoch_steps: steps that an epoch takes.
      ids: of the classes whose place is the mask; use_mask: off, there are no masks.
      smooth_labels, instance_noise, mask_noise, other_masks: see the flags of these names.
      loss_scaling: for networks that compute in float16.
      xla: compile both networks' passes with XLA.
    """

    batch_size: int
    learning_rate: Callable[[tf.Tensor], tf.Tensor]
    epoch_steps: float
    ids: tuple[int, ...]
    seed: int
    use_mask: bool = True
    smooth_labels: bool = True
    instance_noise: bool = True
    mask_noise: bool = True
    other_masks: bool = True
    loss_scaling: bool = False
    xla: bool = False


class FlowersTrainer(Learner):
    """Trains generator and discriminator against each other.

    A step is DCGAN's: the discriminator learns from photos and fakes, each a batch of their own
    for its batch norm; then the generator from what the new discriminator says of the same fakes.
    Every random draw follows from (seed, step) and is made for the global batch, so that it does
    not depend on the number of replicas.

    Args:
      strategy: the replicas.
      generator, discriminator: see `siblings.flowers.networks`.
      plan: how they are trained.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        generator: networks.Generator,
        discriminator: networks.Discriminator,
        plan: Plan,
    ) -> None:
        self.plan, self.generator, self.discriminator = plan, generator, discriminator
        with strategy.scope():  # every weight, so that a checkpoint finds it
            mask = tf.zeros([1, networks.CANVAS, networks.CANVAS, 1])
            painted = self._painted(mask, tf.zeros([1, *networks.LATENT]))
            discriminator(painted, self._masks(mask))
        super().__init__(
            strategy,
            {"generator": generator, "discriminator": discriminator},
            lambda done: plan.learning_rate(self._epoch(done)),
            ADVERSARIAL,
            plan.loss_scaling,
            plan.xla,
        )

    def _masks(self, mask: tf.Tensor, scales: Sequence[int] = DISCRIMINATOR_SCALES) -> Tensors:
        return networks.masks_at(mask, scales) if self.plan.use_mask else []

    def _painted(self, mask: tf.Tensor, latent: tf.Tensor) -> tf.Tensor:
        return self.generator(latent, self._masks(mask, GENERATOR_SCALES))

    def paint(self, mask: np.ndarray, latent: np.ndarray) -> np.ndarray:
        """Pictures, as the generator is now.

        Args:
          mask: bool [N, H, W], multiples of 64.
          latent: float32 [N, H / 32, W / 32, 32].

        Returns:
          float32 [N, H, W, 3] in [-1, 1].
        """
        return self._paint(tf.constant(mask), tf.constant(latent)).numpy()

    @tf.function(autograph=False, reduce_retracing=True)
    def _paint(self, mask: tf.Tensor, latent: tf.Tensor) -> tf.Tensor:
        return self._painted(networks.mask_of(mask), latent)

    def _replica_step(self, batch: Batch) -> Scalars:
        """Of "image" [N, 64, 64, 3] in [-1, 1] and "label" uint8 [N, 64, 64]."""
        dtype = self.generator.variable_dtype
        photo = tf.cast(batch["image"], dtype)
        mask = networks.mask_of(networks.is_one_of(batch["label"], self.plan.ids), dtype)
        seeds = iter(tf.unstack(step.seeds(self.plan.seed, self.step, DRAWS)))
        other = self._others(mask, next(seeds))
        latent = self._normal(networks.LATENT, next(seeds))
        to_paint = self._noisy(self._masks(other, GENERATOR_SCALES), next(seeds))
        of_photo = self._noisy(self._masks(mask), next(seeds))
        of_fake = self._noisy(self._masks(other), next(seeds))
        paint = self.compiled(lambda: self.generator(latent, to_paint, training=True))
        with tf.GradientTape() as tape:
            fake = paint()
        judge, fool = self.compiled(self._judging), self.compiled(self._fooling)
        seen = self._blurred(photo, next(seeds)), self._blurred(fake, next(seeds))
        scalars, gradients = judge(*seen, of_photo, of_fake)
        scalars.update(self.updates["discriminator"](gradients))
        of_fake = self._noisy(self._masks(other), next(seeds))
        fooled, along = fool(self._blurred(fake, next(seeds)), of_fake)
        gradients = tape.gradient(fake, self.generator.trainable_variables, along)
        return {**scalars, **fooled, **self.updates["generator"](gradients)}

    def _judging(
        self, photo: tf.Tensor, fake: tf.Tensor, of_photo: Tensors, of_fake: Tensors
    ) -> tuple[Scalars, list[tf.Tensor]]:
        """The discriminator's loss, and this replica's share of its gradients."""
        fake = tf.stop_gradient(fake)
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(photo, of_photo, training=True)
            fake_logits = self.discriminator(fake, of_fake, training=True)
            wanted = SMOOTH if self.plan.smooth_labels else REAL
            loss = cross_entropy(real_logits, wanted) + cross_entropy(fake_logits, 0.0)
            share = self.share(loss)
        scalars = {
            "discriminator_loss": loss,
            "photo_probability": tf.reduce_mean(tf.sigmoid(real_logits)),
            "fake_probability": tf.reduce_mean(tf.sigmoid(fake_logits)),
        }
        return scalars, tape.gradient(share, self.discriminator.trainable_variables)

    def _fooling(self, fake: tf.Tensor, masks: Tensors) -> tuple[Scalars, tf.Tensor]:
        """The generator's loss, and this replica's share of its gradient at the fakes."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(fake)
            logits = self.discriminator(fake, masks, training=True)
            loss = cross_entropy(logits, 1.0)
            share = self.share(loss)
        scalars = {
            "generator_loss": loss,
            "fake_probability_after": tf.reduce_mean(tf.sigmoid(logits)),
        }
        return scalars, tape.gradient(share, fake)

    def _others(self, mask: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The masks of other photos of the global batch, no sample its own."""
        if not self.plan.other_masks:
            return mask
        count = self.plan.batch_size
        by = tf.random.stateless_uniform([], seed, 1, max(count, 2), tf.int32)
        return step.share(tf.roll(step.gathered(mask, count), by, axis=0))

    def _blurred(self, picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """With instance noise."""
        if not self.plan.instance_noise:
            return picture
        spread = INSTANCE_NOISE * tf.exp(-self._epoch(self.step) / NOISE_EPOCHS)
        return picture + tf.cast(spread, picture.dtype) * self._normal(picture.shape[1:], seed)

    def _noisy(self, masks: Tensors, seed: tf.Tensor) -> Tensors:
        """With noise of their own each."""
        if not (masks and self.plan.mask_noise):
            return masks
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, len(masks)))
        noise = (self._normal(mask.shape[1:], each) for mask, each in zip(masks, seeds))
        return [mask + MASK_NOISE * each for mask, each in zip(masks, noise)]

    def _normal(self, shape: Sequence[int], seed: tf.Tensor) -> tf.Tensor:
        """This replica's share of what N(0, 1) gives for the global batch, [N, *shape]."""
        drawn = tf.random.stateless_normal([self.plan.batch_size, *shape], seed)
        return tf.cast(step.share(drawn), self.generator.variable_dtype)

    def _epoch(self, done: tf.Tensor) -> tf.Tensor:
        """Epochs that so many steps are, float32, whole."""
        return tf.floor(tf.cast(done, tf.float32) / self.plan.epoch_steps)
