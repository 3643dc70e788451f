"""What pictures that are to be photos cost, and what their discriminators have to learn of them.

pix2pixHD's losses (arXiv 1711.11585, section 3.3), of one picture of each photo or of several.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Optional

import tensorflow as tf

from training import matching
from training.run.loop import Scalars

PERCEPTUAL = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)  # weighs VGG's features, the finest first
Features = Callable[[tf.Tensor], Sequence[tf.Tensor]]
Judged = list[matching.Maps]
Seen = Callable[[tf.Tensor], Judged]  # pictures → what each discriminator's layers give


@dataclasses.dataclass(frozen=True)
class Judge:
    """Weighs the losses.

    Attributes:
      loss: of scores, a name of `matching.ADVERSARIAL`.
      feature_weight, perceptual_weight: of the two matching losses.
      perceive: fixed features of pictures, for the perceptual loss; None = without.
    """

    loss: str = "lsgan"
    feature_weight: float = 10.0
    perceptual_weight: float = 10.0
    perceive: Optional[Features] = None

    def scalars(
        self,
        seen: Seen,
        photo: tf.Tensor,
        fakes: Sequence[tf.Tensor],
        pooled: Optional[Judged] = None,
    ) -> Scalars:
        """Losses, "critic_loss" and "generator_loss" among them, with their parts.

        The generator's are summed over the fakes of each photo; the discriminators' mean over fakes
        weighs as much as photos do.

        Args:
          seen: what discriminators see in pictures [N, H, W, 3].
          photo: that each of the fakes is to be.
          pooled: what they see in fakes of earlier steps, which they learn from instead.
        """
        loss = matching.ADVERSARIAL[self.loss]
        of_photo, of_fakes = seen(photo), [seen(fake) for fake in fakes]
        told = [matching.told(each, 0.0, loss) for each in ([pooled] if pooled else of_fakes)]
        matched = [matching.feature_matching(each, of_photo) for each in of_fakes]
        scalars = {
            "photo_loss": matching.told(of_photo, 1.0, loss),
            "fake_loss": tf.add_n(told) / len(told),
            "adversarial_loss": tf.add_n([matching.told(each, 1.0, loss) for each in of_fakes]),
            "feature_loss": self.feature_weight * tf.add_n(matched),
        }
        if self.perceive:
            scalars["perceptual_loss"] = self.perceptual_weight * self._perceptual(photo, fakes)
        scalars["critic_loss"] = (scalars["photo_loss"] + scalars["fake_loss"]) / 2
        parts = ("adversarial_loss", "feature_loss", "perceptual_loss")
        scalars["generator_loss"] = tf.add_n([scalars[n] for n in parts if n in scalars])
        return scalars

    def _perceptual(self, photo: tf.Tensor, fakes: Sequence[tf.Tensor]) -> tf.Tensor:
        assert self.perceive
        real = self.perceive(photo)
        each = [matching.perceptual(self.perceive(fake), real, PERCEPTUAL) for fake in fakes]
        return tf.add_n(each)


def gradients(
    judge: Judge,
    critics: Any,
    given: Any,
    photo: tf.Tensor,
    fakes: Sequence[tf.Tensor],
    share: Callable[[tf.Tensor], tf.Tensor],
    pooled: Any = None,
) -> tuple[Scalars, list[tf.Tensor], list[tf.Tensor]]:
    """Scalars, the gradients of the critics' loss, and of the generator's at the fakes.

    Args:
      critics: the discriminators, a network.
      given: a `Given`, which stands before each picture; pooled: one with pictures in it.
      share: this replica's part of a loss.
    """

    def seen(picture: tf.Tensor) -> Judged:
        return critics(given.with_others(picture), training=True)

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(fakes)
        of_pooled = None if pooled is None else critics(pooled, training=True)
        scalars = judge.scalars(seen, photo, fakes, of_pooled)
        shares = [share(scalars[f"{name}_loss"]) for name in ("critic", "generator")]
    of_critics = tape.gradient(shares[0], critics.trainable_variables)
    return scalars, of_critics, tape.gradient(shares[1], fakes)
