"""Against TensorFlow Addons where it is there, against slices of NumPy's everywhere."""

import numpy as np
import pytest
import tensorflow as tf

from networks import diff_augment, image_moves

RNG = np.random.default_rng(0)
IMAGE = RNG.uniform(-1, 1, size=[12, 8, 10, 3]).astype(np.float32)
PIXELS = RNG.integers(-9, 10, size=[12, 2])  # some move all of it out
CENTRES = RNG.integers([0, 0], [8, 10], size=[12, 2]).astype(np.int32)
DTYPES = [tf.float32, tf.float64, tf.float16]


def test_translation_is_a_shift_of_the_slices():
    translated = image_moves.translate(IMAGE, tf.cast(PIXELS, tf.float32))
    for image, (right, down), moved in zip(IMAGE, PIXELS, translated):
        framed = np.pad(image, [(9, 9), (9, 9), (0, 0)])
        np.testing.assert_array_equal(moved, framed[9 - down : 17 - down, 9 - right : 19 - right])


def test_cutout_is_a_square_around_the_centre():
    expected = IMAGE.copy()
    for image, (row, column) in zip(expected, CENTRES):
        image[max(0, row - 2) : row + 2, max(0, column - 2) : column + 2] = 0
    np.testing.assert_array_equal(image_moves.cutout(IMAGE, CENTRES, 4), expected)


@pytest.mark.skipif(diff_augment.tfa is None, reason="no TensorFlow Addons for this TensorFlow")
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.name)
def test_addons_gives_the_same_pixels_and_gradients(dtype):
    image, pixels = tf.cast(IMAGE, dtype), tf.cast(PIXELS, tf.float32)
    weight = tf.cast(RNG.normal(size=IMAGE.shape), dtype)

    def results(module):
        with tf.GradientTape() as tape:
            tape.watch(image)
            moved = module.translate(image, pixels)
            cut = module.cutout(moved, CENTRES, 4)
            loss = tf.reduce_sum(weight * cut)
        return [tensor.numpy() for tensor in (moved, cut, tape.gradient(loss, image))]

    for ours, addons in zip(results(image_moves), results(diff_augment)):
        np.testing.assert_array_equal(ours, addons)
