from functools import partial

import numpy as np
import pytest

from metrics import sliced_wasserstein as swd


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def noise(rng, count, side):
    return rng.integers(0, 256, [count, side, side, 3], np.uint8)


def textures(rng, count, side):
    """Pictures with detail at every scale: noise of all sizes on top of each other."""
    pixels = np.full([count, side, side, 3], 128.0)
    for size in (4, 8, 16, 32, 64):
        if size <= side:
            grains = rng.normal(0, 20, [count, size, size, 3])
            pixels += np.kron(grains, np.ones([1, side // size, side // size, 1]))
    return np.clip(pixels, 0, 255).astype(np.uint8)


def blurred(images):
    """Means of 3×3 pixels."""
    padded = np.pad(images.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    side = images.shape[1]
    views = [padded[:, y : y + side, x : x + side] for y in range(3) for x in range(3)]
    return np.mean(views, axis=0).astype(np.uint8)


def slowly_blurred(plane):
    """One plane by the 5×5 binomial filter, pixel by pixel, mirrored at the border."""
    filter = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    padded = np.pad(plane, 2, mode="reflect")
    smooth = np.empty_like(plane)
    for y, x in np.ndindex(*plane.shape):
        smooth[y, x] = (filter * padded[y : y + 5, x : x + 5]).sum()
    return smooth


def slowly_enlarged(plane):
    spread = np.zeros([2 * side for side in plane.shape])
    spread[::2, ::2] = plane
    return 4 * slowly_blurred(spread)


def every_value_for_itself(values):
    """The 1-D Wasserstein distance as the area between two cumulative distributions."""
    points = np.sort(np.concatenate(values))
    low, high = (
        np.searchsorted(np.sort(part), points[:-1], side="right") / len(part) for part in values
    )
    return (np.abs(low - high) * np.diff(points)).sum()


@pytest.mark.parametrize(
    ("side", "levels"), [(8, [8]), (16, [16]), (32, [32, 16]), (128, [128, 64, 32, 16])]
)
def test_levels_go_down_to_16_pixels(side, levels):
    assert swd.sides(side) == levels


def test_the_pyramid_is_that_of_pixel_by_pixel_filtering(rng):
    images = noise(rng, 2, 64)
    levels = {side: swd.laplacian(images, side) for side in (64, 32, 16)}
    for number, channel in ((0, 2), (1, 0)):
        plane = images[number, :, :, channel].astype(np.float64)
        for side in (64, 32):
            below = slowly_blurred(plane)[::2, ::2]
            detail = plane - slowly_enlarged(below)
            np.testing.assert_allclose(levels[side][number, channel], detail, atol=1e-3)
            plane = below
        np.testing.assert_allclose(levels[16][number, channel], plane, atol=1e-3)


def test_the_pyramid_added_up_is_the_image_again(rng):
    images = noise(rng, 3, 128)
    image = swd.laplacian(images, 16)
    for side in (32, 64, 128):
        image = swd.larger(image) + swd.laplacian(images, side)
    np.testing.assert_allclose(np.moveaxis(image, 1, -1), images, atol=1e-3)


@pytest.fixture
def addressed():
    """Ten 16-pixel images whose colours are the row, the column and the image's number."""
    images = np.empty([10, 16, 16, 3], np.uint8)
    images[..., 0] = np.arange(16)[:, None]
    images[..., 1] = np.arange(16)
    images[..., 2] = np.arange(10)[:, None, None]
    return images


@pytest.mark.parametrize("chunk", [3, 64])
def test_descriptors_are_7_by_7_windows_of_their_image(addressed, rng, monkeypatch, chunk):
    monkeypatch.setattr(swd, "CHUNK", chunk)
    windows = swd.descriptors(addressed, 16, 200, rng).reshape(10, 200, 3, 7, 7)
    places = windows[..., 0, 0]
    offsets = np.zeros([3, 7, 7])
    offsets[0], offsets[1] = np.mgrid[:7, :7]
    np.testing.assert_array_equal(windows, places[..., None, None] + offsets)
    np.testing.assert_array_equal(
        places[..., 2], np.broadcast_to(np.arange(10)[:, None], (10, 200))
    )


def test_patches_lie_everywhere_in_the_image_equally_often(addressed, rng):
    windows = swd.descriptors(addressed, 16, 1000, rng).reshape(10, 1000, 3, 49)
    rows, columns = windows[:, :, :2, 0].reshape(-1, 2).astype(int).T
    counts = np.histogram2d(rows, columns, bins=np.arange(11))[0]
    assert counts.sum() == 10_000  # none outside 0 to 9
    assert abs(counts - 100).max() < 50  # five standard deviations


def test_each_channel_is_normalised_by_itself(rng):
    values = rng.normal([[-200], [0], [90]], [[1], [30], [60]], [4000, 3, 49])
    normalised = swd.normalised(values.astype(np.float32)).reshape(-1, 3, 49)
    wanted = (values - values.mean((0, 2))[:, None]) / values.std((0, 2))[:, None]
    np.testing.assert_allclose(normalised, wanted, atol=1e-4)


def test_a_channel_of_one_value_becomes_zero(rng):
    values = rng.normal(100, 10, [1000, 3, 49]).astype(np.float32)
    values[:, 1] = 123.4
    normalised = swd.normalised(values).reshape(-1, 3, 49)
    assert not normalised[:, 1].any()
    assert normalised[:, [0, 2]].std() == pytest.approx(1, abs=1e-3)


def test_directions_are_unit_vectors_of_mean_zero(rng):
    vectors = swd.directions(rng)
    assert vectors.shape == (512, 147)
    np.testing.assert_allclose((vectors**2).sum(1), 1, rtol=1e-5)
    # Each coordinate's mean over 512 directions has a standard deviation of 1/√(512·147).
    spread = np.sqrt(np.square(vectors.mean(0)).mean())
    assert spread * np.sqrt(512 * 147) == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("at_once", [1, 5 * 3000, 2**26])
def test_a_shifted_cloud_is_as_far_as_the_shift_along_each_direction(rng, monkeypatch, at_once):
    monkeypatch.setattr(swd, "PROJECTIONS", at_once)
    cloud = rng.standard_normal([3000, 147], np.float32)
    shift = rng.standard_normal(147, np.float32)
    along = swd.directions(rng)[:73]
    distance = swd.distance(cloud, rng.permutation(cloud + shift), along)
    assert distance == pytest.approx(np.abs(along @ shift).mean(), rel=1e-4)


def test_the_distance_is_the_area_between_cumulative_distributions(rng):
    one = rng.standard_normal([400, 147], np.float32)
    other = rng.exponential(2, [400, 147]).astype(np.float32)
    along = swd.directions(rng)[:20]
    wanted = [every_value_for_itself([one @ way, other @ way]) for way in along]
    assert swd.distance(one, other, along) == pytest.approx(np.mean(wanted), rel=1e-4)


def test_flat_images_differ_as_their_colours_do(rng):
    # A patch of a flat image is the same wherever it lies, so nothing is left to chance but the
    # directions: 512 of them leave an error of about 4 %.
    real, generated = rng.integers(0, 256, [2, 40, 1, 1, 3])
    generated = generated**2 // 255
    distances = swd.sliced_wasserstein(
        *(np.tile(part, [1, 32, 32, 1]).astype(np.uint8) for part in (real, generated)), patches=3
    )
    one, other = (
        (colours - colours.mean(0)) / colours.std(0)
        for colours in (real[:, 0, 0], generated[:, 0, 0])
    )
    ways = rng.standard_normal([20_000, 147])
    ways = (ways / np.linalg.norm(ways, axis=1)[:, None]).reshape(-1, 3, 49).sum(2)
    wanted = 1000 * np.abs(np.sort(ways @ one.T) - np.sort(ways @ other.T)).mean()
    assert distances["16"] == pytest.approx(wanted, rel=0.15)
    assert distances["32"] == 0  # no detail in either
    assert distances["mean"] == pytest.approx(distances["16"] / 2)


def test_pictures_of_one_kind_are_no_farther_apart_than_two_halves_of_one_set(rng):
    pictures = textures(rng, 128, 32)
    distances = swd.sliced_wasserstein(pictures[:64], pictures[64:], patches=32)
    limit = swd.floor(pictures, patches=32)
    assert limit["images"] == 64
    for level in ("32", "16", "mean"):
        assert distances[level] == pytest.approx(limit[level], rel=0.5)


def test_blur_is_seen_at_the_finest_level_most(rng):
    real, generated = textures(rng, 80, 64).reshape(2, 40, 64, 64, 3)
    before = swd.sliced_wasserstein(real, generated)
    after = swd.sliced_wasserstein(real, blurred(generated))
    growth = [after[level] / before[level] for level in ("64", "32", "16")]
    assert growth == sorted(growth, reverse=True)
    assert growth[0] > 2
    assert growth[2] < 1.1


def test_other_shapes_are_seen_at_the_coarsest_level(rng):
    real, other = textures(rng, 128, 32).reshape(2, 64, 32, 32, 3)
    shade = np.linspace(-60, 60, 32)[:, None]
    shaded = np.clip(other + shade, 0, 255).astype(np.uint8)
    before = swd.sliced_wasserstein(real, other, patches=32)
    after = swd.sliced_wasserstein(real, shaded, patches=32)
    assert after["16"] > 2 * before["16"]
    assert after["32"] < 1.5 * before["32"]


def test_the_seed_decides_every_bit(rng):
    sets = noise(rng, 20, 16), textures(rng, 20, 16)
    for function in (partial(swd.sliced_wasserstein, *sets), partial(swd.floor, sets[0])):
        np.random.seed(1)
        distances = function(seed=3, patches=16)
        np.random.seed(2)
        assert function(seed=3, patches=16) == distances
        assert function(seed=4, patches=16)["mean"] != distances["mean"]


def test_each_set_has_patch_places_of_its_own(rng):
    images = textures(rng, 20, 16)
    assert swd.sliced_wasserstein(images, images)["mean"] > 0


def test_images_are_left_as_they_are(rng):
    images = noise(rng, 4, 32)
    copy = images.copy()
    swd.sliced_wasserstein(images, images, patches=2)
    np.testing.assert_array_equal(images, copy)


def test_images_of_8_pixels_have_one_level(rng):
    distances = swd.sliced_wasserstein(noise(rng, 9, 8), noise(rng, 9, 8), patches=4)
    assert distances.keys() == {"8", "mean"}
    assert distances["mean"] == distances["8"] > 0


def test_the_floor_compares_disjoint_halves(rng, monkeypatch):
    seen = []
    monkeypatch.setattr(swd, "sliced_wasserstein", lambda *sets: seen.extend(sets) or {"mean": 1})
    images = np.arange(7 * 8 * 8 * 3).reshape(7, 8, 8, 3)
    assert swd.floor(images, seed=5) == {"mean": 1, "images": 3}
    one, other = ({int(image[0, 0, 0]) for image in part} for part in seen[:2])
    assert len(one) == len(other) == 3
    assert not one & other


@pytest.mark.parametrize(
    ("one", "other"), [((3, 16), (4, 16)), ((3, 16), (3, 32)), ((0, 16), (0, 16))]
)
def test_sets_that_cannot_be_compared_are_refused(rng, one, other):
    with pytest.raises(ValueError, match="wanted equally many images alike"):
        swd.sliced_wasserstein(noise(rng, *one), noise(rng, *other))


def test_one_image_has_no_two_halves(rng):
    with pytest.raises(ValueError, match="wanted"):
        swd.floor(noise(rng, 1, 16))


@pytest.mark.parametrize("shape", [(2, 24, 24, 3), (2, 16, 16, 4), (2, 3, 16, 16), (2, 4, 4, 3)])
def test_images_of_other_shapes_are_refused(shape):
    images = np.zeros(shape, np.uint8)
    with pytest.raises(ValueError, match="H a power of two of at least 8"):
        swd.sliced_wasserstein(images, images)


@pytest.mark.parametrize(
    "size, wanted",
    [((64, 64), (64, 1, 1)), ((40, 96), (32, 1, 3)), ((71, 33), (32, 2, 1)), ((8, 8), (8, 1, 1))],
)
def test_the_largest_squares_that_fit(size, wanted):
    assert swd.fitting(*size) == wanted


def test_images_are_cut_from_their_middle_and_squares_stay(rng):
    images = rng.integers(0, 256, [3, 20, 35, 3], np.uint8)
    cut = swd.squares(images)
    assert cut.shape == (6, 16, 16, 3)
    np.testing.assert_array_equal(cut[2], images[1, 2:18, 1:17])
    np.testing.assert_array_equal(cut[5], images[2, 2:18, 17:33])
    whole = noise(rng, 2, 32)
    np.testing.assert_array_equal(swd.squares(whole), whole)


def test_squares_of_one_image_are_in_one_half():
    """Flat images of two greys: were a half to have squares of all, both would be alike."""
    images = np.zeros([2, 16, 32, 3], np.uint8)
    images[1] = np.random.default_rng(0).integers(0, 256, [16, 32, 3])
    figures = swd.floor(images)
    assert figures["images"] == 1
    assert figures["mean"] > 500
