"""One training step of pix2pixHD, on every replica of a strategy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Optional

import numpy as np
import tensorflow as tf

from networks.image_to_image.given import Given
from networks.image_to_image.patch_critic import PatchCritics
from siblings.pix2pixhd import networks
from training import judging, step
from training.image_pool import ImagePool
from training.learner import ADVERSARIAL, Learner
from training.run.loop import Batch, Scalars


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the networks are trained.

    Attributes:
      batch_size: global; size: height and width of the pictures; seed: of every draw.
      classes: of the label maps, 0 = they are pictures; instances: whether edges of instances are
        drawn.
      features_of: what the encoder's features are means over, "instance" or "label".
      learning_rate: of both networks: steps done → float32 scalar.
      judge: weighs the losses.
      pool_size: fakes of earlier steps that the critics see again; 0 = today's alone.
      outermost: train the outermost part of the generator alone.
      loss_scaling: for networks that compute in float16.
      xla: compile both networks' passes with XLA.
    """

    batch_size: int
    size: tuple[int, int]
    classes: int
    learning_rate: Callable[[tf.Tensor], tf.Tensor]
    seed: int
    instances: bool = True
    features_of: str = "instance"
    judge: judging.Judge = judging.Judge()
    pool_size: int = 0
    outermost: bool = False
    loss_scaling: bool = False
    xla: bool = False


class Pix2PixHDTrainer(Learner):
    """Trains a generator and critics of patches at several scales (arXiv 1711.11585, 3.2, 3.3).

    Both learn from the same passes: the critics' weights are those before the step. An encoder of
    features (3.4) learns what the generator makes of them.

    Args:
      strategy: the replicas.
      generator, critics, encoder: their weights; encoder None = the generator has no features.
      plan: how they are trained.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        generator: networks.Generator,
        critics: PatchCritics,
        plan: Plan,
        encoder: Optional[networks.Encoder] = None,
    ) -> None:
        self.plan, self.generator, self.critics, self.encoder = plan, generator, critics, encoder
        self.channels = networks.channels(plan.classes, plan.instances)  # that both see
        with strategy.scope():
            networks.build(generator, critics, encoder, self.channels)
            # A label map's ids are one channel of a picture in the pool.
            others = self.channels - plan.classes
            picture = [*plan.size, 1 + others + networks.PICTURE]
            self.pool = ImagePool(plan.pool_size, picture, generator.variable_dtype)
        outermost = generator.outermost if plan.outermost else generator
        trained = {"generator": outermost, "critics": critics, "encoder": encoder}
        there = {name: network for name, network in trained.items() if network is not None}
        super().__init__(
            strategy,
            {**there, "generator": generator},
            plan.learning_rate,
            ADVERSARIAL,
            plan.loss_scaling,
            plan.xla,
            trained={name: network.trainable_variables for name, network in there.items()},
            pool=self.pool,
        )

    def paint(self, batch: Mapping[str, np.ndarray]) -> np.ndarray:
        """Pictures, as the networks are now; features are those of the photos.

        Args:
          batch: see `_replica_step`; "image" only where there is an encoder.

        Returns:
          float32 [N, H, W, 3] in [-1, 1].
        """
        return self._paint({name: tf.constant(value) for name, value in batch.items()}).numpy()

    @tf.function(autograph=False, reduce_retracing=True)
    def _paint(self, batch: Batch) -> tf.Tensor:
        given, number = self.given(batch), self._regions(batch)
        return self.generator(self._with_features(given, batch, number, training=False))

    def _replica_step(self, batch: Batch) -> Scalars:
        """Of "image" [N, H, W, 3] in [-1, 1], "label" uint8 and "instance" int32 [N, H, W].

        Without classes "label" is as "image".
        """
        photo, given = tf.cast(batch["image"], self.generator.variable_dtype), self.given(batch)
        number = self._regions(batch)  # which XLA can't tell
        paint = self.compiled(lambda: self._painted(given, batch, number))
        with tf.GradientTape() as tape:
            fake = paint()
        pooled = self._pooled(given, fake) if self.plan.pool_size else None
        scalars, of_critics, along = self.compiled(self._judging)(given, photo, fake, pooled)
        painters = [name for name in self.updates if name != "critics"]
        gradients = tape.gradient(fake, [self.updates[name].weights for name in painters], along)
        scalars.update(self.updates["critics"](of_critics))
        for name, of_painter in zip(painters, gradients):
            scalars.update(self.updates[name](of_painter))
        return scalars

    def given(self, batch: Batch) -> Given:
        """What is painted from: a label map or a picture, and edges of instances behind it."""
        edges = [networks.edges(batch["instance"])] if self.plan.instances else []
        dtype = self.generator.variable_dtype
        if self.plan.classes:
            return Given.of_labels(batch["label"], edges, dtype)
        return Given.of_pictures(batch["label"], edges, dtype)

    def _regions(self, batch: Batch) -> Optional[tf.Tensor]:
        """What the encoder's features are means over, where there is one."""
        if self.encoder is None:
            return None
        return networks.numbered(batch[self.plan.features_of])

    def _painted(self, given: Given, batch: Batch, number: Optional[tf.Tensor]) -> tf.Tensor:
        seen = self._with_features(given, batch, number, training=True)
        return self.generator(seen, training=True)

    def _with_features(
        self, given: Given, batch: Batch, number: Optional[tf.Tensor], training: bool
    ) -> Given:
        """With the encoder's features of the photos behind, where there is one."""
        if self.encoder is None:
            return given
        features = self.encoder(batch["image"], training=training)
        return given.with_others(networks.means_of_regions(features, number))

    def _pooled(self, given: Given, fake: tf.Tensor) -> Given:
        """What critics see of this replica's share, some of it replaced by earlier steps'."""
        label = tf.cast(given.label, given.others.dtype)[..., None]
        judged = tf.concat([label, given.others, tf.stop_gradient(fake)], axis=-1)
        (seed,) = tf.unstack(step.seeds(self.plan.seed, self.step, 1))
        seen = step.share(self.pool(step.gathered(judged, self.plan.batch_size), seed))
        return Given(tf.cast(seen[..., 0], tf.int32), seen[..., 1:])

    def _judging(
        self, given: Given, photo: tf.Tensor, fake: tf.Tensor, pooled: Optional[Given]
    ) -> tuple[Scalars, list[tf.Tensor], tf.Tensor]:
        """Scalars, gradients of the critics' share, the generator's share's gradient at fakes."""
        scalars, of_critics, (along,) = judging.gradients(
            self.plan.judge, self.critics, given, photo, [fake], self.share, pooled
        )
        return scalars, of_critics, along
