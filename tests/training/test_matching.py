"""Losses of two discriminators with three layers, written out with NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from tests.catalogue import noise
from training import matching


def judged(seed):
    rng = np.random.default_rng(seed)
    shapes = ([2, 8, 8, 3], [2, 4, 4, 6], [2, 5, 5, 1])
    return [[rng.normal(size=shape) for shape in shapes] for _ in range(2)]


FAKE, REAL = judged(0), judged(1)


@pytest.mark.parametrize("wanted", [0.0, 1.0])
def test_least_squares_are_summed_over_the_scales(wanted):
    expected = sum(((maps[-1] - wanted) ** 2).mean() for maps in FAKE)
    assert float(matching.told(FAKE, wanted, matching.least_squares)) == pytest.approx(expected)


@pytest.mark.parametrize("wanted", [0.0, 1.0])
def test_cross_entropy_is_of_probabilities(wanted):
    scores = noise(4, 3, 3, 1).astype(float)
    p = 1 / (1 + np.exp(-scores))
    expected = -np.mean(wanted * np.log(p) + (1 - wanted) * np.log(1 - p))
    assert float(matching.cross_entropy(tf.constant(scores), wanted)) == pytest.approx(expected)


def test_features_match_by_the_releases_weights():
    """4 / (n_layers + 1) each, n_layers 1 here; half for each of two discriminators."""
    expected = 0.0
    for ours, theirs in zip(FAKE, REAL):
        for a, b in zip(ours[:-1], theirs[:-1]):
            expected += np.abs(a - b).mean() * 4 / (1 + 1) / 2
    assert float(matching.feature_matching(FAKE, REAL)) == pytest.approx(expected)


def test_features_of_half_precision_have_means_of_the_scores():
    """A bfloat16 of 8 bits would count to 256 and stay there."""
    ones = tf.ones([1, 32, 32, 1], tf.bfloat16)
    scores = tf.zeros([1, 2, 2, 1])
    loss = matching.feature_matching([[ones, scores]], [[0 * ones, scores]])
    assert (loss.dtype, float(loss)) == (tf.float32, 4.0)


def test_no_gradient_flows_into_what_is_real():
    fake, real = ([[tf.constant(m) for m in maps] for maps in side] for side in (FAKE, REAL))
    with tf.GradientTape() as tape:
        tape.watch([fake, real])
        loss = matching.feature_matching(fake, real)
    of_fake, of_real = tape.gradient(loss, [fake[0][0], real[0][0]])
    assert of_real is None
    assert np.abs(of_fake).max() > 0


def test_perceptual_features_have_their_weights():
    expected = sum(w * np.abs(a - b).mean() for w, a, b in zip((0.25, 1), FAKE[0], REAL[0]))
    assert float(matching.perceptual(FAKE[0][:2], REAL[0][:2], (0.25, 1))) == pytest.approx(
        expected
    )
