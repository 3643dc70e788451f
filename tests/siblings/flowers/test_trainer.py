"""One step of flowers' trainer, against the same sums written out."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from siblings.flowers import networks
from siblings.flowers.networks import (
    DISCRIMINATOR_SCALES,
    GENERATOR_SCALES,
    Discriminator,
    Generator,
)
from siblings.flowers.trainer import FlowersTrainer, Plan
from tests.catalogue import labelled_photos
from training import step

pytestmark = pytest.mark.usefixtures("uncompiled")

BATCH = {name: value[:4] for name, value in labelled_photos(64).items()}
TRICKS = ("smooth_labels", "instance_noise", "mask_noise", "other_masks")
PLAN = Plan(4, lambda epoch: tf.constant(1e-3) * 0.5**epoch, epoch_steps=10.0, ids=(1, 2), seed=7)
PLAIN = dataclasses.replace(PLAN, **dict.fromkeys(TRICKS, False))


def trainer(plan):
    tf.keras.utils.set_random_seed(3)
    generator, discriminator = Generator(2, "float64"), Discriminator(2, "float64")
    return FlowersTrainer(tf.distribute.get_strategy(), generator, discriminator, plan)


def given():
    return {name: tf.constant(value) for name, value in BATCH.items()}


def cross_entropy(logits, wanted):
    p = 1 / (1 + np.exp(-np.asarray(logits)))
    return float(np.mean(-wanted * np.log(p) - (1 - wanted) * np.log(1 - p)))


def gradient_norm(loss, network):
    with tf.GradientTape() as tape:
        value = loss()
    return float(tf.linalg.global_norm(tape.gradient(value, network.trainable_variables)))


@pytest.mark.parametrize("smooth, real", [(False, 1.0), (True, 0.9)])
def test_losses_and_gradients_are_those_of_dcgan(smooth, real):
    trained = trainer(dataclasses.replace(PLAIN, smooth_labels=smooth))
    there = np.isin(BATCH["label"], (1, 2))
    mask = networks.mask_of(tf.constant(there), tf.float64)
    seed = step.seeds(PLAN.seed, trained.step, 9)[1]
    latent = tf.cast(tf.random.stateless_normal([4, 2, 2, 32], seed), tf.float64)
    painted = networks.masks_at(mask, GENERATOR_SCALES)
    judged = networks.masks_at(mask, DISCRIMINATOR_SCALES)
    photo = tf.constant(BATCH["image"], tf.float64)

    # The same networks elsewhere: batch norm's running statistics change with each call.
    other = trainer(PLAIN)
    generator, discriminator = other.generator, other.discriminator
    fake = generator(latent, painted, training=True)
    of_photo = discriminator(photo, judged, training=True)
    of_fake = discriminator(fake, judged, training=True)
    made = trained.train_step(given())
    wanted = cross_entropy(of_photo, real) + cross_entropy(of_fake, 0.0)
    assert float(made["discriminator_loss"]) == pytest.approx(wanted, rel=1e-5)
    assert float(made["photo_probability"]) == pytest.approx(tf.reduce_mean(tf.sigmoid(of_photo)))

    def judging():
        softplus = tf.nn.softplus
        real_logits = discriminator(photo, judged, training=True)
        fakes = discriminator(tf.stop_gradient(fake), judged, training=True)
        real_loss = real * softplus(-real_logits) + (1 - real) * softplus(real_logits)
        return tf.reduce_mean(real_loss) + tf.reduce_mean(softplus(fakes))

    norm = gradient_norm(judging, discriminator)
    assert float(made["discriminator_gradient_norm"]) == pytest.approx(norm, rel=1e-5)

    # The generator meets the discriminator as it is after its update.
    for weight, new in zip(
        discriminator.trainable_variables, trained.discriminator.trainable_variables
    ):
        weight.assign(new)

    def fooling():
        fakes = generator(latent, painted, training=True)
        return tf.reduce_mean(tf.nn.softplus(-discriminator(fakes, judged, training=True)))

    assert float(made["generator_loss"]) == pytest.approx(float(fooling()), rel=1e-5)
    norm = gradient_norm(fooling, generator)
    assert float(made["generator_gradient_norm"]) == pytest.approx(norm, rel=1e-5)


def test_fakes_have_the_masks_of_other_photos():
    trained = trainer(PLAN)
    masks = tf.constant(np.arange(4.0)[:, None, None, None] * np.ones([4, 64, 64, 1]))
    orders = set()
    for number in range(40):
        seed = step.seeds(number, trained.step, 1)[0]
        order = tuple(int(each) for each in trained._others(masks, seed)[:, 0, 0, 0])
        assert sorted(order) == [0, 1, 2, 3]
        assert all(place != photo for place, photo in enumerate(order))
        orders.add(order)
    assert len(orders) == 3  # any other photo's, not always the next one's


@pytest.mark.parametrize(
    "epochs, deviation", [(0, 0.2), (100, 0.2 / math.e), (1, 0.2 / math.e**0.01)]
)
def test_noise_on_pictures_fades_with_the_epochs(epochs, deviation):
    trained = trainer(PLAN)
    trained.step.assign(epochs * 10 + 9)  # until the epoch is over it stays
    zeros = tf.zeros([4, 64, 64, 3], tf.float64)
    noise = trained._blurred(zeros, tf.constant([1, 2], tf.int64))
    assert float(tf.math.reduce_std(noise)) == pytest.approx(deviation, rel=0.02)


def test_noise_on_masks_is_of_a_tenth_and_another_at_each_scale():
    trained = trainer(PLAN)
    zeros = [tf.zeros([4, side, side, 1], tf.float64) for side in (16, 16, 32)]
    first, second, third = trained._noisy(zeros, tf.constant([1, 2], tf.int64))
    assert float(tf.math.reduce_std(third)) == pytest.approx(0.1, rel=0.05)
    assert abs(np.corrcoef(tf.reshape(first, [-1]), tf.reshape(second, [-1]))[0, 1]) < 0.1


@pytest.mark.parametrize("name", TRICKS)
def test_every_trick_changes_a_step(name):
    losses = [
        float(trainer(plan).train_step(given())["discriminator_loss"])
        for plan in (PLAN, dataclasses.replace(PLAN, **{name: False}))
    ]
    assert losses[0] != pytest.approx(losses[1], rel=1e-6)


def test_the_rate_falls_with_the_epochs():
    trained = trainer(PLAN)
    for at, rate in ((0, 1e-3), (9, 1e-3), (10, 5e-4), (35, 1.25e-4)):
        trained.step.assign(at)
        assert float(trained.learning_rate()) == pytest.approx(rate)


def test_without_masks_the_label_map_means_nothing():
    plan = dataclasses.replace(PLAN, use_mask=False)
    other = {**given(), "label": tf.zeros([4, 64, 64], tf.uint8)}
    numbers = [trainer(plan).train_step(batch) for batch in (given(), other)]
    assert {k: float(v) for k, v in numbers[0].items()} == {
        k: float(v) for k, v in numbers[1].items()
    }


def test_xla_trains_alike():
    plain, compiled = (trainer(dataclasses.replace(PLAN, xla=xla)) for xla in (False, True))
    for _ in range(2):
        numbers = [each.train_step(given()) for each in (plain, compiled)]
    for name, value in numbers[0].items():
        assert float(numbers[1][name]) == pytest.approx(float(value), rel=1e-6), name
