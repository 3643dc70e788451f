import tensorflow as tf

from training.loss_scale import FIRST_EXPONENT, PATIENCE, LossScale


def test_off_it_is_one_and_stays_one():
    scale = LossScale(active=False)
    scale.update(tf.constant(False))
    assert float(scale.value()) == 1.0
    assert scale.level.numpy() == 0  # so that float16 can go on from a float32 checkpoint


def test_each_bad_step_halves_it_and_patience_doubles_it():
    scale = LossScale(active=True)
    assert float(scale.value()) == 2.0**FIRST_EXPONENT
    for _ in range(3):
        scale.update(tf.constant(False))
    assert float(scale.value()) == 2.0 ** (FIRST_EXPONENT - 3)
    scale.good_steps.assign(PATIENCE - 2)
    scale.update(tf.constant(True))
    assert float(scale.value()) == 2.0 ** (FIRST_EXPONENT - 3)
    scale.update(tf.constant(True))
    assert float(scale.value()) == 2.0 ** (FIRST_EXPONENT - 2)
    assert scale.good_steps.numpy() == 0


def test_a_bad_step_starts_the_count_anew():
    scale = LossScale(active=True)
    scale.good_steps.assign(PATIENCE - 1)
    scale.update(tf.constant(False))
    scale.update(tf.constant(True))
    assert scale.good_steps.numpy() == 1
