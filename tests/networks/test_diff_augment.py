"""Against NumPy, and by what the gradient must be."""

import numpy as np
import pytest
import tensorflow as tf

from networks.diff_augment import DiffAugment

SIDE = 16
RNG = np.random.default_rng(0)
IMAGE = RNG.uniform(-1, 1, size=[6, SIDE, SIDE, 3]).astype(np.float32)
DRAWS = RNG.uniform(size=[6, 7]).astype(np.float32)


def test_colour_is_brightness_saturation_and_contrast():
    recoloured = DiffAugment(("color",)).image(IMAGE, DRAWS)
    for image, draws, changed in zip(IMAGE, DRAWS, recoloured):
        expected = image + draws[0] - 0.5
        grey = expected.mean(axis=2, keepdims=True)
        expected = grey + 2 * draws[1] * (expected - grey)
        expected = expected.mean() + (0.5 + draws[2]) * (expected - expected.mean())
        np.testing.assert_allclose(changed, expected, atol=1e-5)


def shifted(image, right, down):
    """By slices; what moves in is 0."""
    framed = np.pad(image, [(2, 2), (2, 2), (0, 0)])
    return framed[2 - down : 2 - down + SIDE, 2 - right : 2 - right + SIDE]


def test_image_and_mask_move_together_by_at_most_an_eighth():
    """16 / 8 = 2 pixels either way: five equally likely shifts."""
    draws = DRAWS.copy()
    draws[:, 3] = [0.0, 0.19, 0.39, 0.41, 0.61, 0.99]
    draws[:, 4] = [0.99, 0.61, 0.41, 0.39, 0.19, 0.0]
    shifts = [-2, -2, -1, 0, 1, 2]
    move = DiffAugment(("translation",))
    images, masks = move.image(IMAGE, draws), move.mask(IMAGE[..., :1], draws)
    for image, changed, mask, right, down in zip(
        IMAGE, images, masks, shifts, [2, 1, 0, -1, -2, -2]
    ):
        down = -2 if right == 2 else down
        np.testing.assert_array_equal(changed, shifted(image, right, down))
        np.testing.assert_array_equal(mask, changed[..., :1])


def test_a_square_of_half_the_side_is_cut_out_of_the_image_alone():
    draws = DRAWS.copy()
    draws[:, 5:7] = 0.5
    cut = DiffAugment(("cutout",))
    holed = cut.image(IMAGE, draws).numpy()
    expected = IMAGE.copy()
    expected[:, 4:12, 4:12] = 0
    np.testing.assert_array_equal(holed, expected)
    np.testing.assert_array_equal(cut.mask(IMAGE[..., :1], draws), IMAGE[..., :1])


def test_nothing_is_changed_that_was_not_asked_for():
    np.testing.assert_array_equal(DiffAugment(()).image(IMAGE, DRAWS), IMAGE)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_the_gradient_is_that_of_the_change(dtype):
    """All changes are linear in the image but for constants: f(x + d) - f(x) = J d."""
    change = DiffAugment(("color", "translation", "cutout"))
    image, draws = tf.cast(IMAGE, dtype), tf.cast(DRAWS, dtype)
    direction = tf.cast(RNG.normal(size=IMAGE.shape), dtype)
    weight = tf.cast(RNG.normal(size=IMAGE.shape), dtype)

    @tf.function
    def gradient(x):
        return tf.gradients(tf.reduce_sum(weight * change.image(x, draws)), x)[0]

    moved = change.image(image + direction, draws) - change.image(image, draws)
    slope = tf.reduce_sum(gradient(image) * direction)
    assert float(slope) == pytest.approx(float(tf.reduce_sum(weight * moved)), rel=1e-3)
