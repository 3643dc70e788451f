import numpy as np
import pytest
import tensorflow as tf

from networks.image_to_image.given import Given
from siblings.maskgan import released
from siblings.maskgan.mask_vae import MaskVAE, drawn
from tests.catalogue import count_weights, noise
from tests.networks.image_to_image import release
from tests.siblings.maskgan import recordings

CLASSES = 5


def small(resolution=64, dtype=None):
    return MaskVAE(CLASSES, resolution, width=1, latent=3, dtype=dtype)


def some_ids(count, side):
    ids = np.random.default_rng(0).integers(0, CLASSES, [count, side, side])
    return Given(tf.constant(ids, tf.int32), tf.zeros([count, side, side, 0]))


def test_both_halves_match_release():
    recording = recordings.read("mask_vae")
    told, label = recordings.settings(recording), recordings.one_hot(recording["in/label"])
    network = MaskVAE(told["nc"], label.shape[1], told["ngf"], told["latent"])
    network(label, recording["in/z"])
    release.assign(recording, released.of_mask_vae(network))
    mean, log_variance = network.encode(label)
    logits = network.decode(recording["in/z"])[:, ::16, ::16]
    wanted = release.channels_last(recording["out/decoded_of_z_every_16th_pixel"])
    for made, expected in (
        (mean, recording["out/mu"]),
        (log_variance, recording["out/logvar"]),
        (logits, wanted),
    ):
        np.testing.assert_allclose(made, expected, atol=1e-5, rtol=0)


def test_parameters_are_as_many_as_in_the_release():
    assert count_weights(MaskVAE, [1, 512, 512, 19], [1, 1024]) == 170_619_571


@pytest.mark.parametrize("resolution, steps", [(64, 4), (128, 5), (256, 6), (512, 7)])
def test_logits_are_of_its_resolution_and_its_middle_of_4_pixels(resolution, steps):
    network, label = small(resolution), some_ids(1, resolution).dense(CLASSES)
    logits, mean, log_variance = network(label, noise(1, 3))
    assert logits.shape == (1, resolution, resolution, CLASSES)
    assert mean.shape == log_variance.shape == (1, 3)
    assert len(network.downs) == len(network.ups) + 1 == steps
    assert network.to_mean.kernel.shape == (16 * 2 ** (steps - 1), 3)


def test_a_whole_call_encodes_draws_and_decodes():
    network, label = small(), some_ids(2, 64).dense(CLASSES)
    logits, mean, log_variance = network(label, noise(2, 3))
    for made, wanted in zip(network.encode(label), (mean, log_variance)):
        np.testing.assert_allclose(made, wanted, atol=1e-6)
    again = network.decode(drawn(mean, log_variance, noise(2, 3)))
    np.testing.assert_allclose(again, logits, atol=1e-6)


def test_a_draw_has_the_mean_and_the_deviation_that_it_is_told():
    many = drawn(np.full([9999, 1], 2.0), np.full([9999, 1], np.log(9.0)), noise(9999, 1))
    assert np.mean(many) == pytest.approx(2, abs=0.1)
    assert np.std(many) == pytest.approx(3, abs=0.1)


def test_ids_are_encoded_as_one_hot_channels_are():
    network, label = small(), some_ids(2, 64)
    for wanted, made in zip(network.encode(label.dense(CLASSES)), network.encode(label)):
        np.testing.assert_allclose(made, wanted, atol=1e-5)


def test_training_normalises_by_the_batch_and_follows_it():
    network, label = small(), some_ids(2, 64).dense(CLASSES)
    still, _, _ = network(label, noise(2, 3))
    norms = [each.norm for each in (*network.downs, *network.ups)]
    before = [norm.mean.numpy() for norm in norms]
    learning, _, _ = network(label, noise(2, 3), training=True)
    assert np.any(abs(learning - still) > 1e-4)
    assert all(np.any(norm.mean != mean) for norm, mean in zip(norms, before))


def test_first_weights_are_drawn_around_nothing_and_scales_around_one():
    network = MaskVAE(CLASSES, 64, width=16, latent=16)
    network(some_ids(1, 64).dense(CLASSES), noise(1, 16))
    for weight in network.trainable_variables:
        name = weight.name.rpartition("/")[2]
        middle, spread = {"kernel:0": (0, 0.02), "scale:0": (1, 0.02)}.get(name, (0, 0))
        if len(weight.shape) == 2:  # a dense layer: uniform up to the inverse root of its inputs
            spread = (weight.shape[0] * 3) ** -0.5
        assert np.mean(weight) == pytest.approx(middle, abs=0.02)
        assert np.std(weight) == pytest.approx(spread, rel=0.5)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "float64"])
def test_results_are_of_the_weights_dtype_whatever_is_computed_in(dtype):
    network = small(dtype=dtype)
    noise_of_weights = tf.cast(noise(2, 3), network.variable_dtype)
    for part in network(some_ids(2, 64).dense(CLASSES), noise_of_weights, training=True):
        assert part.dtype == network.variable_dtype
        assert np.isfinite(part).all()
