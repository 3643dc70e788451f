"""Wasserstein losses with gradient penalty (arXiv 1704.00028): scores in, scalars out.

The critic is trained to score real images high.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

PENALTY_WEIGHT = 10.0
DRIFT_WEIGHT = 1e-4
SEEKING_EPSILON = 1e-5  # keeps the mode-seeking loss finite where the latent changes nothing
NORM_EPSILON = 1e-12  # keeps the norm's own gradient finite where the gradient is zero


def critic_loss(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """mean(fake) - mean(real): minus the estimated Wasserstein distance.

    Args:
      real, fake: scores [N, 1].
    """
    return tf.reduce_mean(fake) - tf.reduce_mean(real)


def generator_loss(fake: tf.Tensor) -> tf.Tensor:
    """-mean(fake), scores [N, 1]."""
    return -tf.reduce_mean(fake)


def drift_penalty(real: tf.Tensor) -> tf.Tensor:
    """mean(real²): keeps the scores near zero, which the distance leaves free."""
    return tf.reduce_mean(tf.square(real))


def gradient_penalty(
    critic: Callable[[tf.Tensor], tf.Tensor],
    real: tf.Tensor,
    fake: tf.Tensor,
    mix: tf.Tensor,
    scale: tf.Tensor | float = 1.0,
) -> tf.Tensor:
    """mean((|∇ critic(x̂)| - 1)²) at x̂ = real + mix·(fake - real).

    The norm runs over height, width and channels of each sample. No gradient flows into `fake`.

    Args:
      critic: images [N, H, W, 3] → scores [N, 1].
      real, fake: images [N, H, W, 3].
      mix: [N] in [0, 1).
      scale: of the scores while the image's gradient is taken; it leaves the result as it is, but
        keeps that gradient from vanishing where the critic computes in float16.
    """
    points = real + mix[:, None, None, None] * (tf.stop_gradient(fake) - real)
    with tf.GradientTape() as tape:
        tape.watch(points)
        scores = critic(points) * scale
    gradient = tape.gradient(scores, points) / scale
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]) + NORM_EPSILON)
    return tf.reduce_mean(tf.square(norm - 1.0))


def mode_seeking(
    image: tf.Tensor, other: tf.Tensor, latent: tf.Tensor, other_latent: tf.Tensor
) -> tf.Tensor:
    """mean over samples of |z - z'| / |G(m, z) - G(m, z')|: large where the latent changes little.

    Minimising it is maximising equation 2 of arXiv 1903.05628; distances are means of absolute
    differences.

    Args:
      image, other: [N, H, W, 3], of the same masks.
      latent, other_latent: [N, L], what they were made from; nowhere equal.
    """
    change = tf.reduce_mean(tf.abs(image - other), axis=[1, 2, 3])
    distance = tf.reduce_mean(tf.abs(latent - other_latent), axis=1)
    return tf.reduce_mean(1 / (change / distance + SEEKING_EPSILON))
