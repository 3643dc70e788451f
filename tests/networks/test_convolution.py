"""Convolutions, and the gradients that are our own, against TensorFlow's."""

import itertools
import sys

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from networks import convolution
from networks.convolution import (
    Conv2D,
    Doubling,
    Halving,
    LibraryGradients,
    conv2d,
    conv2d_transpose,
)
from tests.catalogue import noise


@pytest.fixture(autouse=True, params=["at once", "place by place"])
def always_our_own(request, monkeypatch):
    monkeypatch.setattr(convolution, "_is_slow", lambda kernel: True)
    monkeypatch.setattr(convolution, "WIDE", 1 if request.param == "at once" else sys.maxsize)
    monkeypatch.setattr(convolution, "MANY", sys.maxsize)


def plain(x, kernel, stride, padding):
    return tf.nn.conv2d(x, kernel, stride, padding)


def plain_transpose(x, kernel, stride, padding):
    batch, height, width, _ = x.shape
    more = 0 if padding == "SAME" else kernel.shape[0] - stride
    shape = [batch, stride * height + more, stride * width + more, kernel.shape[2]]
    return tf.nn.conv2d_transpose(x, kernel, shape, stride, padding)


def derivatives(function, x, kernel):
    """A result, its gradients, and those of a sum of the gradients: the second derivatives."""
    with tf.GradientTape() as outer:
        outer.watch([x, kernel])
        with tf.GradientTape() as inner:
            inner.watch([x, kernel])
            y = function(x, kernel)
            total = tf.reduce_sum(tf.sin(y))
        first = inner.gradient(total, [x, kernel])
        again = sum(tf.reduce_sum(each**3) for each in first)
    return [y, *first, *outer.gradient(again, [x, kernel])]


def assert_same(ours, theirs):
    for made, wanted in zip(ours, theirs):
        assert made.shape == wanted.shape
        scale = max(1.0, float(tf.reduce_max(tf.abs(wanted))))
        np.testing.assert_allclose(made / scale, wanted / scale, atol=1e-12)


def drawn(*shape):
    return tf.constant(noise(*shape), tf.float64)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([1, 2, 3, 4, 7]),
    st.sampled_from([1, 2, 3]),
    st.sampled_from(["SAME", "VALID"]),
    st.tuples(st.integers(7, 11), st.integers(7, 11)),
)
def test_first_and_second_derivatives_are_tensorflows(size, stride, padding, sides):
    x, kernel = drawn(2, *sides, 3), drawn(size, size, 3, 2)
    ours = derivatives(lambda x, k: conv2d(x, k, stride, padding), x, kernel)
    assert_same(ours, derivatives(lambda x, k: plain(x, k, stride, padding), x, kernel))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("size, stride", itertools.product([1, 2, 3, 4, 5], [1, 2, 3]))
def test_those_of_the_transpose_too(size, stride, padding):
    x, kernel = drawn(2, 4, 5, 3), drawn(size, size, 2, 3)
    ours = derivatives(lambda x, k: conv2d_transpose(x, k, stride, padding), x, kernel)
    assert_same(ours, derivatives(lambda x, k: plain_transpose(x, k, stride, padding), x, kernel))


@pytest.mark.parametrize("kind", [Halving, Doubling])
def test_layers_of_stride_2_pad_one_pixel(kind):
    layer, x = kind(5, "ones", "float64"), drawn(2, 4, 6, 3)
    y = layer(x)
    if kind is Halving:
        wanted = tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), layer.kernel, 2, "VALID")
    else:
        whole = tf.nn.conv2d_transpose(x, layer.kernel, [2, 10, 14, 5], 2, "VALID")
        wanted = whole[:, 1:-1, 1:-1]
    np.testing.assert_allclose(y, wanted, atol=1e-12)


@pytest.mark.parametrize("function", [conv2d, conv2d_transpose])
def test_batch_height_and_width_may_be_free(function):
    x, kernel = tf.constant(noise(2, 6, 5, 3)), tf.constant(noise(3, 3, 3, 3))

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3])])
    def free(x):
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            y = function(x, kernel)
        return y, tape.gradient(y, kernel)

    with tf.GradientTape() as tape:
        tape.watch(kernel)
        y = function(x, kernel)
    np.testing.assert_allclose(free(x)[0], y, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(free(x)[1], tape.gradient(y, kernel), rtol=1e-4, atol=1e-4)


def kernel_gradient(function, x, kernel):
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        total = tf.reduce_sum(tf.cast(function(x, kernel), tf.float32) ** 2)
    return tape.gradient(total, kernel)


@pytest.mark.parametrize("dtype, within", [("bfloat16", 0.03), ("float32", 1e-5)])
@pytest.mark.parametrize("function", [conv2d, conv2d_transpose])
def test_short_floats_are_as_exact_as_they_can_be(function, dtype, within):
    x, kernel = (tf.cast(noise(*shape), dtype) for shape in ([2, 12, 9, 20], [3, 3, 20, 20]))
    ours = kernel_gradient(function, x, kernel)
    exact = kernel_gradient(function, tf.cast(x, tf.float64), tf.cast(kernel, tf.float64))
    assert ours.dtype == dtype
    scale = float(tf.reduce_max(tf.abs(exact)))
    np.testing.assert_allclose(
        tf.cast(ours, tf.float64) / scale, exact / scale, atol=within, rtol=0
    )


def test_the_same_bits_come_out_again():
    x, kernel = tf.constant(noise(4, 64, 64, 32)), tf.constant(noise(3, 3, 32, 16))
    compiled = tf.function(lambda: kernel_gradient(conv2d, x, kernel))
    np.testing.assert_array_equal(compiled(), compiled())


def test_xla_compiles_them():
    x, kernel = tf.constant(noise(2, 9, 8, 20)), tf.constant(noise(3, 3, 20, 6))
    compiled = tf.function(lambda: kernel_gradient(conv2d, x, kernel), jit_compile=True)
    wanted = kernel_gradient(lambda x, k: plain(x, k, 1, "SAME"), x, kernel)
    np.testing.assert_allclose(compiled(), wanted, rtol=1e-3, atol=1e-2)


def test_replicas_have_their_own_gradients():
    x, first = tf.constant(noise(4, 6, 6, 3)), noise(3, 3, 3, 5)
    strategy = tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"])
    with strategy.scope():
        kernel = tf.Variable(first)

    @tf.function
    def summed():
        def replica():
            part = tf.distribute.get_replica_context().replica_id_in_sync_group
            share = x[2 * part : 2 * part + 2]
            with tf.GradientTape() as tape:
                total = tf.reduce_sum(conv2d(share, kernel) ** 2)
            return tape.gradient(total, kernel)

        return strategy.reduce("SUM", strategy.run(replica), axis=None)

    whole = kernel_gradient(lambda x, k: plain(x, k, 1, "SAME"), x, tf.constant(first))
    np.testing.assert_allclose(summed(), whole, rtol=1e-4, atol=1e-4)


def test_a_saved_model_computes_them(tmp_path):
    module, x = tf.Module(), tf.constant(noise(2, 6, 5, 3))
    module.kernel = tf.Variable(noise(3, 3, 3, 3))
    spec = tf.TensorSpec([None, None, None, 3])
    module.run = tf.function(
        lambda x: conv2d_transpose(conv2d(x, module.kernel), module.kernel), [spec]
    )
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_array_equal(loaded.run(x), module.run(x))


@pytest.mark.parametrize("kind, padding", itertools.product([conv2d, Conv2D], ["SAME", "VALID"]))
def test_kerass_layer_has_our_gradient(kind, padding, monkeypatch):
    x, kernel, asked = drawn(2, 7, 8, 3), drawn(3, 3, 3, 4), []
    monkeypatch.setattr(convolution, "_is_slow", lambda kernel: asked.append(kernel.shape) or True)
    if kind is conv2d:
        made = conv2d(x, kernel, 2, padding)
    else:
        made = Conv2D(4, 3, 2, padding, dtype="float64", weights=[kernel, np.zeros(4)])(x)
    np.testing.assert_allclose(made, plain(x, kernel, 2, padding), atol=1e-12)
    assert asked == [(3, 3, 3, 4)]


ON_A_CPU = [
    ((3, 3, 16, 16), tf.float32, True),
    ((4, 4, 512, 64), tf.float64, True),
    ((3, 3, 8, 512), tf.float32, False),  # matrices too thin
    ((8, 8, 16, 16), tf.float32, False),  # too many products
    ((3, 3, 64, 64), tf.bfloat16, False),
]


@pytest.mark.parametrize("shape, dtype, slow", ON_A_CPU)
def test_our_own_is_taken_of_many_channels_on_a_cpu(shape, dtype, slow, monkeypatch):
    monkeypatch.undo()
    for devices in ([], ["a GPU"]):
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind, found=devices: found)
        assert convolution._is_slow(tf.zeros(shape, dtype)) == (slow and not devices)


def test_all_columns_are_taken_at_once_where_the_product_pays_for_it(monkeypatch):
    monkeypatch.undo()
    taken = []
    for way in ("_at_once", "_place_by_place"):
        whole = getattr(convolution, way)
        monkeypatch.setattr(
            convolution, way, lambda *args, n=way, f=whole: taken.append(n) or f(*args)
        )
    for side, channels in ((4, 128), (32, 128), (8, 16)):
        x, kernel = tf.zeros([8, side, side, channels]), tf.zeros([3, 3, channels, channels])
        assert kernel_gradient(conv2d, x, kernel).shape == kernel.shape
    assert taken == ["_at_once", "_place_by_place", "_place_by_place"]


def test_what_is_traced_to_be_saved_has_the_librarys_gradients(monkeypatch):
    monkeypatch.undo()
    x, kernel = tf.zeros([1, 8, 8, 16]), tf.zeros([3, 3, 16, 16])

    def gradients_of_ours():
        traced = tf.function(lambda: conv2d(x, kernel)).get_concrete_function()
        return [
            op for op in traced.graph.get_operations() if "_gradient_op_type" in op.node_def.attr
        ]

    assert gradients_of_ours()
    with LibraryGradients():
        assert not gradients_of_ours()
    assert gradients_of_ours()
