"""The parts of an update, against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from training import step
from training.loss_scale import LossScale


@pytest.fixture(scope="module")
def two():
    devices = ["/CPU:0", "/CPU:1"]
    reduction = tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction)


def on_each(strategy, function, *args):
    """What each replica gives, as arrays."""
    values = strategy.run(function, args)
    parts = tf.nest.map_structure(strategy.experimental_local_results, values)
    return tf.nest.map_structure(np.asarray, parts)


def replica():
    return tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.float32)


@pytest.mark.parametrize("axis", [0, 1])
def test_replicas_share_what_is_drawn_for_all_of_them(two, axis):
    whole = np.arange(24).reshape(4, 6)
    parts = two.experimental_local_results(two.run(lambda: step.share(tf.constant(whole), axis)))
    np.testing.assert_array_equal(np.concatenate(parts, axis), whole)
    np.testing.assert_array_equal(step.share(tf.constant(whole), axis), whole)  # one alone


def test_what_replicas_have_is_gathered_in_their_order(two):
    whole = tf.reshape(tf.range(24.0), [4, 6])
    parts = two.run(lambda: step.gathered(step.share(whole), 4))
    for part in two.experimental_local_results(parts):
        np.testing.assert_array_equal(part, whole)
    np.testing.assert_array_equal(step.gathered(whole, 4), whole)  # one alone


def test_draws_follow_from_seed_and_step():
    def seeds(seed, number):
        return step.seeds(seed, tf.Variable(number, dtype=tf.int64), 3).numpy().tolist()

    assert seeds(5, 1) == seeds(5, 1)
    every = [*seeds(5, 1), *seeds(5, 2), *seeds(6, 1)]
    assert len({*map(tuple, every)}) == 9


def test_gradients_of_the_replicas_are_added_up(two):
    shapes = [[2, 3], [], [4]]
    values = [np.random.default_rng(n).normal(size=s) for n, s in enumerate(shapes)]

    def added():
        return step.added_up([tf.constant(v, tf.float32) * (1 + 2 * replica()) for v in values])

    for value, sums in zip(values, two.run(added)):
        for of_replica in two.experimental_local_results(sums):
            np.testing.assert_allclose(of_replica, 4 * value, rtol=1e-6)


def test_scalars_are_means_over_the_replicas(two):
    @tf.function
    def run():
        scalars = two.run(lambda: {"b": replica(), "a": 10 * replica() + 1})
        return step.means(two, scalars)

    assert {name: float(value) for name, value in run().items()} == {"a": 6.0, "b": 0.5}


def updated(gradients, clip_norm=0.0, level=None):
    """Weights of 1 after an update by SGD at rate 1, and the scalars."""
    scale = LossScale(level is not None)
    scale.level.assign(level or 0)
    weights = [tf.Variable(np.ones_like(g)) for g in gradients]
    update = step.Update("net", weights, tf.keras.optimizers.legacy.SGD(1.0), scale, clip_norm)
    scalars = update([tf.constant(g) for g in gradients])
    return [w.numpy() for w in weights], {name: float(v) for name, v in scalars.items()}


GRADIENTS = [np.array([3.0, 0.0], np.float32), np.array([[4.0]], np.float32)]  # 5 long together


@pytest.mark.parametrize(("clip_norm", "factor"), [(0.0, 1.0), (6.0, 1.0), (2.5, 0.5)])
def test_gradients_longer_than_the_limit_are_scaled_down_to_it_and_others_left(clip_norm, factor):
    weights, scalars = updated(GRADIENTS, clip_norm)
    assert scalars == {"net_gradient_norm": 5.0}
    for weight, gradient in zip(weights, GRADIENTS):
        np.testing.assert_allclose(weight, 1 - factor * gradient, rtol=1e-6)


def test_a_scaled_loss_changes_the_weights_as_an_unscaled_one_would():
    weights, scalars = updated([8 * g for g in GRADIENTS], level=-12)  # 2³
    assert scalars == {"net_gradient_norm": 5.0, "net_skipped": 0.0}
    np.testing.assert_allclose(weights[0], 1 - GRADIENTS[0])


@pytest.mark.parametrize("broken", [np.inf, np.nan])
def test_infinite_gradients_change_nothing(broken):
    gradients = [np.array([1.0, broken], np.float32), np.array([[2.0]], np.float32)]
    weights, scalars = updated(gradients, level=0)
    assert scalars["net_skipped"] == 1.0
    assert all((weight == 1).all() for weight in weights)


def test_adam_moves_a_weight_as_worked_out_by_hand():
    """beta1 0.5, beta2 0.99, two updates: m̂ / (√v̂ + ε), with Keras' ε before the correction."""
    weight, rate, m, v, expected = tf.Variable(0.0), 0.1, 0.0, 0.0, 0.0
    optimizer = step.adam(lambda: tf.constant(rate), 0.5, 0.99)
    for t, gradient in ((1, 3.0), (2, -1.0)):
        optimizer.apply_gradients([(tf.constant(gradient), weight)])
        m, v = 0.5 * m + 0.5 * gradient, 0.99 * v + 0.01 * gradient**2
        expected -= rate * (m / (1 - 0.5**t)) / np.sqrt(v / (1 - 0.99**t))
        assert float(weight) == pytest.approx(expected, rel=1e-5)
