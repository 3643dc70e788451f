"""What siblings' trainers have in common, on two weights whose losses a child could follow."""

import numpy as np
import pytest
import tensorflow as tf

from training.learner import Learner


class Weight(tf.keras.Model):
    def __init__(self, value):
        super().__init__()
        self.value = self.add_weight("value", [2], initializer=tf.constant_initializer(value))
        self.other = self.add_weight("other", [], initializer="zeros")


class Duel(Learner):
    """One is drawn towards the batch's mean, the other away from it."""

    def __init__(self, devices=("/CPU:0",), **options):
        strategy = tf.distribute.MirroredStrategy(list(devices))
        with strategy.scope():
            networks = {"left": Weight(0.0), "right": Weight(1.0)}
        rate = lambda step: 0.1 / tf.cast(step + 1, tf.float32)  # noqa: E731
        trained = {name: [network.value] for name, network in networks.items()}
        super().__init__(strategy, networks, rate, (0.0, 0.99), trained=trained, **options)

    def _replica_step(self, batch):
        scalars = {}
        for sign, name in ((1.0, "left"), (-1.0, "right")):
            weight = self.networks[name].value
            with tf.GradientTape() as tape:
                loss = sign * tf.reduce_mean((weight - batch["x"]) ** 2)
                share = self.share(loss)
            scalars |= {f"{name}_loss": loss, **self.updates[name](tape.gradient(share, [weight]))}
        return scalars


def value(learner, name):
    return learner.networks[name].value.numpy()


BATCH = {"x": np.array([[3.0, 1.0], [1.0, 3.0]], np.float32)}


def test_a_step_updates_each_network_by_the_rate_of_that_step_and_counts():
    """Adam without momentum: a step's length is the rate, whatever the gradient's."""
    duel = Duel()
    first = duel.train_step(BATCH)
    assert float(first["left_loss"]) == pytest.approx(5.0)
    np.testing.assert_allclose(value(duel, "left"), 0.1, rtol=1e-4)
    np.testing.assert_allclose(value(duel, "right"), 0.9, rtol=1e-4)
    duel.rate_scale.assign(0.5)
    duel.train_step(BATCH)
    np.testing.assert_allclose(value(duel, "left"), 0.1 + 0.05 / 2, rtol=0.01)
    assert duel.step.numpy() == 2


def test_two_replicas_are_as_one():
    one, two = Duel(), Duel(["/CPU:0", "/CPU:1"])
    halves = two.strategy.experimental_distribute_values_from_function(
        lambda context: {"x": BATCH["x"][[context.replica_id_in_sync_group]]}
    )
    scalars = one.train_step(BATCH), two.train_step(halves)
    for name in ("left_loss", "left_gradient_norm", "right_gradient_norm"):
        np.testing.assert_allclose(scalars[0][name], scalars[1][name], rtol=1e-5)
    np.testing.assert_allclose(value(two, "left"), value(one, "left"), rtol=1e-6)


def test_weights_that_are_not_to_be_trained_have_no_moments():
    duel = Duel()
    moments = [variable.shape for variable in duel.updates["left"].optimizer.weights]
    assert moments == [[], [2], [2]]  # steps, and two of `value`


def test_an_infinite_gradient_halves_the_scale_and_changes_nothing():
    duel = Duel(loss_scaling=True)
    before = float(duel.loss_scale.value())
    scalars = duel.train_step({"x": np.full([2, 2], 1e38, np.float32)})
    assert float(scalars["left_skipped"]) == 1
    assert float(duel.loss_scale.value()) == before / 2
    np.testing.assert_array_equal(value(duel, "left"), 0)


def test_a_checkpoint_holds_networks_optimisers_step_and_what_else_is_kept(tmp_path):
    extra = tf.Module()
    extra.count = tf.Variable(7)
    duel = Duel(pool=extra)
    duel.train_step(BATCH)
    path = duel.checkpoint.save(str(tmp_path / "ckpt"))
    duel.train_step(BATCH)
    wanted = value(duel, "left")
    extra.count.assign(0)
    duel.checkpoint.restore(path).assert_consumed()
    assert (duel.step.numpy(), extra.count.numpy()) == (1, 7)
    duel.train_step(BATCH)
    np.testing.assert_array_equal(value(duel, "left"), wanted)


def test_what_a_step_is_must_be_said():
    with pytest.raises(NotImplementedError):
        Learner._replica_step(Duel(), BATCH)
