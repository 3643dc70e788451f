import numpy as np
import tensorflow as tf

from training.average import MovingAverage


def test_an_average_starts_as_its_network_and_follows_it_on_every_replica():
    devices = ["/CPU:0", "/CPU:1"]
    reduction = tf.distribute.ReductionToOneDevice()
    strategy = tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction)
    with strategy.scope():
        averaged, network = (tf.keras.Sequential([tf.keras.layers.Dense(3)]) for _ in range(2))
        for model in (averaged, network):
            model.build([None, 2])
    average = MovingAverage(strategy, averaged, network)
    average.start()
    before = [weight.numpy() for weight in network.trainable_variables]
    for weight in network.trainable_variables:
        weight.assign(weight + 1.0)
    tf.function(average.follow)(tf.constant(0.75))
    for value, old in zip(averaged.trainable_variables, before):
        for replica in strategy.experimental_local_results(value):
            np.testing.assert_allclose(replica, old + 0.25, rtol=1e-6)
