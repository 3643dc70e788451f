import numpy as np
import pytest
import tensorflow as tf

from networks.critic import Critic, width_at
from tests.catalogue import count_weights


@pytest.mark.parametrize(
    ("resolution", "count"), [(16, 16_027_167), (32, 20_746_783), (512, 23_071_903)]
)
def test_number_of_weights_is_the_published_one(resolution, count):
    shapes = [[1, resolution, resolution, channels] for channels in (3, 1)]
    assert count_weights(lambda: Critic(resolution), *shapes) == count


def test_features_double_as_the_resolution_halves():
    for phase in range(1, 9):  # the specification's f_0 = min(512, 8·2^(9-p)) at 4·2^p pixels
        assert width_at(4 * 2**phase, 512) == min(512, 8 * 2 ** (9 - phase))
    assert width_at(8, 64) == 64


def test_score_depends_on_image_and_mask():
    critic = Critic(16, max_features=8)
    image, mask = tf.ones([1, 16, 16, 3]) * 0.5, tf.zeros([1, 16, 16, 1])
    score = float(critic(image, mask)[0, 0])
    assert abs(float(critic(-image, mask)[0, 0]) - score) > 1e-3
    assert abs(float(critic(image, 1 - mask)[0, 0]) - score) > 1e-3


def test_at_alpha_zero_only_the_pooled_image_and_the_pooled_mask_count():
    critic = Critic(16, fading=True, max_features=8)
    image = np.random.default_rng(0).normal(size=[4, 16, 16, 3]).astype(np.float32)
    mask = np.zeros([4, 16, 16, 1], np.float32)
    mask[:, 3, 5] = 1
    shuffled, moved = image.copy(), np.zeros_like(mask)
    shuffled[:, 0:2, 0:2] = image[:, 1::-1, 1::-1]  # the mean of a 2x2 block stays
    moved[:, 2, 4] = moved[:, 3, 4] = 1  # the same 2x2 block holds ink
    for alpha, same in ((0.0, True), (0.5, False)):
        scores = critic(image, mask, alpha)
        assert np.allclose(critic(shuffled, moved, alpha), scores, atol=1e-5) == same


def test_samples_of_other_groups_do_not_matter():
    critic = Critic(8, max_features=8)
    image = np.random.default_rng(1).normal(size=[8, 8, 8, 3]).astype(np.float32)
    mask = np.zeros([8, 8, 8, 1], np.float32)
    together, alone = critic(image, mask), critic(image[:4], mask[:4])
    np.testing.assert_allclose(together[:4], alone, atol=1e-5)
