"""Losses of image-to-image systems: of scores of patches, of features that are to match.

pix2pixHD (arXiv 1711.11585, section 3.2 and equation 7). Scores and features come of several
discriminators, each a list of layers' results, the last of which are the scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

Maps = Sequence[tf.Tensor]  # of a discriminator: what its layers give, [N, H, W, C] each
Scored = Callable[[tf.Tensor, float], tf.Tensor]  # scores, what they are to be → scalar
FEATURES = 4.0  # weighs what a discriminator's layers have together


def least_squares(scores: tf.Tensor, wanted: float) -> tf.Tensor:
    """mean((scores - wanted)²), LSGAN (arXiv 1611.04076)."""
    return tf.reduce_mean(tf.square(scores - wanted))


def cross_entropy(scores: tf.Tensor, wanted: float) -> tf.Tensor:
    """Mean binary cross-entropy of sigmoid(scores)."""
    labels = tf.fill(tf.shape(scores), tf.constant(wanted, scores.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, scores))


ADVERSARIAL: dict[str, Scored] = {"lsgan": least_squares, "vanilla": cross_entropy}


def told(judged: Sequence[Maps], wanted: float, loss: Scored) -> tf.Tensor:
    """How far the scores of all discriminators are from what they are to be: 1 real, 0 fake; a
    sum."""
    return tf.add_n([loss(maps[-1], wanted) for maps in judged])


def feature_matching(fake: Sequence[Maps], real: Sequence[Maps]) -> tf.Tensor:
    """Mean absolute differences of all layers but the scores, 4 / layers each; mean over
    discriminators.

    No gradient flows into `real`. A discriminator of n layers beside its scores has 4 / n each:
    the release's 4 / (n_layers + 1). Means are of the scores' type: one over layers of half
    precision would not be exact enough.
    """
    sums = [
        FEATURES / (len(ours) - 1) * tf.add_n(_differences(ours[:-1], theirs[:-1], ours[-1].dtype))
        for ours, theirs in zip(fake, real)
    ]
    return tf.add_n(sums) / len(sums)


def perceptual(fake: Maps, real: Maps, weights: Sequence[float]) -> tf.Tensor:
    """Weighted sum of the mean absolute differences of a fixed network's features."""
    differences = _differences(fake, real, fake[0].dtype)
    return tf.add_n([w * difference for w, difference in zip(weights, differences)])


def _differences(ours: Maps, theirs: Maps, dtype: tf.DType) -> list[tf.Tensor]:
    """Mean absolute ones, in this type."""
    return [
        tf.reduce_mean(tf.cast(tf.abs(a - tf.stop_gradient(b)), dtype))
        for a, b in zip(ours, theirs)
    ]
