"""Against the definition in NumPy, and against Keras's own network."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from networks.image_to_image.vgg import Vgg19

WIDTHS = [64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512]
JUDGED, POOLED = (0, 2, 4, 8, 12), (2, 4, 8, 12)  # relu*_1; the layers that a pool is before


def pictures(*shape):
    return np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


@pytest.fixture(scope="module")
def weights():
    """A kernel [3, 3, C, D] and a bias [D] for each layer, of results that neither grow nor die."""
    rng, found, channels = np.random.default_rng(0), [], 3
    for width in WIDTHS:
        kernel = rng.normal(scale=np.sqrt(2 / 9 / channels), size=[3, 3, channels, width])
        found.append((kernel.astype(np.float32), rng.normal(0, 0.1, width).astype(np.float32)))
        channels = width
    return found


def made(weights, **about):
    network = Vgg19(**about)
    for conv, values in zip(network.convs.values(), weights):
        conv.set_weights(values)
    return network


def defined(x, weights):
    """What table 1 of the paper says, of [N, H, W, 3], in float64."""
    x, features = x.astype(np.float64), []
    for layer, (kernel, bias) in enumerate(weights):
        if layer in POOLED:
            even = x[:, : x.shape[1] // 2 * 2, : x.shape[2] // 2 * 2]
            corners = [even[:, row::2, column::2] for row in (0, 1) for column in (0, 1)]
            x = np.max(corners, axis=0)
        high, wide = x.shape[1:3]
        framed = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
        places = np.ndindex(3, 3)
        parts = [framed[:, i : i + high, j : j + wide] @ kernel[i, j] for i, j in places]
        x = np.maximum(np.sum(parts, axis=0) + bias, 0)
        features += [x] if layer in JUDGED else []
    return features


def test_features_are_those_of_the_definition_also_where_sides_are_odd(weights):
    x = pictures(2, 19, 37, 3)
    wanted = defined(x, weights)
    assert [each.shape[1:] for each in wanted] == [
        *((19, 37, 64), (9, 18, 128), (4, 9, 256), (2, 4, 512), (1, 2, 512))
    ]
    features = made(weights)(x)
    assert len(features) == 5
    for made_of, each in zip(features, wanted):
        assert each.std() > 0.1
        np.testing.assert_allclose(made_of, each, atol=1e-4, rtol=1e-4)


def test_with_keras_weights_pictures_go_in_as_keras_wants_them(weights):
    plain = keras.applications.VGG19(weights=None, include_top=False)
    network = Vgg19("imagenet")
    for name, conv in network.convs.items():
        plain.get_layer(name).set_weights(weights[[*network.convs].index(name)])
        conv.set_weights(plain.get_layer(name).get_weights())
    names = [f"block{block}_conv1" for block in range(1, 6)]
    theirs = keras.Model(plain.input, [plain.get_layer(name).output for name in names])
    x = pictures(2, 32, 48, 3)
    levels = keras.applications.vgg19.preprocess_input((x + 1) * 127.5)
    for made_of, wanted in zip(network(x), theirs(levels)):
        np.testing.assert_allclose(made_of, wanted, rtol=1e-4, atol=1e-4 * np.std(wanted))


@pytest.mark.parametrize("given", ["release", "imagenet"])
@pytest.mark.parametrize("dtype, nearly", [("mixed_bfloat16", 0.05), ("mixed_float16", 0.01)])
def test_it_computes_in_what_it_is_told_to(weights, given, dtype, nearly):
    x = pictures(1, 16, 32, 3)
    full, half = made(weights, given=given)(x), made(weights, given=given, dtype=dtype)(x)
    for exact, rounded in zip(full, half):
        assert rounded.dtype == tf.float32
        difference = np.abs(rounded - exact).mean() / np.abs(exact).mean()
        assert 0 < difference < nearly


def test_nothing_trains_it_and_what_it_sees_can_be_changed(weights):
    network = made(weights)
    assert (len(network.weights), network.trainable_variables) == (26, [])
    assert sum(np.size(weight) for weight in network.get_weights()) == 12_944_960
    x = tf.constant(pictures(1, 16, 16, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.add_n([tf.reduce_mean(each) for each in network(x)])
    assert tape.watched_variables() == ()
    assert np.abs(tape.gradient(total, x)).min(axis=(1, 2)).any()


def test_a_compiled_function_takes_pictures_of_any_size(weights):
    network = made(weights)
    spec = tf.TensorSpec([None, None, None, 3])
    compiled = tf.function(network, input_signature=[spec])
    for shape in ((1, 16, 16, 3), (2, 32, 17, 3)):
        for ours, wanted in zip(compiled(pictures(*shape)), network(pictures(*shape))):
            np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-4)
