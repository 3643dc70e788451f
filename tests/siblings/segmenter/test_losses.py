import numpy as np
import pytest
import tensorflow as tf

from siblings.segmenter import losses

LOGITS = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
LABEL = np.random.default_rng(1).integers(0, 5, (2, 3, 4)).astype(np.uint8)


def test_cross_entropy_is_minus_the_log_of_the_softmax():
    share = np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)
    wanted = -np.log(np.take_along_axis(share, LABEL[..., None].astype(int), -1)[..., 0])
    np.testing.assert_allclose(losses.cross_entropy(tf.constant(LOGITS), LABEL), wanted)


def test_ignored_pixels_weigh_nothing_and_are_finite():
    label = LABEL.copy()
    label[0, 1] = 255
    weight = losses.pixel_weights(label, np.array([1.0, 2.0, 3.0, 4.0, 5.0]), tf.float64)
    np.testing.assert_array_equal(weight[0, 1], np.zeros(4))
    np.testing.assert_array_equal(weight[1], label[1] + 1.0)
    assert np.isfinite(losses.cross_entropy(tf.constant(LOGITS), label)).all()


def test_classes_weigh_by_how_rare_they_are():
    pixels = {0: 90, 1: 10}
    np.testing.assert_allclose(losses.class_weights(pixels, 3, 0.0), [1, 1, 0])
    np.testing.assert_allclose(losses.class_weights(pixels, 3, 1.0), [0.5 / 0.9, 0.5 / 0.1, 0])
    root = losses.class_weights(pixels, 3, 0.5)
    assert root[1] / root[0] == pytest.approx(3)  # the root of 9
    assert root @ [0.9, 0.1, 0] == pytest.approx(1)
    np.testing.assert_array_equal(losses.class_weights({}, 3, 0.5), np.ones(3))
