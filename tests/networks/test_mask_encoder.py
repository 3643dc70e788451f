import pytest
import tensorflow as tf

from networks.mask_encoder import MaskEncoder, channels_at


def weights_in(model):
    return sum(int(tf.size(v)) for v in model.trainable_variables)


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
    encoder = MaskEncoder(resolution, size=0)
    encoder(tf.zeros([1, resolution, resolution, 1]))
    assert weights_in(encoder) == count


def test_embedding_has_the_published_number_of_weights():
    encoder = MaskEncoder(16)
    embedding, _ = encoder(tf.ones([3, 16, 16, 1]))
    assert tuple(embedding.shape) == (3, 48)
    assert sum(weights_in(layer) for layer in encoder.dense.values()) == 2_109_744


def test_without_an_embedding_there_is_none():
    embedding, _ = MaskEncoder(8, size=0)(tf.zeros([1, 8, 8, 1]))
    assert embedding is None
