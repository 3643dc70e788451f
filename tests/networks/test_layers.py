import math

import numpy as np
import pytest
import tensorflow as tf

from networks import layers

RNG = np.random.default_rng(0)


def plain_convolution(x, kernel, stride):
    """Padding SAME by hand; [H, W, C] and [k, k, C, U] → [H/stride, W/stride, U]."""
    size, side = kernel.shape[0], x.shape[0]
    out = side // stride
    total = max((out - 1) * stride + size - side, 0)
    x = np.pad(x, [(total // 2, total - total // 2)] * 2 + [(0, 0)])
    windows = [
        [x[i * stride : i * stride + size, j * stride : j * stride + size] for j in range(out)]
        for i in range(out)
    ]
    return np.einsum("ijklc,klcu->iju", np.array(windows), kernel)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (4, 1), (4, 2), (8, 1)])
def test_convolution_is_scaled_by_gain_over_root_of_fan_in(size, stride):
    x = RNG.normal(size=[1, 8, 8, 3]).astype(np.float32)
    layer = layers.Conv(5, size, stride)
    result = layer(x)
    kernel = layer.kernel.numpy() * math.sqrt(2) / math.sqrt(size * size * 3)
    np.testing.assert_allclose(result[0], plain_convolution(x[0], kernel, stride), atol=1e-5)


@pytest.mark.parametrize("size", [3, 4])
def test_transposed_convolution_is_the_convolutions_adjoint(size):
    """<up(x), y> = <x, conv(y)> with the same kernel: what "transposed" means."""
    x, y = RNG.normal(size=[4, 4, 3]), RNG.normal(size=[8, 8, 5])
    layer = layers.UpConv(5, size, dtype="float64")
    up = layer(x[None])[0].numpy()
    kernel = layer.kernel.numpy() * math.sqrt(2) / math.sqrt(size * size * 3)  # [k, k, 5, 3]
    assert up.shape == (8, 8, 5)
    np.testing.assert_allclose(np.sum(up * y), np.sum(x * plain_convolution(y, kernel, 2)))


def test_dense_is_scaled_by_gain_over_root_of_fan_in():
    x = RNG.normal(size=[2, 7]).astype(np.float32)
    layer = layers.Dense(3, gain=0.5)
    result = layer(x)
    np.testing.assert_allclose(result, x @ layer.kernel.numpy() * 0.5 / math.sqrt(7), atol=1e-6)


def test_stored_weights_are_standard_normal_and_biases_zero():
    layer = layers.Conv(64, 3)
    layer(tf.zeros([1, 4, 4, 64]))
    assert abs(float(np.mean(layer.kernel))) < 0.02
    assert abs(float(np.std(layer.kernel)) - 1) < 0.02
    assert not np.any(layer.bias)


def test_unit_rms_gives_root_mean_square_one_and_survives_zero():
    x = RNG.normal(size=[5, 9]).astype(np.float32) * 30
    scaled = layers.unit_rms(tf.constant(x)).numpy()
    np.testing.assert_allclose(np.sqrt(np.mean(scaled**2, axis=-1)), 1, rtol=1e-5)
    np.testing.assert_allclose(scaled / x, (scaled / x)[:, :1].repeat(9, axis=1), rtol=1e-4)
    assert not np.any(layers.unit_rms(tf.zeros([1, 4])))


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 8, 12])
def test_minibatch_deviation_compares_contiguous_groups_of_four(batch):
    x = RNG.normal(size=[batch, 2, 2, 3]).astype(np.float32)
    result = layers.minibatch_deviation(tf.constant(x)).numpy()
    np.testing.assert_array_equal(result[..., :3], x)
    size = min(4, batch)
    for start in range(0, batch, size):
        group = x[start : start + size].astype(np.float64)
        expected = np.mean(np.sqrt(np.var(group, axis=0) + 1e-8))
        np.testing.assert_allclose(result[start : start + size, ..., 3], expected, rtol=1e-5)


def test_blend_runs_from_old_to_new():
    new, old = tf.constant([2.0]), tf.constant([10.0])
    assert [float(layers.blend(new, old, a)[0]) for a in (0.0, 0.25, 1.0)] == [10.0, 8.0, 2.0]


def test_leaky_relu_has_slope_a_fifth():
    np.testing.assert_allclose(layers.leaky_relu(tf.constant([-5.0, 3.0])), [-1.0, 3.0])


@pytest.mark.parametrize(("dtype", "rounding"), [("float32", 1e-6), ("bfloat16", 2e-2)])
def test_leaky_relu_may_be_differentiated_twice(dtype, rounding):
    """|∇f|² with f = Σ w·leaky(x·v): both derivatives follow from the slopes by hand."""
    x, v = tf.constant([-2.0, 3.0], dtype), tf.Variable([1.5, 0.5], dtype=dtype)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            f = tf.reduce_sum(layers.leaky_relu(x * v))
        square = tf.reduce_sum(inner.gradient(f, x) ** 2)  # Σ (slope·v)²
    slopes = tf.cast(outer.gradient(square, v), tf.float32)
    np.testing.assert_allclose(float(square), (0.2 * 1.5) ** 2 + 0.5**2, rtol=rounding)
    np.testing.assert_allclose(slopes, [2 * 0.04 * 1.5, 2 * 0.5], rtol=rounding)


def test_leaky_pixel_norm_is_leaky_relu_then_unit_rms_and_so_is_its_gradient():
    x = tf.constant(RNG.normal(size=[2, 3, 3, 5]))
    weight = RNG.normal(size=x.shape)
    results = []
    for function in (
        layers.leaky_pixel_norm,
        lambda x: layers.unit_rms(tf.nn.leaky_relu(x, 0.2)),
    ):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
            loss = tf.reduce_sum(y * weight)
        results.append((y, tape.gradient(loss, x)))
    (y, gradient), (expected_y, expected_gradient) = results
    np.testing.assert_allclose(y, expected_y, rtol=1e-9)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-6, atol=1e-9)
