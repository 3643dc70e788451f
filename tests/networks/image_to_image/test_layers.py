"""PyTorch's semantics, written out with NumPy."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from networks.batch_norm import BatchNorm
from networks.image_to_image.layers import (
    Conv,
    InstanceNorm,
    Normed,
    Residual,
    UpConv,
    half,
    padded,
)
from tests.catalogue import noise

MODES = {"CONSTANT": "constant", "REFLECT": "reflect", "SYMMETRIC": "symmetric"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size, stride, pad", [(3, 1, 1), (3, 2, 1), (7, 1, 3), (4, 2, 2)])
def test_a_convolution_pads_as_it_is_told_and_adds_its_bias(mode, size, stride, pad):
    layer, x = Conv(2, size, stride, pad, mode, dtype="float64"), noise(1, 8, 9, 3)
    y = layer(tf.constant(x, tf.float64)).numpy()
    layer.bias.assign([1.0, -2.0])
    padded = np.pad(x, [(0, 0), (pad, pad), (pad, pad), (0, 0)], MODES[mode]).astype(float)
    rows, columns = ((side + 2 * pad - size) // stride + 1 for side in (8, 9))
    assert y.shape == (1, rows, columns, 2)
    for row, column in itertools.product(range(rows), range(columns)):
        top, left = stride * row, stride * column
        window = padded[0, top : top + size, left : left + size]
        wanted = np.einsum("ijc,ijcd->d", window, layer.kernel.numpy())
        np.testing.assert_allclose(y[0, row, column], wanted, atol=1e-9)
    moved = layer(tf.constant(x, tf.float64)) - y
    np.testing.assert_allclose(moved[0, 0, 0], [1, -2], atol=1e-9)


def test_an_up_convolution_spreads_each_pixel_around_the_second_of_its_two():
    """Pixel i reaches 2·i - 1, 2·i and 2·i + 1: PyTorch's pad 1 and output pad 1."""
    layer = UpConv(1, dtype="float64")
    x = np.zeros([1, 3, 3, 1])
    x[0, 1, 2] = 1
    y = layer(tf.constant(x)).numpy()[0, ..., 0]
    wanted = np.zeros([6, 6])
    wanted[1:4, 3:6] = layer.kernel.numpy()[..., 0, 0]
    np.testing.assert_allclose(y, wanted)


def test_instance_norm_is_of_each_channel_of_each_sample():
    x = 3 + 2 * noise(2, 4, 5, 3).astype(np.float64)
    mean, variance = (f(x, axis=(1, 2), keepdims=True) for f in (np.mean, np.var))
    made = InstanceNorm(dtype="float64")(tf.constant(x))
    np.testing.assert_allclose(made, (x - mean) / np.sqrt(variance + 1e-5))


@pytest.mark.parametrize("count", [1, 3, 6])
@pytest.mark.parametrize("static", [True, False])
def test_few_samples_are_normed_one_by_one_and_many_at_once_alike(count, static):
    """Values and gradients, of float32 beside NumPy's float64."""
    x, weights = 5 * noise(count, 6, 7, 3) + 2, noise(count, 6, 7, 3)[::-1].copy()
    layer, shape = InstanceNorm(), [count if static else None, None, None, 3]

    @tf.function(input_signature=[tf.TensorSpec(shape)])
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            made = layer(x)
            loss = tf.reduce_sum(made * weights)
        return made, tape.gradient(loss, x)

    made, gradient = run(tf.constant(x))
    full = x.astype(float)
    deviation = np.sqrt(full.var((1, 2), keepdims=True) + 1e-5)
    normed = (full - full.mean((1, 2), keepdims=True)) / deviation
    np.testing.assert_allclose(made, normed, atol=1e-5)
    along = (weights * normed).mean((1, 2), keepdims=True) * normed
    wanted = (weights - weights.mean((1, 2), keepdims=True) - along) / deviation
    np.testing.assert_allclose(gradient, wanted, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pad", [1, 3])
def test_pads_and_their_gradients(mode, pad):
    """A pad adds up what comes back from the copies of a pixel."""
    if mode == "SYMMETRIC" and pad == 3:
        pad = 2
    x, places = noise(2, 4, 5, 3), np.arange(20).reshape(1, 4, 5, 1)
    width = [(0, 0), (pad, pad), (pad, pad), (0, 0)]
    weights = noise(2, 4 + 2 * pad, 5 + 2 * pad, 3)
    for shape in ([2, 4, 5, 3], [None, None, None, 3]):

        @tf.function(input_signature=[tf.TensorSpec(shape)])
        def run(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                wide = padded(x, pad, mode)
                loss = tf.reduce_sum(wide * weights)
            assert wide.shape[1:3] == [None, None] or wide.shape == weights.shape
            return wide, tape.gradient(loss, x)

        wide, gradient = run(tf.constant(x))
        np.testing.assert_array_equal(wide, np.pad(x, width, mode.lower()))
        constant = {"constant_values": -1} if mode == "CONSTANT" else {}
        of = np.pad(places, width, mode.lower(), **constant)[0, ..., 0]
        for place in range(20):
            wanted = weights[:, of == place].sum(1)
            np.testing.assert_allclose(gradient[:, place // 5, place % 5], wanted, atol=1e-5)


def test_half_is_the_mean_of_the_pixels_that_are_there():
    x = noise(1, 5, 6, 2)
    made = half(tf.constant(x))
    assert made.shape == (1, 3, 3, 2)
    for row, column in itertools.product(range(3), range(3)):
        window = x[0, max(2 * row - 1, 0) : 2 * row + 2, max(2 * column - 1, 0) : 2 * column + 2]
        np.testing.assert_allclose(made[0, row, column], window.mean((0, 1)), atol=1e-6)


def test_a_residual_block_adds_and_does_nothing_after_the_sum():
    block, x = Residual(2, "instance"), noise(1, 6, 6, 2)
    inside = block.second(block.first(x))
    np.testing.assert_allclose(block(x), x + inside, atol=1e-6)
    assert float(tf.reduce_min(block(x))) < 0


def test_a_norm_is_named_or_brought_along():
    norm = BatchNorm("zeros")
    assert Normed(Conv(2, 1), norm).norm is norm
    assert float(tf.reduce_max(abs(Normed(Conv(2, 1), norm)(noise(1, 4, 4, 3))))) == 0
    assert isinstance(Normed(Conv(2, 1), "batch").norm, BatchNorm)
    assert isinstance(Normed(Conv(2, 1), "instance").norm, InstanceNorm)


def test_an_activation_is_relu_unless_another_is_wanted():
    conv, x = Conv(2, 1), noise(1, 4, 4, 2)
    assert float(tf.reduce_min(Normed(conv, "instance")(x))) == 0
    assert float(tf.reduce_min(Normed(conv, "instance", activation=None)(x))) < -0.5
