import numpy as np
import pytest
import tensorflow as tf

from networks.image_to_image.given import Given
from networks.image_to_image.patch_critic import PatchCritics
from siblings.maskgan import released
from siblings.maskgan.networks import AdaIN, Blender, Painter, StyledResidual, blended
from tests.catalogue import count_weights, image, noise
from tests.networks.image_to_image import release
from tests.siblings.maskgan import recordings

CLASSES = 5


def small_painter(dtype=None):
    return Painter(2, downs=2, blocks=2, style_width=2, dtype=dtype)


def scene(*shape):
    """Ids as `Given`, and the same one-hot."""
    ids = np.random.default_rng(sum(shape)).integers(0, CLASSES, shape)
    given = Given(tf.constant(ids, tf.int32), tf.zeros([*shape, 0]))
    return given, given.dense(CLASSES)


def test_output_of_the_painter_matches_release():
    recording = recordings.read("dense_mapping_network")
    told = recordings.settings(recording)
    style_width = len(recording["param/enc_style.model.0.conv.weight"])
    painter = Painter(told["ngf"], told["n_downsampling"], told["n_blocks"], style_width)
    label, label_ref = (recordings.one_hot(recording[f"in/{n}"]) for n in ("label", "label_ref"))
    given = label, release.channels_last(recording["in/image_ref"]), label_ref
    painter(*given)
    release.assign(recording, released.of_painter(painter))
    wanted = release.channels_last(recording["out/image"])
    np.testing.assert_allclose(painter(*given), wanted, atol=1e-4, rtol=0)


def test_output_of_the_blender_matches_release():
    recording = recordings.read("alpha_blender")
    told = recordings.settings(recording)
    blender = Blender(told["ngf"], told["n_downsampling"], told["n_blocks"])
    first, second = (release.channels_last(recording[f"in/image{n}"]) for n in (1, 2))
    blender(first, second)
    release.assign(recording, released.of_blender(blender))
    alpha = blender(first, second)
    for made, name in ((alpha, "alpha"), (blended(first, second, alpha), "image")):
        wanted = release.channels_last(recording[f"out/{name}"])
        np.testing.assert_allclose(made, wanted, atol=1e-4, rtol=0)


def test_parameters_are_as_many_as_in_the_release():
    label, photo = [1, 32, 32, 19], [1, 32, 32, 3]
    encoders = 252_768 + 1_338_464
    assert count_weights(Painter, label, photo, label) == 88_111_363 + encoders == 89_702_595
    assert count_weights(Blender, [1, 16, 16, 3], [1, 16, 16, 3]) == 4_329_443
    assert count_weights(PatchCritics, [1, 64, 64, 22]) == 2 * 2_784_193


def test_a_style_that_was_taken_once_paints_other_masks():
    painter, photo, (_, photo_label) = small_painter(), image(32), scene(2, 32, 32)
    style = painter.style_of(photo, photo_label)
    for _, label in (scene(2, 32, 32), scene(2, 16, 40)):
        wanted = painter(label, photo, photo_label)
        assert wanted.shape == (*label.shape[:3], 3)
        np.testing.assert_allclose(painter.painted(label, style), wanted, atol=1e-6)


def test_label_maps_of_ids_are_painted_as_one_hot_channels_are():
    painter, photo = small_painter(), image(32)
    (label, one_hot), (photo_label, photo_one_hot) = scene(2, 16, 24), scene(2, 32, 32)
    wanted = painter(one_hot, photo, photo_one_hot)
    np.testing.assert_allclose(painter(label, photo, photo_label), wanted, atol=1e-4)


def test_adain_gives_each_channel_a_mean_and_a_deviation():
    x, style = 3 + 2 * noise(2, 4, 5, 3).astype(np.float64), noise(2, 2, 3).astype(np.float64)
    mean, variance = (f(x, axis=(1, 2), keepdims=True) for f in (np.mean, np.var))
    shift, scale = style[:, 0, None, None], style[:, 1, None, None]
    made = AdaIN(dtype="float64")(tf.constant(x), tf.constant(style))
    np.testing.assert_allclose(made, (x - mean) / np.sqrt(variance + 1e-5) * scale + shift)


def test_a_compiled_block_and_its_gradient_are_those_of_one_that_is_not():
    block, x, style = StyledResidual(2), tf.constant(noise(2, 6, 6, 2)), noise(2, 2, 2, 2)

    def with_gradients(x, style):
        with tf.GradientTape() as tape:
            tape.watch([x, style])
            y = block(x, style)
            loss = tf.reduce_mean(y**2)
        return [y, *tape.gradient(loss, [x, style])]

    wanted = with_gradients(x, tf.constant(style))
    for made, expected in zip(tf.function(with_gradients)(x, tf.constant(style)), wanted):
        np.testing.assert_allclose(made, expected, atol=1e-4)


def test_a_styled_block_adds_and_its_last_numbers_are_the_second_norms():
    block, x, style = StyledResidual(2), noise(1, 6, 6, 2), noise(1, 2, 2, 2)
    added = (block(x, style) - x).numpy()
    np.testing.assert_allclose(added.mean((1, 2)), style[:, 1, 0], atol=1e-5)
    np.testing.assert_allclose(added.std((1, 2)), abs(style[:, 1, 1]), rtol=0.1)


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_alpha_is_the_first_pictures_share(alpha):
    first, second = np.full([1, 2, 2, 3], 0.5), np.full([1, 2, 2, 3], -0.5)
    np.testing.assert_allclose(blended(first, second, np.full([1, 2, 2, 3], alpha)), alpha - 0.5)


def test_alpha_is_of_each_pixel_and_colour():
    alpha = Blender(2, downs=1, blocks=1)(image(16), -image(16)).numpy()
    assert alpha.shape == (2, 16, 16, 3)
    assert 0 < alpha.min() < alpha.max() < 1


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "float64"])
def test_pictures_are_of_the_weights_dtype_whatever_is_computed_in(dtype):
    painter, blender = small_painter(dtype), Blender(2, downs=1, blocks=1, dtype=dtype)
    _, label = scene(2, 32, 32)
    picture = painter(label, image(32), label)
    alpha = blender(image(32), picture)
    assert picture.dtype == alpha.dtype == painter.variable_dtype
    assert np.isfinite(blended(picture, -picture, alpha)).all()
