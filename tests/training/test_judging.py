import numpy as np
import pytest
import tensorflow as tf

from networks.image_to_image.given import Given
from tests.catalogue import noise
from training import judging
from training.judging import Judge

PHOTO, POOLED, *FAKES = np.split(noise(8, 4, 4, 3), 4)


def seen(picture):
    """Two discriminators, each of a layer that doubles and of scores that are means."""
    picture = tf.convert_to_tensor(picture)
    return [[2 * picture, tf.reduce_mean(picture, [1, 2, 3])] for _ in range(2)]


def squares(picture, wanted):
    return 2 * np.mean((picture.mean(axis=(1, 2, 3)) - wanted) ** 2)


def test_losses_are_summed_over_fakes_which_weigh_as_much_as_photos():
    judge = Judge(feature_weight=3.0, perceptual_weight=5.0, perceive=lambda x: [x] * 5)
    scalars = {name: float(x) for name, x in judge.scalars(seen, PHOTO, FAKES).items()}
    absolute = [np.abs(fake - PHOTO).mean() for fake in FAKES]
    wanted = {
        "photo_loss": squares(PHOTO, 1),
        "fake_loss": np.mean([squares(fake, 0) for fake in FAKES]),
        "adversarial_loss": sum(squares(fake, 1) for fake in FAKES),
        "feature_loss": 3 * 4 * 2 * sum(absolute),  # 4 / layers, of values that are doubled
        "perceptual_loss": 5 * (1 / 32 + 1 / 16 + 1 / 8 + 1 / 4 + 1) * sum(absolute),
    }
    wanted["critic_loss"] = (wanted["photo_loss"] + wanted["fake_loss"]) / 2
    parts = ("adversarial_loss", "feature_loss", "perceptual_loss")
    wanted["generator_loss"] = sum(wanted[name] for name in parts)
    assert scalars == pytest.approx(wanted, rel=1e-5)


def test_discriminators_learn_from_what_is_pooled_instead():
    scalars = Judge().scalars(seen, PHOTO, FAKES, seen(POOLED))
    assert float(scalars["fake_loss"]) == pytest.approx(squares(POOLED, 0), rel=1e-5)
    without = Judge().scalars(seen, PHOTO, FAKES)
    for name in ("adversarial_loss", "feature_loss", "photo_loss"):
        assert float(scalars[name]) == float(without[name])


class Critic:
    """Scores are a weight times the mean of classes and picture."""

    def __init__(self):
        self.weight = tf.Variable(2.0)
        self.trainable_variables = [self.weight]

    def __call__(self, given, training):
        assert training
        dense = given.dense(2)
        return [[dense, self.weight * tf.reduce_mean(dense, [1, 2, 3])]]


def test_gradients_are_those_of_this_replicas_share():
    """Of one fake and no features: closed forms."""
    label = np.zeros([2, 4, 4], np.int32)
    given, critic = Given(tf.constant(label), tf.zeros([2, 4, 4, 0])), Critic()
    fake, judge = FAKES[0], Judge(feature_weight=0.0)
    share = lambda loss: 0.5 * loss  # noqa: E731
    _, (of_critic,), (along,) = judging.gradients(
        judge, critic, given, PHOTO, [tf.constant(fake)], share
    )
    # Of five channels the one-hot pair is 1 and 0.
    mean = lambda picture: (1 + picture.sum(axis=3)).mean(axis=(1, 2)) / 5  # noqa: E731
    real, made = mean(PHOTO), mean(fake)
    critic_wanted = np.mean((2 * real - 1) * real + 2 * made * made) / 2
    assert float(of_critic) == pytest.approx(critic_wanted, rel=1e-4)
    each = 0.5 * 2 * (2 * made - 1) * 2 / 2 / (5 * 16)
    np.testing.assert_allclose(
        along, np.broadcast_to(each[:, None, None, None], fake.shape), rtol=1e-4
    )
