import numpy as np
import pytest
import tensorflow as tf

from training import losses

RNG = np.random.default_rng(0)


def test_penalty_of_a_linear_critic_is_known_in_closed_form():
    """Its gradient is its weight everywhere; the norm runs over height, width and channels."""
    weight = RNG.normal(size=[4, 4, 3])
    real, fake = RNG.normal(size=[2, 5, 4, 4, 3])

    def critic(x):
        return tf.reduce_sum(x * weight, axis=[1, 2, 3])[:, None]

    points = losses.between(real, tf.constant(fake), RNG.uniform(size=5))
    penalty = losses.gradient_penalty(critic, points)
    assert float(penalty) == pytest.approx((np.sqrt(np.sum(weight**2)) - 1) ** 2)


def test_every_point_lies_between_its_real_and_its_fake():
    real, fake = RNG.normal(size=[2, 6, 2, 2, 3])
    mix = RNG.uniform(size=6)
    share = (losses.between(real, tf.constant(fake), mix) - real) / (fake - real)
    np.testing.assert_allclose(share, np.broadcast_to(mix[:, None, None, None], share.shape))


def test_penalty_trains_the_critic_and_leaves_the_fakes_alone():
    scale = tf.Variable(3.0)
    real, fake = tf.zeros([2, 2, 2, 3]), tf.Variable(tf.ones([2, 2, 2, 3]))
    with tf.GradientTape() as tape:
        penalty = losses.gradient_penalty(
            lambda x: scale * tf.reduce_sum(x, axis=[1, 2, 3])[:, None],
            losses.between(real, fake, tf.ones([2])),
        )
    by_scale, by_fake = tape.gradient(penalty, [scale, fake])
    root = np.sqrt(12)  # |∇| = 3·√12, d/ds (s·√12 - 1)² = 2·(s·√12 - 1)·√12
    assert float(by_scale) == pytest.approx(2 * (3 * root - 1) * root, rel=1e-5)
    assert by_fake is None


def test_penalty_of_a_flat_critic_has_a_finite_gradient():
    weight = tf.Variable(tf.zeros([2, 2, 3]))
    with tf.GradientTape() as tape:
        penalty = losses.gradient_penalty(
            lambda x: tf.reduce_sum(x * weight, axis=[1, 2, 3])[:, None],
            tf.ones([1, 2, 2, 3]),
        )
    assert float(penalty) == pytest.approx(1, abs=1e-5)
    assert np.all(np.isfinite(tape.gradient(penalty, weight)))


def test_penalty_at_real_images_of_a_quadratic_critic_is_known_in_closed_form():
    """Of Σ w·x² the gradient at x is 2·w·x."""
    real, weight = RNG.normal(size=[2, 5, 4, 4, 3])
    weight = weight[:1]

    def critic(x):
        return tf.reduce_sum(weight * x**2, axis=[1, 2, 3])[:, None]

    wanted = np.mean(np.sum((2 * weight * real) ** 2, axis=(1, 2, 3)))
    for scale in (1.0, 64.0):
        penalty = losses.real_gradient_penalty(critic, tf.constant(real), scale)
        assert float(penalty) == pytest.approx(wanted)


def test_the_logistic_loss_is_the_cross_entropy_of_real_and_fake():
    """Cross entropy of p = 1 / (1 + exp(-score)): real with 1, fake with 0, fooled with 1."""
    score = np.array([[-2.0], [0.5], [3.0]])
    p, loss = 1 / (1 + np.exp(-score)), losses.LOGISTIC
    assert float(loss.of_real(tf.constant(score))) == pytest.approx(np.mean(-np.log(p)))
    assert float(loss.of_fake(tf.constant(score))) == pytest.approx(np.mean(-np.log(1 - p)))
    assert float(loss.of_generator(tf.constant(score))) == pytest.approx(np.mean(-np.log(p)))


def test_the_wasserstein_loss_is_the_difference_of_means_and_the_drift():
    real, fake = tf.constant([[3.0], [5.0]]), tf.constant([[1.0], [-2.0]])
    loss = losses.WASSERSTEIN
    assert float(loss.of_real(real)) == pytest.approx(-4 + 1e-4 * 17)
    assert float(loss.of_fake(fake)) == pytest.approx(-0.5)


NOTHING_DRAWN = tf.zeros([2, 4, 4, 1])


def test_mode_seeking_is_small_where_the_latent_changes_much():
    latent = tf.constant([[0.0, 1.0], [0.0, 0.0]])
    other = tf.constant([[2.0, 5.0], [1.0, 0.0]])  # mean distances 3 and 0.5
    image = tf.zeros([2, 4, 4, 3])
    moved = image + tf.reshape([1.5, 2.0], [2, 1, 1, 1])
    found = losses.mode_seeking(image, moved, latent, other, NOTHING_DRAWN)
    np.testing.assert_allclose(found, (3 / 1.5 + 0.5 / 2) / 2, rtol=1e-4)


def test_mode_seeking_counts_changes_by_what_is_drawn_near_them():
    """A square of 2 in one corner of 8x8; windows of 2 reach one pixel up and to the left of it."""
    mask, change = np.zeros([1, 8, 8, 1], np.float32), np.zeros([1, 8, 8, 3], np.float32)
    mask[0, 4:6, 4:6] = 1
    change[0, 5, 5], change[0, 3, 3], change[0, 0, 0] = 1, 1, 1
    weights = np.zeros([8, 8])
    for y, x in np.ndindex(8, 8):
        weights[y, x] = mask[0, y : y + 2, x : x + 2].mean()
    weights /= weights.mean()
    assert weights[5, 5] > 0 and weights[3, 3] > 0 and weights[0, 0] == 0
    wanted = 1 / ((weights[5, 5] + weights[3, 3]) / 64)
    found = losses.mode_seeking(
        tf.zeros_like(change), tf.constant(change), tf.zeros([1, 2]), tf.ones([1, 2]), mask
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-2)


def test_mode_seeking_is_finite_where_the_latent_changes_nothing():
    image = tf.zeros([1, 4, 4, 3])
    found = losses.mode_seeking(image, image, tf.zeros([1, 2]), tf.ones([1, 2]), NOTHING_DRAWN[:1])
    np.testing.assert_allclose(found, 1e5, rtol=1e-4)


def test_a_penalty_is_weighted_as_told_or_as_the_loss_has_it():
    other = losses.LOGISTIC.penalised(0.05, 7)
    assert (other.penalty_weight, other.penalty_every) == (0.05, 7)
    assert losses.LOGISTIC.penalised(0.0, 0) == losses.LOGISTIC
