"""A pool against the same rules, picture by picture, in Python."""

import numpy as np
import pytest
import tensorflow as tf

from training.image_pool import ImagePool

SHAPE = [1, 1, 1]


def numbered(first, count):
    """Pictures that are their number."""
    return tf.constant(np.arange(first, first + count, dtype=np.float32).reshape(-1, *SHAPE))


class Plain:
    def __init__(self, size):
        self.size, self.held = size, []

    def __call__(self, numbers, draws):
        given = []
        for number, swap, place in zip(numbers, *draws):
            if len(self.held) < self.size:
                self.held.append(number)
                given.append(number)
            elif swap < 0.5:
                at = int(place * self.size)
                given.append(self.held[at])
                self.held[at] = number
            else:
                given.append(number)
        return given


def seed(step):
    return tf.constant([3, step], tf.int64)


def test_pictures_change_places_as_the_rules_say():
    pool, plain = ImagePool(5, SHAPE), Plain(5)
    call = tf.function(pool)
    for step in range(30):
        pictures = numbered(3 * step, 3)
        draws = tf.random.stateless_uniform([2, 3], seed(step)).numpy()
        wanted = plain(pictures.numpy().ravel().tolist(), draws)
        assert call(pictures, seed(step)).numpy().ravel().tolist() == wanted
        held = pool.pictures.numpy().ravel()[: int(pool.count)].tolist()
        assert held == plain.held


def test_half_of_the_pictures_are_older_ones():
    pool, older = ImagePool(50, SHAPE), 0
    call = tf.function(pool)
    for step in range(60):
        pictures = numbered(20 * step, 20)
        given = call(pictures, seed(step))
        older += int(tf.reduce_sum(tf.cast(given != pictures, tf.int32)))
    full = 60 * 20 - 50
    assert older / full == pytest.approx(0.5, abs=3 * 0.5 / full**0.5)


def test_without_a_pool_pictures_are_given_out_as_they_are():
    pictures = numbered(0, 4)
    assert ImagePool(0, SHAPE)(pictures, seed(0)) is pictures


def test_it_survives_with_a_checkpoint(tmp_path):
    pool, other = ImagePool(3, SHAPE), ImagePool(3, SHAPE)
    for step in range(3):
        pool(numbered(2 * step, 2), seed(step))
    path = tf.train.Checkpoint(pool=pool).write(str(tmp_path / "state"))
    tf.train.Checkpoint(pool=other).read(path).assert_consumed()
    again = [each(numbered(9, 2), seed(9)).numpy() for each in (pool, other)]
    np.testing.assert_array_equal(*again)


def test_replicas_hold_the_same():
    replicas = tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"])
    with replicas.scope():
        pool = ImagePool(3, SHAPE)
    replicas.run(lambda: pool(numbered(5, 2), seed(0)))
    for held in replicas.experimental_local_results(pool.pictures):
        np.testing.assert_array_equal(held.numpy().ravel(), [5, 6, 0])
