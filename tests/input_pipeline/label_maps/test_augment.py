import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.label_maps import augment, label_sets
from input_pipeline.label_maps.resizing import Resizing

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (12, 20, 3)).astype(np.uint8)
LABEL = RNG.integers(0, 19, (12, 20, 1)).astype(np.uint8)
MAPS = {"image": tf.constant(IMAGE), "label": tf.constant(LABEL)}
NO_FLIP, FLIP = 0.9, 0.1


def seen(draws, size, smallest=1.0, mirrors=None):
    shown = augment.Boxes(size, smallest, mirrors)(MAPS, tf.constant(draws, tf.float32))
    return shown["image"].numpy(), shown["label"].numpy()


def test_at_its_own_size_a_record_is_seen_as_it_is():
    image, label = seen([0.5, 0.5, 0.5, FLIP], (12, 20))
    np.testing.assert_allclose(image, IMAGE / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(label, LABEL[..., 0])


def test_a_box_has_the_wanted_shape_and_lies_where_its_draws_say():
    """The largest square is of 12 pixels: half of it of 6, in a corner or in the middle."""
    for down, across, top, left in ((0, 0, 0, 0), (1, 1, 6, 14), (0.5, 0.5, 3, 7)):
        image, label = seen([0.0, down, across, NO_FLIP], (6, 6), smallest=0.5)
        np.testing.assert_array_equal(label, LABEL[top : top + 6, left : left + 6, 0])
        inside = IMAGE[top : top + 6, left : left + 6]
        np.testing.assert_allclose(image, inside / 127.5 - 1, atol=1e-6)


def test_a_smaller_picture_averages_colours_and_takes_ids():
    image, label = seen([0.5, 0.5, 0.5, NO_FLIP], (6, 10))
    assert {*label.flat} <= {*LABEL.flat}
    means = IMAGE.reshape(6, 2, 10, 2, 3).mean((1, 3))
    # An antialiased triangle weighs what lies around the four pixels, too.
    assert np.corrcoef(image.flat, means.flat)[0, 1] > 0.9
    assert image.std() < (IMAGE / 127.5).std()


def test_a_mirror_exchanges_left_and_right_and_leaves_what_is_no_class():
    mirrors = augment.mirrors_of(label_sets.CELEBAMASK)
    image, label = seen([0.5, 0.5, 0.5, FLIP], (12, 20), mirrors=mirrors)
    flipped = LABEL[:, ::-1, 0]
    wanted = flipped.copy()
    for one, other in ((4, 5), (6, 7), (8, 9)):  # eyes, brows, ears of CelebAMask-HQ
        wanted[flipped == one], wanted[flipped == other] = other, one
    np.testing.assert_array_equal(label, wanted)
    np.testing.assert_allclose(image, IMAGE[:, ::-1] / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(
        seen([0.5] * 3 + [NO_FLIP], (12, 20), mirrors=mirrors)[1], LABEL[..., 0]
    )
    assert mirrors[255] == 255


def resized(draws, size, *words, mirrors=None):
    view = augment.Resized(size, Resizing(*words), mirrors)
    shown = view(MAPS, tf.constant(draws, tf.float32))
    return shown["image"].numpy(), shown["label"].numpy()


@pytest.mark.parametrize(
    "resize, load_size, size",
    [
        ("none", 0, (12, 20)),
        ("scale_width", 10, (6, 10)),
        ("scale_width", 11, (7, 11)),  # 6.6 is 7
        ("crop", 0, (12, 20)),
        ("resize_and_crop", 16, (16, 16)),
    ],
)
def test_photos_are_scaled_as_pillow_scales_them(resize, load_size, size):
    image, label = resized([0, 0, 0, NO_FLIP], size, resize, load_size)
    wanted = Image.fromarray(IMAGE).resize(size[::-1], Image.Resampling.BICUBIC)
    np.testing.assert_allclose(image, np.asarray(wanted) / 127.5 - 1, atol=0.04)
    assert label.shape == size
    assert {*label.flat} <= {*LABEL.flat}


def test_a_crop_lies_where_its_draws_say():
    for down, across, top, left in ((0, 0, 0, 0), (0.999, 0.999, 6, 12), (0.5, 0.5, 3, 6)):
        image, label = resized([0, down, across, NO_FLIP], (6, 8), "crop")
        np.testing.assert_array_equal(label, LABEL[top : top + 6, left : left + 8, 0])
        inside = IMAGE[top : top + 6, left : left + 8]
        np.testing.assert_allclose(image, inside / 127.5 - 1, atol=1e-6)


def test_a_resized_photo_is_mirrored_with_its_maps():
    mirrors = augment.mirrors_of(label_sets.numbered(19))
    image, label = resized([0, 0, 0, FLIP], (12, 20), mirrors=mirrors)
    np.testing.assert_array_equal(label, LABEL[:, ::-1, 0])
    np.testing.assert_allclose(image, IMAGE[:, ::-1] / 127.5 - 1, atol=1e-6)
