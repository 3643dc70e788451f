"""What every network and every system of the catalogue promises."""

import numpy as np
import pytest
import tensorflow as tf

from tests.catalogue import NETWORKS, SYSTEMS
from training.run import strategy


def outputs(network, inputs):
    return [part for part in tf.nest.flatten(network(*inputs)) if part is not None]


def assert_equal(parts, expected):
    assert len(parts) == len(expected) > 0
    for part, wanted in zip(parts, expected):
        np.testing.assert_array_equal(part, wanted)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_checkpoint_gives_the_same_network_back(name, tmp_path):
    build, inputs = NETWORKS[name]
    network, other = build(), build()
    images, others = outputs(network, inputs), outputs(other, inputs)
    assert all(np.any(part != wanted) for part, wanted in zip(others, images))
    tf.train.Checkpoint(network=network).write(str(tmp_path / "state"))
    tf.train.Checkpoint(network=other).read(str(tmp_path / "state")).assert_consumed()
    assert_equal(outputs(other, inputs), images)
    assert_equal(other.get_weights(), network.get_weights())


@pytest.mark.parametrize("name", NETWORKS)
def test_a_saved_model_answers_as_its_network_does(name, tmp_path):
    """Of the weights alone, as `serving/export.py` saves them; for a batch of any size."""
    build, inputs = NETWORKS[name]
    network = build()
    images = outputs(network, inputs)
    module = tf.Module()
    module.weights = network.variables
    specs = tf.nest.map_structure(
        lambda part: tf.TensorSpec([None, *part.shape[1:]][: part.ndim], part.dtype), [*inputs]
    )
    module.call = tf.function(lambda *parts: outputs(network, parts), input_signature=specs)
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    for part, wanted in zip(loaded.call(*inputs), images):
        np.testing.assert_allclose(part, wanted, rtol=1e-5, atol=1e-5)


def trainer_of(system, devices=("/CPU:0",), precision="float32"):
    """At a step in which every part of the loss counts."""
    # Collective operations of several strategies in one process would mistake each other.
    reduction = tf.distribute.ReductionToOneDevice()
    replicas = tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction)
    trainer = system.build(replicas, precision)
    trainer.step.assign(system.first)
    return trainer


def weights_of(trainer):
    """{(network, number, weight): value}"""
    return {
        (name, number, weight.name): weight.numpy()
        for name, network in trainer.networks.items()
        for number, weight in enumerate(network.trainable_variables)
    }


def step(trainer, batch):
    """One step; its numbers."""

    def share(context):
        count, number = context.num_replicas_in_sync, context.replica_id_in_sync_group
        return {name: tf.constant(np.split(part, count)[number]) for name, part in batch.items()}

    shares = trainer.strategy.experimental_distribute_values_from_function(share)
    return {name: float(value) for name, value in trainer.train_step(shares).items()}


def state(trainer, path):
    """{name: array} of all that a checkpoint of it holds."""
    reader = tf.train.load_checkpoint(trainer.checkpoint.write(str(path)))
    names = [name for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name]
    return {name: reader.get_tensor(name) for name in names}


of_each_system = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)


@of_each_system
def test_one_step_changes_every_weight_but_those_of_fixed_networks(system):
    trainer = trainer_of(system)
    before = weights_of(trainer)
    step(trainer, system.batch)
    after = weights_of(trainer)
    same = {name for name in before if np.all(before[name] == after[name])}
    assert same == {name for name in before if name[0] in system.fixed}


@of_each_system
def test_it_goes_on_from_its_checkpoint_as_if_it_had_not_stopped(uncompiled, system, tmp_path):
    strategy.set_determinism(None)
    whole, resumed = trainer_of(system), trainer_of(system)
    step(whole, system.batch)
    whole.checkpoint.write(str(tmp_path / "saved"))
    resumed.checkpoint.read(str(tmp_path / "saved")).assert_consumed()
    assert step(resumed, system.batch) == step(whole, system.batch)
    end, expected = state(resumed, tmp_path / "resumed"), state(whole, tmp_path / "whole")
    assert end.keys() == expected.keys()
    assert [name for name in expected if np.any(end[name] != expected[name])] == []


@of_each_system
def test_two_replicas_train_as_one_does_and_hold_equal_weights(uncompiled, system):
    """Float64, since Adam without momentum turns float32's rounding of a gradient into a sign."""
    whole = trainer_of(system, precision="float64")
    halved = trainer_of(system, ("/CPU:0", "/CPU:1"), "float64")
    for _ in range(2):
        assert step(halved, system.batch) == pytest.approx(step(whole, system.batch), rel=1e-6)
    for network in halved.networks.values():
        for variable in network.variables:
            first, second = halved.strategy.experimental_local_results(variable)
            np.testing.assert_array_equal(first, second)
    for weight, expected in zip(weights_of(halved).values(), weights_of(whole).values()):
        np.testing.assert_allclose(weight, expected, atol=1e-9)


@of_each_system
def test_it_trains_in_bfloat16(uncompiled, system):
    trainer = trainer_of(system, precision="mixed_bfloat16")
    numbers = step(trainer, system.batch)
    assert {network.compute_dtype for network in trainer.networks.values()} == {"bfloat16"}
    assert np.isfinite([*numbers.values()]).all()
    assert all(np.isfinite(weight).all() for weight in weights_of(trainer).values())
