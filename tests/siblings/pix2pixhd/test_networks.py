import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from networks.image_to_image.given import Given
from siblings.pix2pixhd import released
from siblings.pix2pixhd.networks import Generator, edges, means_of_regions, numbered
from tests.catalogue import count_weights, noise
from tests.networks.image_to_image import release


def test_output_with_an_enhancer_matches_release():
    recording = release.read("local_enhancer")
    given = release.label_and_edge(recording)
    generator = Generator(width=2, enhancers=1, downs=2, blocks=2, enhancer_blocks=2)
    generator(given)
    release.assign(recording, released.of_generator(generator))
    wanted = release.channels_last(recording["out/image"])
    np.testing.assert_allclose(generator(given), wanted, atol=1e-4, rtol=0)


def test_parameters_are_as_many_as_in_the_release():
    assert count_weights(Generator, [1, 16, 16, 36]) == 182_546_755
    enhanced = lambda: Generator(32, enhancers=1)  # noqa: E731
    assert count_weights(enhanced, [1, 32, 32, 36]) == 182_857_059


def test_each_enhancer_halves_the_width_and_doubles_the_resolution():
    generator = Generator(2, enhancers=2, downs=1, blocks=0, enhancer_blocks=0)
    assert generator(noise(1, 16, 24, 3)).shape == (1, 16, 24, 3)
    assert generator.multiple_of == 8
    inside = [generator.whole.first, *(each.first for each in generator.enhancers)]
    assert [each.conv.width for each in inside] == [8, 4, 2]


@pytest.mark.parametrize("name", ["local_enhancer", "global_generator"])
def test_edges_match_release(name):
    recording = release.read(name)
    instance = release.channels_last(recording["in/instance"])[..., 0]
    wanted = release.channels_last(recording["in/edge"])
    np.testing.assert_array_equal(edges(instance), wanted == 1)
    assert 0 < wanted.mean() < 1


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_edges_are_pixels_with_another_neighbour(height, width, seed):
    ids = np.random.default_rng(seed).integers(0, 3, [2, height, width])
    wanted = np.zeros([2, height, width, 1], bool)
    for n, y, x in np.ndindex(ids.shape):
        for b, a in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            inside = 0 <= b < height and 0 <= a < width
            wanted[n, y, x] |= inside and ids[n, b, a] != ids[n, y, x]
    np.testing.assert_array_equal(edges(ids), wanted)


def test_every_pixel_gets_the_mean_of_its_instance_in_its_own_sample():
    """Ids as large as cityscapes', the same ones in both samples."""
    instance = np.random.default_rng(0).choice([0, 7, 26_001, 33_999], [2, 5, 6])
    features = noise(2, 5, 6, 3)
    wanted = np.empty_like(features)
    for sample, number in itertools.product(range(2), np.unique(instance)):
        inside = instance[sample] == number
        wanted[sample][inside] = features[sample][inside].mean(axis=0)
    means = means_of_regions(features, numbered(tf.constant(instance, tf.int32)))
    np.testing.assert_allclose(means, wanted, atol=1e-6)


def test_the_gradient_of_a_mean_is_shared_by_its_pixels():
    instance = np.array([[[1, 1, 1, 5]]])
    features = tf.constant(noise(1, 1, 4, 1))
    with tf.GradientTape() as tape:
        tape.watch(features)
        total = tf.reduce_sum(
            means_of_regions(features, numbered(instance)) * [[[[3.0], [0], [0], [2]]]]
        )
    np.testing.assert_allclose(tape.gradient(total, features)[0, 0, :, 0], [1, 1, 1, 2], atol=1e-6)


def test_a_label_map_of_ids_is_painted_as_one_hot_channels_are():
    generator = Generator(2, enhancers=2, downs=1, blocks=1, enhancer_blocks=1)
    ids = np.random.default_rng(0).integers(0, 5, [1, 16, 24])
    scene = Given(tf.constant(ids, tf.int32), tf.constant(noise(1, 16, 24, 2)))
    wanted = generator(scene.dense(5))
    np.testing.assert_allclose(generator(scene), wanted, atol=1e-4)
