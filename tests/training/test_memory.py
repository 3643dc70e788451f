import types

import pytest
import tensorflow as tf

import config
import train
from tests.training.run.test_summary import Network
from training import memory
from training.run import strategy


def test_memory_is_weights_and_moments_and_what_the_passes_keep():
    generator, averaged, critic = Network(), Network(), Network()
    for network in (generator, averaged):
        network(tf.zeros([1, 8, 8, 1]), tf.zeros([1, 3]))
    critic(tf.zeros([1, 8, 8, 3]), tf.zeros([1, 8, 8, 1]))
    trainer = types.SimpleNamespace(generator=generator, critic=critic, averaged=averaged)
    of_generator, of_critic = 9 * 5 + 5 + 567, 27 * 5 + 5 + 567
    weights = 4 * (4 * (of_generator + of_critic) + of_generator)
    assert memory.estimated(trainer, 2) == weights + (3 + 5) * 4 * 2 * 87


def test_a_measured_peak_is_met_within_a_tenth():
    """Phase 4, 128 features, 16 samples: 1.40 GB, of which TensorFlow itself takes 0.6."""
    words = ["--phase=4", "--smooth", "--use_embedding", "--max_features=128", "--batch_size=16"]
    settings = config.from_flags(words).with_steps(0)
    trainer = train.build_trainer(settings, strategy.make_strategy(0))
    assert memory.estimated(trainer, 16) / 1e9 == pytest.approx(0.8, rel=0.1)
