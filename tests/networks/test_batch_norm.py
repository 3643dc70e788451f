"""Against NumPy, by the formulas of PyTorch's documentation."""

import numpy as np
import tensorflow as tf

from networks.batch_norm import BatchNorm

X = np.random.default_rng(0).normal([1.0, -3.0], [2.0, 0.5], (4, 3, 5, 2)).astype(np.float32)
FLAT = X.reshape(-1, 2).astype(np.float64)


def normalised(x, mean, variance):
    return (x - mean) / np.sqrt(variance + 1e-5)


def test_training_takes_the_batchs_statistics_and_keeps_an_unbiased_variance():
    layer = BatchNorm()
    y = layer(X, training=True)
    np.testing.assert_allclose(y, normalised(X, FLAT.mean(0), FLAT.var(0)), atol=1e-5)
    np.testing.assert_allclose(layer.mean, 0.1 * FLAT.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.variance, 0.9 + 0.1 * FLAT.var(0, ddof=1), rtol=1e-5)


def test_otherwise_the_running_statistics_count_and_stay():
    layer = BatchNorm()
    layer(X)  # makes its weights
    kept = np.array([1.0, 2.0], np.float32), np.array([4.0, 0.25], np.float32)
    layer.mean.assign(kept[0])
    layer.variance.assign(kept[1])
    layer.scale.assign([3.0, 1.0])
    layer.offset.assign([0.0, 7.0])
    wanted = normalised(X, *kept) * [3.0, 1.0] + [0.0, 7.0]
    np.testing.assert_allclose(layer(X), wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(layer.mean, kept[0])


def test_another_epsilon_keeps_the_root_from_zero():
    layer = BatchNorm(epsilon=0.25)
    y = layer(X, training=True)
    np.testing.assert_allclose(y, (X - FLAT.mean(0)) / np.sqrt(FLAT.var(0) + 0.25), atol=1e-5)


def test_two_replicas_have_the_statistics_and_the_gradient_of_the_whole_batch():
    """Of a sum of squares with a weight for each sample, which batch norm ties together."""
    weight = np.arange(1.0, 5)[:, None, None, None]

    def loss_and_gradient(layer, x, weight):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(weight * layer(x, training=True) ** 3)
        return layer.mean.read_value(), tape.gradient(loss, x)

    x = X.astype(np.float64)
    mean, gradient = loss_and_gradient(BatchNorm(dtype="float64"), tf.constant(x), weight)
    reduction = tf.distribute.ReductionToOneDevice()
    replicas = tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"], cross_device_ops=reduction)
    with replicas.scope():
        layer = BatchNorm(dtype="float64")
        layer.build(x.shape)

    def halves(array):
        return replicas.experimental_distribute_values_from_function(
            lambda context: tf.constant(np.split(array, 2)[context.replica_id_in_sync_group])
        )

    parts = replicas.run(loss_and_gradient, [layer, halves(x), halves(weight)])
    means, gradients = map(replicas.experimental_local_results, parts)
    np.testing.assert_allclose(means, [mean, mean], rtol=1e-12)
    np.testing.assert_allclose(np.concatenate(gradients), gradient, atol=1e-9)


def test_statistics_are_never_of_short_floats():
    layer = BatchNorm(dtype="mixed_bfloat16")
    y = layer(tf.cast(X, tf.bfloat16), training=True)
    assert y.dtype == tf.bfloat16
    assert layer.mean.dtype == tf.float32
    np.testing.assert_allclose(layer.mean, 0.1 * FLAT.mean(0), rtol=0.01)
