"""Of the encoders the painter's recording tells whether they are right; see `test_networks`."""

import numpy as np
import tensorflow as tf

from networks.image_to_image.given import Given
from siblings.maskgan.style import LabelEncoder, SpatialFeatureTransform, StyleEncoder
from tests.catalogue import count_weights, noise


def test_parameters_are_as_many_as_in_the_release():
    assert count_weights(LabelEncoder, [1, 32, 32, 19]) == 252_768
    conditions = [(1, 8, 8, 64), (1, 1, 1, 64)]
    assert count_weights(lambda: StyleEncoder(16_384), [1, 32, 32, 3], conditions) == 1_338_464


def test_a_transform_scales_and_shifts_each_pixel_by_its_condition():
    layer, x, condition = SpatialFeatureTransform(3), noise(1, 4, 5, 3), noise(2, 4, 5, 3)[1:]
    made = layer(x, condition)

    def of(convs):
        (first, second), pixels = ([conv.kernel.numpy()[0, 0] for conv in convs], condition)
        between = pixels @ first
        return np.where(between > 0, between, 0.1 * between) @ second

    np.testing.assert_allclose(made, x * of(layer.scale) + of(layer.shift), atol=1e-6)


def test_conditions_are_of_a_quarter_and_of_a_32nd_of_the_label_map():
    fine, coarse = LabelEncoder(1)(noise(2, 96, 64, 5))
    assert fine.shape == (2, 24, 16, 4)
    assert coarse.shape == (2, 3, 2, 4)
    assert float(tf.reduce_min(fine)) < 0  # the first transform is told before a ReLU
    assert float(tf.reduce_min(coarse)) < 0


def test_ids_say_what_one_hot_channels_do():
    ids = tf.constant(np.random.default_rng(0).integers(0, 5, [2, 32, 32]), tf.int32)
    encoder, scene = LabelEncoder(2), Given(ids, tf.zeros([2, 32, 32, 0]))
    for wanted, made in zip(encoder(scene.dense(5)), encoder(scene)):
        np.testing.assert_allclose(made, wanted, atol=1e-6)


def test_a_style_is_of_weights_dtype_whatever_is_computed_in():
    encoder = StyleEncoder(6, 1, dtype="mixed_bfloat16")
    style = encoder(noise(2, 32, 32, 3), (noise(2, 8, 8, 4), noise(2, 1, 1, 4)))
    assert (style.shape, style.dtype) == ((2, 6), tf.float32)
