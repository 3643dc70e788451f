import numpy as np
import pytest
import tensorflow as tf

from networks.image_to_image.translator import Translator
from siblings.pix2pixhd import released
from siblings.pix2pixhd.networks import means_of_regions, numbered
from tests.catalogue import count_weights, noise
from tests.networks.image_to_image import release


def test_output_of_the_global_generator_matches_release():
    recording = release.read("global_generator")
    given = release.label_and_edge(recording)
    generator = Translator(width=4, downs=3, blocks=2)
    generator(given)
    release.assign(recording, released.of_translator(generator))
    wanted = release.channels_last(recording["out/image"])
    np.testing.assert_allclose(generator(given), wanted, atol=1e-4, rtol=0)


def test_output_of_the_encoder_matches_release():
    recording = release.read("feature_encoder")
    image, instances = (release.channels_last(recording[f"in/{n}"]) for n in ("image", "instance"))
    encoder = Translator(width=4, downs=3, blocks=0)
    encoder(image)
    release.assign(recording, released.of_translator(encoder))
    made = means_of_regions(encoder(image), numbered(instances[..., 0]))
    wanted = release.channels_last(recording["out/features"])
    np.testing.assert_allclose(made, wanted, atol=1e-5, rtol=0)


def test_parameters_are_as_many_as_in_the_release():
    assert count_weights(Translator, [1, 16, 16, 36]) == 182_546_755
    encoder = lambda: Translator(width=16, downs=4, blocks=0)  # noqa: E731
    assert count_weights(encoder, [1, 16, 16, 3]) == 788_803


def test_without_channels_it_ends_before_the_last_convolution():
    features = Translator(0, width=2, downs=1, blocks=1)(noise(1, 8, 12, 3))
    assert features.shape == (1, 8, 12, 2)
    assert float(features.numpy().min()) == 0  # after ReLU


def test_blocks_stand_between_the_way_down_and_the_way_up():
    network, x = Translator(width=2, downs=2, blocks=1), noise(1, 8, 12, 3)
    low = network.lowered(x)
    assert low.shape == (1, 2, 3, 8)
    np.testing.assert_allclose(network.raised(network.blocks[0](low)), network(x), atol=1e-5)


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_training_normalises_as_its_norm_says(norm):
    """Instance norm is the same in training; batch norm then looks at the batch."""
    network, x = Translator(width=2, downs=1, blocks=1, norm=norm), noise(2, 8, 8, 3)
    still, learning = (network(x, training=training).numpy() for training in (False, True))
    assert np.allclose(still, learning, atol=1e-5) == (norm == "instance")


def test_dropout_acts_in_training_alone():
    network, x = Translator(width=4, downs=1, blocks=1, dropout=0.5), noise(1, 8, 8, 3)
    np.testing.assert_array_equal(network(x), network(x))
    assert np.any(network(x, training=True) != network(x, training=True))


def test_a_layer_that_recomputes_passes_twice_and_gives_the_same_gradients():
    network, x = Translator(3, width=2, downs=1, blocks=1), tf.constant(noise(1, 8, 8, 3))
    network(x)
    forward = 1 + 1 + 2  # first, down, and the block's; the ups are transposed
    convolutions, gradients = [], []

    def learn(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(network(x, training=True) ** 2)
        return tape.gradient(loss, network.trainable_variables)

    for network.recomputes in (False, True):
        traced = tf.function(learn).get_concrete_function(x)
        nodes = [*traced.graph.as_graph_def().node]
        for function in traced.graph.as_graph_def().library.function:
            nodes += function.node_def
        convolutions.append(sum(node.op == "Conv2D" for node in nodes))
        gradients.append(traced(x))
    assert convolutions[1] - convolutions[0] >= forward
    for ours, theirs in zip(*gradients):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
