import pytest
import tensorflow as tf

from networks.mask_encoder import MaskEncoder, channels_at
from tests.catalogue import count_weights


def test_channels_by_resolution():
    sides = [8, 16, 32, 64, 128, 256, 512, 1024]
    assert [channels_at(side) for side in sides] == [32, 32, 16, 16, 8, 8, 8, 8]


@pytest.mark.parametrize(
    ("resolution", "sides"), [(8, [8]), (16, [16]), (32, [32, 16]), (128, [128, 64, 32, 16])]
)
def test_side_features_have_eight_channels_at_each_resolution(resolution, sides):
    _, features = MaskEncoder(resolution, size=0)(tf.ones([2, resolution, resolution, 1]))
    shapes = {side: tuple(feature.shape) for side, feature in features.items()}
    assert shapes == {side: (2, side, side, 8) for side in sides}


@pytest.mark.parametrize(("resolution", "count"), [(16, 16_936), (32, 33_368), (512, 47_792)])
def test_convolutions_have_the_published_number_of_weights(resolution, count):
    shape = [1, resolution, resolution, 1]
    assert count_weights(lambda: MaskEncoder(resolution, size=0), shape) == count


def test_embedding_has_the_published_number_of_weights():
    embedding, _ = MaskEncoder(16)(tf.ones([3, 16, 16, 1]))
    assert tuple(embedding.shape) == (3, 48)
    whole = count_weights(lambda: MaskEncoder(16), [1, 16, 16, 1])
    assert whole - 16_936 == 2_109_744  # without the convolutions above


def test_without_an_embedding_there_is_none():
    embedding, _ = MaskEncoder(8, size=0)(tf.zeros([1, 8, 8, 1]))
    assert embedding is None
