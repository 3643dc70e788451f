import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from siblings.segmenter.networks import UNet
from siblings.segmenter.trainer import Plan, SegmenterTrainer

PLAN = Plan(4, (16, 16), lambda step: tf.constant(0.0), np.array([1.0, 3.0]), jitter=0.0, seed=1)
RNG = np.random.default_rng(0)
IMAGE = RNG.uniform(-1, 1, (4, 16, 16, 3)).astype(np.float32)
LABEL = RNG.choice([0, 1, 255], (4, 16, 16)).astype(np.uint8)


def trainer(**changes):
    tf.keras.utils.set_random_seed(0)
    replicas = tf.distribute.MirroredStrategy(["/CPU:0"])
    with replicas.scope():
        network = UNet(2, features=2)
    return SegmenterTrainer(replicas, network, dataclasses.replace(PLAN, **changes))


def test_loss_and_accuracy_are_weighted_means_over_the_pixels_that_count(uncompiled):
    learner = trainer()
    scalars = learner.train_step({"image": IMAGE, "label": LABEL})
    logits = learner.network(IMAGE, training=True).numpy().astype(np.float64)
    share = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    weight = np.array([1.0, 3.0])[LABEL % 255] * (LABEL != 255)
    right = share[..., 1] * (LABEL == 1) + share[..., 0] * (LABEL == 0) + (LABEL == 255)
    loss = (weight * -np.log(right)).sum() / weight.sum()
    assert float(scalars["loss"]) == pytest.approx(loss, rel=1e-4)
    accuracy = (weight * (logits.argmax(-1) == LABEL)).sum() / weight.sum()
    assert float(scalars["accuracy"]) == pytest.approx(accuracy, rel=1e-4)


def test_jitter_gives_each_photo_a_gain_and_a_shift_of_its_own_within_bounds(uncompiled):
    learner = trainer(jitter=0.25)
    changed = learner.strategy.run(learner._jittered, [tf.constant(IMAGE)]).numpy()
    gains = []
    for before, after in zip(IMAGE, changed):
        for channel in range(3):
            gain, shift = np.polyfit(before[..., channel].ravel(), after[..., channel].ravel(), 1)
            assert abs(gain - 1) <= 0.25
            assert abs(shift) <= 0.25
            gains.append(gain)
    assert len({*np.round(gains, 5)}) == 12


def test_photos_are_labelled_by_the_running_statistics():
    learner = trainer()
    photos = RNG.integers(0, 256, (3, 32, 16, 3)).astype(np.uint8)
    alone = learner.labels(photos[:1])
    np.testing.assert_array_equal(learner.labels(photos)[:1], alone)
