"""One training step of MaskGAN's painter, on every replica of a strategy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import NamedTuple, Optional

import numpy as np
import tensorflow as tf

from networks.image_to_image.given import Given
from networks.image_to_image.patch_critic import PatchCritics
from siblings.maskgan import mask_trainer
from siblings.maskgan.mask_vae import MaskVAE
from siblings.maskgan.networks import Blender, Painter, blended
from training import judging, step
from training.learner import ADVERSARIAL, Learner
from training.run.loop import Batch, Scalars


class Editing(NamedTuple):
    """What simulates somebody who edits masks: MaskVAE, which stays as it is, and the blender."""

    vae: MaskVAE
    blender: Blender


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the painter is trained.

    Attributes:
      batch_size: global.
      learning_rate: of all networks: steps done → float32 scalar.
      judge: weighs the losses.
      edit: how far masks are edited, of the way to another's.
      loss_scaling: for networks that compute in float16.
      xla: compile the networks' passes with XLA.
    """

    batch_size: int
    learning_rate: Callable[[tf.Tensor], tf.Tensor]
    judge: judging.Judge
    edit: float = 0.4
    loss_scaling: bool = False
    xla: bool = False


class PainterTrainer(Learner):
    """Trains a painter to give back photos from their masks and styles (arXiv 1907.11922).

    With `editing` it also paints two masks in the style of a photo, one edited towards another's
    mask, one away from it, whose blend is to be the photo again (dual-editing consistency). All
    networks learn from the same passes, of weights before the step.

    Args:
      strategy: the replicas.
      painter, critics, editing: with their weights.
      plan: how they are trained.
    """

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        painter: Painter,
        critics: PatchCritics,
        plan: Plan,
        editing: Optional[Editing] = None,
    ) -> None:
        self.plan, self.painter, self.critics, self.editing = plan, painter, critics, editing
        trained = {"painter": painter, "critics": critics}
        fixed = {}
        if editing:
            trained["blender"], fixed = editing.blender, {"vae": editing.vae}
        super().__init__(
            strategy,
            trained,
            plan.learning_rate,
            ADVERSARIAL,
            plan.loss_scaling,
            plan.xla,
            **fixed,
        )
        self.networks = {**trained, **fixed}

    def paint(self, batch: Mapping[str, np.ndarray]) -> np.ndarray:
        """Pictures of label maps in the style of their own photos, as the networks are now.

        Args:
          batch: see `_replica_step`; "style_image" and "style_label" where it is another's style.

        Returns:
          float32 [N, H, W, 3] in [-1, 1].
        """
        given = {name: tf.constant(value) for name, value in batch.items()}
        image, label = (given.get(f"style_{name}", given[name]) for name in ("image", "label"))
        return self._paint(given["label"], image, label).numpy()

    def edit(self, batch: Mapping[str, np.ndarray]) -> tuple[np.ndarray, ...]:
        """A batch's masks edited towards the next one's, with these painted, and the blends.

        Returns:
          uint8 [N, H, W]; float32 [N, H, W, 3] in [-1, 1] twice.
        """
        label, image = tf.constant(batch["label"]), tf.constant(batch["image"])
        return tuple(each.numpy() for each in self._edit(label, image))

    @tf.function(autograph=False, reduce_retracing=True)
    def _paint(self, label: tf.Tensor, image: tf.Tensor, style_label: tf.Tensor) -> tf.Tensor:
        style = self.painter.style_of(image, self._given(style_label))
        return self.painter.painted(self._given(label), style)

    @tf.function(autograph=False, reduce_retracing=True)
    def _edit(self, label: tf.Tensor, image: tf.Tensor) -> tuple[tf.Tensor, ...]:
        assert self.editing
        latent = mask_trainer.encoded(self.editing.vae, label)
        edited = self._edited(latent, tf.roll(latent, -1, axis=0))
        _, (towards, _), blend = self._pictures(label, image, edited)
        return edited[0], towards, blend

    def _given(self, label: tf.Tensor) -> Given:
        return Given.of_labels(label, [], self.painter.variable_dtype)

    def _replica_step(self, batch: Batch) -> Scalars:
        """Of "image" [N, H, W, 3] in [-1, 1] and "label" uint8 [N, H, W]."""
        label, photo = batch["label"], tf.cast(batch["image"], self.painter.variable_dtype)
        edited = self._towards_others(label) if self.editing else None
        with tf.GradientTape() as tape:
            fakes = self.compiled(self._fakes)(label, photo, edited)
        judged = self.compiled(self._judging)(label, photo, fakes)
        scalars, of_critics, along = judged
        painters = [name for name in self.updates if name != "critics"]
        gradients = tape.gradient(fakes, [self.updates[name].weights for name in painters], along)
        scalars.update(self.updates["critics"](of_critics))
        for name, of_painter in zip(painters, gradients):
            scalars.update(self.updates[name](of_painter))
        return scalars

    def _fakes(
        self, label: tf.Tensor, photo: tf.Tensor, edited: Optional[tuple[tf.Tensor, ...]]
    ) -> list[tf.Tensor]:
        """All that is to be the photo: what is painted from its own mask, and the blend."""
        if edited is None:
            return [self.painter(self._given(label), photo, self._given(label))]
        own, _, blend = self._pictures(label, photo, edited)
        return [own, blend]

    def _pictures(
        self, label: tf.Tensor, photo: tf.Tensor, edited: tuple[tf.Tensor, ...]
    ) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
        """Painted from the photo's own mask; from those edited; and the blend of these."""
        assert self.editing
        style = self.painter.style_of(photo, self._given(label))
        masks = tf.concat([label, *edited], axis=0)
        painted = self.painter.painted(self._given(masks), tf.tile(style, [3, 1]))
        own, towards, away = tf.split(painted, 3)
        blend = blended(towards, away, self.editing.blender(towards, away))
        return own, (towards, away), blend

    def _towards_others(self, label: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Masks edited, each by the next one of the global batch; nothing learns by them."""
        assert self.editing
        vae, count = self.editing.vae, self.plan.batch_size
        latent = self.compiled(lambda: mask_trainer.encoded(vae, label))()
        others = step.share(tf.roll(step.gathered(latent, count), -1, axis=0))
        return self.compiled(self._edited)(latent, others)

    def _edited(self, latent: tf.Tensor, others: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Masks that lie on the way to the others, and as far on the way from them."""
        assert self.editing
        way = self.plan.edit * (others - latent)
        masks = mask_trainer.decoded(
            self.editing.vae, tf.concat([latent + way, latent - way], axis=0)
        )
        towards, away = tf.split(masks, 2)
        return towards, away

    def _judging(
        self, label: tf.Tensor, photo: tf.Tensor, fakes: list[tf.Tensor]
    ) -> tuple[Scalars, list[tf.Tensor], list[tf.Tensor]]:
        """Scalars, gradients of the critics' share, the painters' share's gradients at fakes."""
        given = self._given(label)
        return judging.gradients(self.plan.judge, self.critics, given, photo, fakes, self.share)
