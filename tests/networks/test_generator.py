import numpy as np
import pytest
import tensorflow as tf

from networks.generator import Generator, widths
from tests.catalogue import count_weights


def built(resolution, batch=1, **arguments):
    generator = Generator(resolution, **arguments)
    mask = tf.cast(
        tf.random.stateless_uniform([batch, resolution, resolution, 1], [1, 2]) < 0.1, "float32"
    )
    latent = tf.random.stateless_normal([batch, generator.latent_size], [3, 4])
    return generator, mask, latent


@pytest.mark.parametrize(
    ("resolution", "count"), [(16, 18_166_619), (32, 22_939_531), (512, 25_409_795)]
)
def test_number_of_weights_is_the_published_one(resolution, count):
    shapes = [1, resolution, resolution, 1], [1, 464]
    assert count_weights(lambda: Generator(resolution), *shapes) == count


def test_feature_maps_halve_after_three_blocks_down_to_sixteen():
    assert widths(7, 512) == [512, 512, 512, 256, 128, 64, 32]
    assert widths(8, 64) == [64, 64, 64, 32, 16, 16, 16, 16]


@pytest.mark.parametrize("resolution", [8, 16, 32, 64, 128])
@pytest.mark.parametrize("use_embedding", [False, True])
def test_every_phase_draws_its_resolution(resolution, use_embedding):
    generator, mask, latent = built(resolution, 2, use_embedding=use_embedding, max_features=8)
    assert generator.latent_size == (464 if use_embedding else 512)
    assert tuple(generator(mask, latent).shape) == (2, resolution, resolution, 3)


@pytest.mark.parametrize("use_embedding", [False, True])
def test_both_mask_and_latent_change_the_image(use_embedding):
    generator, mask, latent = built(16, use_embedding=use_embedding, max_features=8)
    image = generator(mask, latent).numpy()
    assert np.abs(generator(1 - mask, latent) - image).max() > 1e-3
    assert np.abs(generator(mask, -latent) - image).max() > 1e-3


def test_normalised_latents_ignore_their_scale_and_the_releases_do_not():
    for normalize, changes in ((True, False), (False, True)):
        generator, mask, latent = built(8, max_features=8, normalize_latent=normalize)
        image, scaled = generator(mask, latent), generator(mask, 7 * latent)
        assert (np.abs(image - scaled).max() > 1e-3) == changes


def test_fading_runs_from_the_doubled_old_image_to_the_new_one():
    generator, mask, latent = built(16, fading=True, max_features=8)
    new, old = generator.branches(mask, latent)
    assert tuple(old.shape) == (1, 8, 8, 3)
    np.testing.assert_allclose(generator(mask, latent, 1.0), new, atol=1e-6)
    start = generator(mask, latent, 0.0).numpy()
    # Half-pixel centres: an inner pixel is 9/16 of its own and 3/16, 3/16, 1/16 of its neighbours.
    o = old.numpy()[0].astype(np.float64)
    expected = (9 * o[1, 1] + 3 * o[0, 1] + 3 * o[1, 0] + o[0, 0]) / 16
    np.testing.assert_allclose(start[0, 2, 2], expected, rtol=1e-4, atol=1e-6)
    middle = generator(mask, latent, 0.25)
    np.testing.assert_allclose(middle, 0.25 * new + 0.75 * start, rtol=1e-4, atol=1e-5)


def test_double_precision_reaches_the_image():
    generator, mask, latent = built(8, max_features=8, dtype="float64")
    assert generator(mask, latent).dtype == tf.float64
    assert {v.dtype for v in generator.trainable_variables} == {tf.float64}
