import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.faces import augment


def random_pixels(count, side, seed=0):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, side, side, 4), np.uint8)
    pixels[..., 3] = (rng.random((count, side, side)) < 0.1) * 255
    return pixels


def planes(pixels):
    return tf.transpose(pixels, [0, 3, 1, 2])


def random_boxes(count, seed=0):
    """Within the reader's limits, every second one flipped; the first two are extreme."""
    rng = np.random.default_rng(seed)
    boxes = np.concatenate([rng.uniform(0, 0.05, (count, 2)), rng.uniform(0.95, 1, (count, 2))], 1)
    boxes[0], boxes[1] = (0, 0, 1, 1), (0.05, 0.05, 0.95, 0.95)
    boxes[::2] = boxes[::2][:, [0, 3, 2, 1]]
    return boxes.astype(np.float32)


def weights(start, end, stored, resolution):
    """[resolution, stored]: how much of each stored pixel goes into each new one, half-pixel
    centres, the border pixels repeated outwards."""
    places = start + (np.arange(resolution) + 0.5) / resolution * (end - start)
    centres = np.clip(places * stored - 0.5, 0, stored - 1)
    return np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(stored)))


def bilinear(pixels, box, resolution):
    """float64 [resolution, resolution, C]: one image's box, resized."""
    top, left, bottom, right = box
    rows = weights(top, bottom, pixels.shape[0], resolution)
    columns = weights(left, right, pixels.shape[1], resolution)
    return np.einsum("yh,xw,hwc->yxc", rows, columns, pixels.astype(np.float64), optimize=True)


SIZES = [(32, 16), (16, 16), (16, 32), (64, 32), (8, 8), (16, 64), (24, 16)]


@pytest.mark.parametrize("stored, resolution", SIZES)
def test_a_box_is_resized_bilinearly_with_half_pixel_centres(stored, resolution):
    pixels, boxes = random_pixels(6, stored), random_boxes(6)
    image = augment.crop_and_scale(planes(pixels), tf.constant(boxes), resolution)["image"]
    wanted = np.stack([bilinear(*pair, resolution) for pair in zip(pixels[..., :3], boxes)])
    assert image.dtype == tf.float32
    np.testing.assert_allclose(image, (wanted - 127.5) / 127.5, atol=5e-4)


@pytest.mark.parametrize("resolution", [64, 256])
def test_large_images_are_cropped_to_whole_pixels_and_then_resized(resolution):
    pixels, boxes = random_pixels(4, 256), random_boxes(4)
    found = augment.crop_and_scale(planes(pixels), tf.constant(boxes), resolution)
    for sample, box, image, mask in zip(pixels, boxes, found["image"], found["mask"]):
        top, left, bottom, right = np.rint(box * 256).astype(int)
        crop = sample[top:bottom, min(left, right) : max(left, right)]
        wanted = bilinear(crop if left < right else crop[:, ::-1], (0, 0, 1, 1), resolution)
        np.testing.assert_allclose(image, (wanted[..., :3] - 127.5) / 127.5, atol=5e-4)
        clear = np.abs(wanted[..., 3:] - 0.5) > 0.1  # of ink; the rest is rounding
        np.testing.assert_array_equal((mask.numpy() > 0)[clear], (wanted[..., 3:] > 0.5)[clear])


@pytest.mark.parametrize("stored, resolution", SIZES)
def test_the_mask_is_one_where_any_ink_falls_and_zero_elsewhere(stored, resolution):
    pixels, boxes = random_pixels(6, stored), random_boxes(6)
    mask = augment.crop_and_scale(planes(pixels), tf.constant(boxes), resolution)["mask"]
    assert mask.dtype == tf.float32
    assert mask.shape == (6, resolution, resolution, 1)
    mask = mask.numpy()
    assert set(np.unique(mask)) == {0.0, 1.0}
    ink = np.stack([bilinear(*pair, resolution) for pair in zip(pixels[..., 3:] / 255, boxes)])
    assert mask[ink > 0.01].all()
    assert not mask[ink < 1e-6].any()


@pytest.mark.parametrize("stored, resolution", [(16, 8), (16, 16), (16, 32)])
def test_image_and_mask_move_together(stored, resolution):
    pixels = random_pixels(8, stored)
    pixels[..., 0] = pixels[..., 3]  # the drawing, seen in red
    batch = augment.crop_and_scale(planes(pixels), tf.constant(random_boxes(8, seed=5)), resolution)
    red, mask = (batch["image"].numpy()[..., 0] + 1) * 127.5, batch["mask"].numpy()[..., 0]
    assert mask[red > 1].all()
    assert not mask[red < 0.1].any()


def test_a_line_one_pixel_wide_survives_halving_at_any_crop():
    pixels = np.zeros((24, 32, 32, 4), np.uint8)
    for image in range(24):
        pixels[image, :, image + 4, 3] = 255  # upright, in another column of each image
    boxes = random_boxes(24, seed=2)
    mask = augment.crop_and_scale(planes(pixels), tf.constant(boxes), 16)["mask"].numpy()
    assert mask[..., 0].any(axis=2).all()


@pytest.mark.parametrize("side", [8, 16])
def test_the_whole_box_at_the_stored_size_changes_nothing(side):
    pixels = random_pixels(3, side)
    batch = augment.crop_and_scale(planes(pixels), augment.whole_boxes(3), side)
    np.testing.assert_allclose(batch["image"] * 127.5 + 127.5, pixels[..., :3], atol=0.01)
    np.testing.assert_array_equal(batch["mask"] * 255, pixels[..., 3:])


def test_the_whole_box_at_half_the_size_is_the_mean_of_two_by_two_pixels():
    pixels = random_pixels(3, 16)
    batch = augment.crop_and_scale(planes(pixels), augment.whole_boxes(3), 8)
    means = pixels.reshape(3, 8, 2, 8, 2, 4).mean(axis=(2, 4))
    np.testing.assert_allclose(batch["image"] * 127.5 + 127.5, means[..., :3], atol=0.01)
    np.testing.assert_array_equal(batch["mask"], means[..., 3:] > 0)


def test_left_beyond_right_mirrors_image_and_mask():
    pixels = random_pixels(1, 16).repeat(2, axis=0)
    boxes = np.array([(0.01, 0.02, 0.97, 0.96), (0.01, 0.96, 0.97, 0.02)], np.float32)
    batch = augment.crop_and_scale(planes(pixels), tf.constant(boxes), 16)
    straight, mirrored = batch["image"].numpy()
    np.testing.assert_allclose(mirrored, straight[:, ::-1], atol=1e-3)
    straight, mirrored = batch["mask"].numpy()
    np.testing.assert_array_equal(mirrored, straight[:, ::-1])


def test_draws_become_the_four_sides_and_the_flip():
    draws = np.array([[0.5, 0.2, 0.1, 0.4, 0.9], [0.5, 0.2, 0.1, 0.4, 0.1], [0, 0, 0, 0, 0.5]])
    wanted = [(0.025, 0.01, 0.995, 0.98), (0.025, 0.98, 0.995, 0.01), (0, 0, 1, 1)]
    boxes = augment.random_boxes(tf.constant(draws, tf.float32))
    np.testing.assert_allclose(boxes, wanted, atol=1e-6)


def test_boxes_take_at_most_a_twentieth_off_each_side_and_flip_half_the_time():
    draws = np.random.default_rng(0).random((4000, 5)).astype(np.float32)
    top, left, bottom, right = augment.random_boxes(tf.constant(draws)).numpy().T
    off = np.stack([top, np.minimum(left, right), 1 - bottom, 1 - np.maximum(left, right)])
    assert off.min() >= 0
    assert off.max() <= 0.05 + 1e-6
    # Uniform, and each side on its own.
    np.testing.assert_allclose(off.mean(axis=1), 0.025, atol=0.001)
    np.testing.assert_allclose(np.corrcoef(off) - np.eye(4), 0, atol=0.06)
    assert (left > right).mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("stored, resolution", [(16, 8), (16, 16)])
def test_a_dataset_gives_what_a_direct_call_gives(stored, resolution):
    pixels, draws = random_pixels(4, stored), np.random.default_rng(0).random((4, 5))

    def step(pixels, draws):
        return augment.crop_and_scale(planes(pixels), augment.random_boxes(draws), resolution)

    arguments = tf.constant(pixels), tf.constant(draws, tf.float32)
    direct = step(*arguments)
    (mapped,) = tf.data.Dataset.from_tensors(arguments).map(step)
    for name in ("image", "mask"):
        np.testing.assert_allclose(mapped[name], direct[name], atol=1e-6)
