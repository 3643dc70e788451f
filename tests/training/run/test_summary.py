import types

import pytest
import tensorflow as tf

import config
import train
from networks.layers import Conv, Dense
from training.run import strategy, summary


def test_a_table_has_its_columns_below_each_other():
    found = summary.table({"steps": 12345, "of": "a phase"})
    assert found == "steps  12,345\nof     a phase"


class Network(tf.keras.Model):
    """3x3 convolution to 5 channels, half the resolution; then 7 numbers."""

    resolution, latent_size = 8, 3

    def __init__(self):
        super().__init__()
        self.conv, self.dense = Conv(5, 3, stride=2), Dense(7)

    def call(self, image, other):
        return self.dense(tf.reshape(self.conv(image), [-1, 4 * 4 * 5])), other


def test_sizes_are_those_of_the_layers():
    network = Network()
    network(tf.zeros([1, 8, 8, 1]), tf.zeros([1, 3]))
    assert summary.parameters(network) == 3 * 3 * 5 + 5 + 80 * 7 + 7
    found = summary.activations(network, [[2, 8, 8, 1], [2, 3]])
    assert found == 4 * 2 * (4 * 4 * 5 + 7)  # float32, batch 2


def test_memory_is_weights_and_moments_and_what_the_passes_keep():
    generator, averaged, critic = Network(), Network(), Network()
    for network in (generator, averaged):
        network(tf.zeros([1, 8, 8, 1]), tf.zeros([1, 3]))
    critic(tf.zeros([1, 8, 8, 3]), tf.zeros([1, 8, 8, 1]))
    trainer = types.SimpleNamespace(generator=generator, critic=critic, averaged=averaged)
    of_generator, of_critic = 9 * 5 + 5 + 567, 27 * 5 + 5 + 567
    weights = 4 * (4 * (of_generator + of_critic) + of_generator)
    assert summary.estimated_memory(trainer, 2) == weights + (3 + 5) * 4 * 2 * 87


def test_a_measured_peak_is_met_within_a_tenth():
    """Phase 4, 128 features, 16 samples: 1.40 GB, of which TensorFlow itself takes 0.6."""
    words = ["--phase=4", "--smooth", "--use_embedding", "--max_features=128", "--batch_size=16"]
    settings = config.from_flags(words).with_steps(0)
    trainer = train.build_trainer(settings, strategy.make_strategy(0))
    assert summary.estimated_memory(trainer, 16) / 1e9 == pytest.approx(0.8, rel=0.1)
