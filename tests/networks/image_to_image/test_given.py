import numpy as np
import pytest
import tensorflow as tf

from networks.image_to_image import given as given_
from networks.image_to_image.given import Given, of_labels
from networks.image_to_image.layers import Conv, half, half_of
from networks.image_to_image.patch_critic import PatchCritics
from tests.catalogue import noise

CLASSES, NONE = 5, 255


def scene(height, width, others=2, dtype="float32"):
    """With some pixels of no class."""
    ids = np.random.default_rng(0).choice([*range(CLASSES), NONE], [2, height, width])
    return Given(tf.constant(ids, tf.int32), tf.cast(noise(2, height, width, others), dtype))


def dense(given):
    """By NumPy."""
    one_hot = np.equal(given.label[..., None], np.arange(CLASSES)).astype(np.float32)
    return np.concatenate([one_hot, given.others.numpy()], axis=3)


def test_dense_is_one_hot_classes_with_the_other_channels_behind():
    given = scene(4, 6)
    np.testing.assert_array_equal(given.dense(CLASSES), dense(given))


@pytest.fixture(params=["few", "many", "on a GPU"])
def way(request, monkeypatch):
    """All three that a convolution may go."""
    monkeypatch.setattr(given_, "FEW", 0 if request.param == "many" else given_.FEW)
    if request.param == "on a GPU":
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("others", [2, 0])
@pytest.mark.parametrize(
    "size, stride, pad, mode",
    [(7, 1, 3, "REFLECT"), (4, 2, 2, "CONSTANT"), (3, 2, 1, "CONSTANT"), (3, 1, 0, "CONSTANT")],
)
def test_a_convolution_takes_it_as_it_takes_the_dense_tensor(size, stride, pad, mode, others):
    given, conv = scene(9, 14, others), Conv(3, size, stride, pad, mode)
    whole = dense(given)
    results, gradients = [], []
    for x in (tf.constant(whole), given):
        with tf.GradientTape() as tape:
            tape.watch(given.others)
            y = conv(x)
            loss = tf.reduce_sum(y * noise(*y.shape))
        results.append(y)
        gradients.append(tape.gradient(loss, conv.kernel))
    for wanted, found in (results, gradients):
        np.testing.assert_allclose(found, wanted, atol=2e-4)


@pytest.mark.usefixtures("way")
def test_gradients_flow_to_the_other_channels():
    given, conv = scene(8, 8), Conv(3, 4, 2, 2)
    whole = tf.constant(dense(given))
    found = []
    for x in (whole, given):
        with tf.GradientTape() as tape:
            tape.watch([whole, given.others])
            loss = tf.reduce_sum(conv(x) ** 2)
        found.append(tape.gradient(loss, x if x is whole else x.others))
    np.testing.assert_allclose(found[1], found[0][..., CLASSES:], atol=1e-4)


def test_sums_are_exact_for_kernels_of_16_bits():
    """49 times 1/256 beside 1: bfloat16 itself would lose each of them."""
    kernel = np.full([7, 7, 2, 1], 2**-8, np.float32)
    kernel[0, 0] = 1
    label = tf.zeros([1, 7, 7], tf.int32)
    found = of_labels(label, tf.constant(kernel, tf.bfloat16), 1)
    np.testing.assert_array_equal(tf.cast(found, tf.float32), [[[[1.1875]]]])


@pytest.mark.parametrize("height, width", [(8, 8), (7, 10), (5, 5)])
def test_half_is_that_of_the_dense_tensor(height, width):
    given = scene(height, width)
    np.testing.assert_allclose(half_of(given, CLASSES), half(tf.constant(dense(given))), atol=1e-6)


def test_critics_judge_it_as_they_judge_the_dense_tensor():
    critics, given = PatchCritics(width=2, layers=2), scene(16, 16)
    wanted, found = critics(tf.constant(dense(given))), critics(given)
    for ours, theirs in zip(tf.nest.flatten(found), tf.nest.flatten(wanted)):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_more_channels_go_behind():
    given = scene(4, 4)
    more = noise(2, 4, 4, 3)
    np.testing.assert_array_equal(given.with_others(more).others[..., 2:], more)


def test_on_a_gpu_the_dense_tensor_is_convolved(monkeypatch):
    given, conv = scene(8, 8), Conv(3, 7, 1, 3, "REFLECT")
    wanted = conv(tf.constant(dense(given)))
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    traced = tf.function(conv).get_concrete_function(given)
    assert "While" not in {op.type for op in traced.graph.get_operations()}
    np.testing.assert_allclose(traced(given), wanted, atol=1e-4)
