"""Adversarial losses: scores in, scalars out. The critic is trained to score real images high.

`WASSERSTEIN` with gradient penalty (arXiv 1704.00028) is the paper's; `LOGISTIC`, non-saturating
with a penalty of the gradient at real images (R1, arXiv 1801.04406), is steadier where training is
short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Optional, Union

import tensorflow as tf

Critic = Callable[[tf.Tensor], tf.Tensor]  # images [N, H, W, 3] → scores [N, 1]
Scored = Callable[[tf.Tensor], tf.Tensor]  # scores [N, 1] → scalar
Scale = Union[tf.Tensor, float]

PENALTY_WEIGHT = 10.0
DRIFT_WEIGHT = 1e-4
REAL_PENALTY_WEIGHT = 0.5  # gamma / 2, gamma 1
SEEKING_EPSILON = 1e-5  # keeps the mode-seeking loss finite where nothing changes, or is drawn
NORM_EPSILON = 1e-12  # keeps the norm's own gradient finite where the gradient is zero


def drift_penalty(real: tf.Tensor) -> tf.Tensor:
    """mean(real²), scores [N, 1]: keeps them near zero, which the distance leaves free."""
    return tf.reduce_mean(tf.square(real))


def between(real: tf.Tensor, fake: tf.Tensor, mix: tf.Tensor) -> tf.Tensor:
    """Points x̂ = real + mix·(fake - real) for the penalty; no gradient flows into `fake`.

    Args:
      real, fake: images [N, H, W, 3].
      mix: [N] in [0, 1).
    """
    return real + mix[:, None, None, None] * (tf.stop_gradient(fake) - real)


def gradient_penalty(critic: Critic, points: tf.Tensor, scale: Scale = 1.0) -> tf.Tensor:
    """mean((|∇ critic(x̂)| - 1)²); the norm runs over height, width and channels of each sample.

    Args:
      critic: images [N, H, W, 3] → scores [N, 1].
      points: x̂, images [N, H, W, 3], see `between`.
      scale: of the scores while the image's gradient is taken; it leaves the result as it is, but
        keeps that gradient from vanishing where the critic computes in float16.
    """
    gradient = _image_gradient(critic, points, scale)
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]) + NORM_EPSILON)
    return tf.reduce_mean(tf.square(norm - 1.0))


def real_gradient_penalty(critic: Critic, points: tf.Tensor, scale: Scale = 1.0) -> tf.Tensor:
    """mean(|∇ critic(real)|²), the R1 penalty of arXiv 1801.04406, equation 9.

    Args:
      critic, points, scale: see `gradient_penalty`; the points are real images.
    """
    gradient = _image_gradient(critic, points, scale)
    return tf.reduce_mean(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]))


def _image_gradient(critic: Critic, points: tf.Tensor, scale: Scale) -> tf.Tensor:
    """∇ critic at images [N, H, W, 3], same shape."""
    with tf.GradientTape() as tape:
        tape.watch(points)
        scores = critic(points) * scale
    return tape.gradient(scores, points) / scale


class Loss(NamedTuple):
    """What critic and generator are trained for.

    Attributes:
      of_real, of_fake: the critic's loss is their sum, and the penalty.
      of_generator: of the scores of fakes; None = minus `of_fake`.
      penalty: of the critic at points: (critic, points, scale) → scalar, like `gradient_penalty`.
      penalty_between: whether the points lie between real and fake images, see `between`; else
        they are the real ones.
      penalty_weight: of it, a step.
      penalty_every: steps from one penalty to the next, which counts for all of them (arXiv
        1912.04958, section 3.1): it is half of the critic's work.
    """

    of_real: Scored
    of_fake: Scored
    of_generator: Optional[Scored]
    penalty: Callable[[Critic, tf.Tensor, Scale], tf.Tensor]
    penalty_between: bool
    penalty_weight: float
    penalty_every: int

    def penalised(self, weight: float, every: int) -> Loss:
        """With a penalty of another weight, or in other steps; 0 = as in this one."""
        return self._replace(
            penalty_weight=weight or self.penalty_weight, penalty_every=every or self.penalty_every
        )


WASSERSTEIN = Loss(
    of_real=lambda score: DRIFT_WEIGHT * drift_penalty(score) - tf.reduce_mean(score),
    of_fake=tf.reduce_mean,
    of_generator=None,
    penalty=gradient_penalty,
    penalty_between=True,
    penalty_weight=PENALTY_WEIGHT,
    penalty_every=1,
)
LOGISTIC = Loss(
    of_real=lambda score: tf.reduce_mean(tf.nn.softplus(-score)),
    of_fake=lambda score: tf.reduce_mean(tf.nn.softplus(score)),
    of_generator=lambda score: tf.reduce_mean(tf.nn.softplus(-score)),
    penalty=real_gradient_penalty,
    penalty_between=False,
    penalty_weight=REAL_PENALTY_WEIGHT,
    penalty_every=10,
)
LOSSES = {"wasserstein": WASSERSTEIN, "logistic": LOGISTIC}


def mode_seeking(
    image: tf.Tensor, other: tf.Tensor, latent: tf.Tensor, other_latent: tf.Tensor, mask: tf.Tensor
) -> tf.Tensor:
    """mean over samples of |z - z'| / |G(m, z) - G(m, z')|: large where the latent changes little.

    Minimising it is maximising equation 2 of arXiv 1903.05628; distances are means of absolute
    differences. Those of images count by how much is drawn nearby, within a quarter of the side:
    other backgrounds are easily had, other faces are wanted.

    Args:
      image, other: [N, H, H, 3], of the same masks.
      latent, other_latent: [N, L], what they were made from; nowhere equal.
      mask: [N, H, H, 1] in {0, 1}.
    """
    near = tf.nn.avg_pool2d(mask, image.shape[1] // 4, 1, "SAME") + SEEKING_EPSILON
    near /= tf.reduce_mean(near, axis=[1, 2, 3], keepdims=True)
    change = tf.reduce_mean(near * tf.abs(image - other), axis=[1, 2, 3])
    distance = tf.reduce_mean(tf.abs(latent - other_latent), axis=1)
    return tf.reduce_mean(1 / (change / distance + SEEKING_EPSILON))
