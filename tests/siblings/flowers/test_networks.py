"""Flowers' networks against what the release recorded of its own."""

import math
import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

from siblings.flowers import import_weights, networks
from siblings.flowers.networks import (
    DISCRIMINATOR_SCALES,
    GENERATOR_SCALES,
    Discriminator,
    Generator,
)
from tests.catalogue import count_weights, noise
from training import porting

FIXTURES = sorted((pathlib.Path(__file__).parents[2] / "fixtures").glob("flowers_*.npz"))


def channels_last(array):
    return np.moveaxis(array, 1, -1).astype(np.float64)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_output_matches_release(path):
    """In float64: the recording's own rounding, of float32, reaches 1.1e-5."""
    recording = np.load(path)
    width = int(re.search(r"n[gd]f=(\d+)", str(recording["meta"]))[1])
    given = {key[3:]: channels_last(recording[key]) for key in recording if key.startswith("in/")}
    weights = {key[6:]: recording[key] for key in recording if key.startswith("param/")}
    canvas = 64
    if "z" in given:
        network, slots = Generator(width, "float64"), import_weights.of_generator
        inputs = given["z"], [given[f"mask{canvas // scale}"] for scale in GENERATOR_SCALES]
    else:
        network, slots = Discriminator(width, "float64"), import_weights.of_discriminator
        inputs = given["image"], [given[f"mask{canvas // scale}"] for scale in DISCRIMINATOR_SCALES]
    network(*inputs)
    porting.assign(weights, slots(network), path.name)
    made = network(*inputs)
    if "z" in given:
        wanted = channels_last(recording["out/image"])
    else:
        made, wanted = tf.sigmoid(made), recording["out/probability"].ravel()
    np.testing.assert_allclose(made, wanted, atol=1e-5, rtol=1e-5)


def test_both_networks_are_recorded():
    assert [path.stem for path in FIXTURES] == ["flowers_discriminator", "flowers_generator"]


def shapes(scales):
    return [(1, 64 // scale, 64 // scale, 1) for scale in scales]


def test_parameters_are_as_many_as_in_the_release():
    assert count_weights(Generator, [1, 2, 2, 32], shapes(GENERATOR_SCALES)) == 11_575_088
    assert count_weights(Discriminator, [1, 64, 64, 3], shapes(DISCRIMINATOR_SCALES)) == 2_777_872


def test_without_masks_each_layer_that_had_one_has_a_channel_less():
    """16 weights an output channel each."""
    plain = count_weights(Generator, [1, 2, 2, 32])
    assert plain == 11_575_088 - 16 * (1024 + 512 + 256 + 128 + 3)
    plain = count_weights(Discriminator, [1, 64, 64, 3])
    assert plain == 2_777_872 - 16 * (256 + 512 + 1)


@pytest.mark.parametrize("height, width", [(64, 64), (128, 64), (64, 192)])
def test_a_canvas_may_be_any_multiple_of_64(height, width):
    shape = networks.latent_shape(height, width)
    assert shape == (height // 32, width // 32, 32)
    mask = tf.constant(np.sign(noise(2, height, width, 1)))
    pictures = Generator(4)(noise(2, *shape), networks.masks_at(mask, GENERATOR_SCALES))
    assert pictures.shape == (2, height, width, 3)
    assert 0 < float(tf.reduce_max(tf.abs(pictures))) < 1


def test_what_is_far_away_on_a_larger_canvas_changes_nothing():
    """A picture's left part is what it is whatever lies a canvas further right."""
    latent, mask = noise(1, 2, 6, 32), tf.constant(np.sign(noise(1, 64, 192, 1)))
    other = np.concatenate([latent[:, :, :4], 9 + latent[:, :, 4:]], axis=2)
    generator = Generator(4)
    images = [
        generator(each, networks.masks_at(mask, GENERATOR_SCALES)).numpy()
        for each in (latent, other)
    ]
    np.testing.assert_array_equal(images[0][:, :, :64], images[1][:, :, :64])
    assert np.any(images[0][:, :, 128:] != images[1][:, :, 128:])


def test_masks_are_means_of_what_becomes_one_pixel():
    mask = np.sign(noise(2, 64, 128, 1))
    for scaled, scale in zip(networks.masks_at(tf.constant(mask), (4, 32)), (4, 32)):
        wanted = mask.reshape(2, 64 // scale, scale, 128 // scale, scale).mean((2, 4))
        np.testing.assert_allclose(scaled[..., 0], wanted, atol=1e-6)


def test_a_mask_is_1_where_one_of_the_classes_is_and_minus_1_elsewhere():
    label = np.array([[[0, 1, 2, 255]]], np.uint8)
    mask = networks.mask_of(networks.is_one_of(tf.constant(label), (1, 2)))
    np.testing.assert_array_equal(mask[0, 0, :, 0], [-1, 1, 1, -1])


def test_first_weights_are_spread_as_the_release_draws_them():
    """N(0, 0.02) for convolutions, N(1, 0.02) for the scales of batch norm, offsets 0."""
    tf.keras.utils.set_random_seed(0)
    network = Generator(16)
    network(noise(1, 2, 2, 32), [*map(tf.zeros, shapes(GENERATOR_SCALES))])
    kernels = np.concatenate([conv.kernel.numpy().ravel() for conv in network.convs])
    scales = np.concatenate([norm.scale.numpy() for norm in network.norms])
    assert (kernels.mean(), kernels.std()) == pytest.approx((0, 0.02), abs=2e-4)
    assert (scales.mean(), scales.std()) == pytest.approx((1, 0.02), abs=5 / math.sqrt(240) * 0.02)
    assert all(not norm.offset.numpy().any() for norm in network.norms)
