import itertools

import numpy as np
import pytest

from metrics import variety

RNG = np.random.default_rng(0)
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def noise(*shape):
    return RNG.integers(0, 256, [*shape, 3], dtype=np.uint8)


def constants(values, side):
    """One group of flat pictures."""
    return np.stack([np.full([side, side, 3], value, np.uint8) for value in values])[None]


def smoothed(channel, side=11):
    """Every window's mean weighted by a Gaussian of width 1.5, by hand."""
    at = np.exp(-((np.arange(side) - (side - 1) / 2) ** 2) / (2 * 1.5**2))
    window = np.outer(at, at) / np.outer(at, at).sum()
    reach = range(len(channel) - side + 1)
    return np.array(
        [[(channel[i : i + side, j : j + side] * window).sum() for j in reach] for i in reach]
    )


def ms_ssim_by_hand(first, second, weights):
    """Of one channel, the formulas of Wang et al. as they are printed."""
    result, pair = 1.0, (first.astype(float), second.astype(float))
    for scale, weight in enumerate(weights):
        (x, y), side = pair, min(11, len(pair[0]))
        mean_x, mean_y = smoothed(x, side), smoothed(y, side)
        spread = smoothed(x * x, side) - mean_x**2 + smoothed(y * y, side) - mean_y**2
        shared = smoothed(x * y, side) - mean_x * mean_y
        factor = (2 * shared + C2) / (spread + C2)
        if scale == len(weights) - 1:
            factor = factor * (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
        result *= max(factor.mean(), 0) ** weight
        half = len(x) // 2
        x, y = x[: 2 * half, : 2 * half], y[: 2 * half, : 2 * half]
        pair = tuple(c.reshape(half, 2, half, 2).mean(axis=(1, 3)) for c in (x, y))
    return result


@pytest.mark.parametrize("side", [8, 16, 64])
def test_equal_pictures_are_wholly_similar_and_do_not_deviate(side):
    assert variety.variety(np.repeat(noise(3, 1, side, side), 4, axis=1), seed=0) == {
        "ms_ssim": pytest.approx(1, abs=1e-4),
        "deviation": 0,
    }


@pytest.mark.parametrize("side, count", [(8, 1), (16, 1), (32, 2), (64, 3), (128, 4), (256, 5)])
def test_flat_pictures_differ_in_the_last_scales_luminance_alone(side, count):
    dark, light = 60.0, 200.0
    luminance = (2 * dark * light + C1) / (dark**2 + light**2 + C1)
    weight = WEIGHTS[count - 1] / sum(WEIGHTS[:count])
    similarity = variety.similarity(constants([60, 200], side))
    assert similarity == pytest.approx(luminance**weight, rel=3e-3)  # in float32


@pytest.mark.parametrize("side, weights", [(8, [1]), (16, [1]), (44, [0.0448, 0.2856, 0.3001])])
def test_similarity_is_that_of_the_printed_formulas(side, weights):
    first = noise(side, side)
    second = (0.7 * first + 0.3 * noise(side, side)).astype(np.uint8)
    weights = np.array(weights) / sum(weights)
    wanted = [ms_ssim_by_hand(first[..., c], second[..., c], weights) for c in range(3)]
    similarity = variety.similarity(np.stack([first, second])[None])
    assert 0.1 < similarity < 0.98
    assert similarity == pytest.approx(np.mean(wanted), rel=1e-3)


@pytest.mark.parametrize(
    "side, count",
    [(8, 1), (21, 1), (22, 2), (43, 2), (44, 3), (88, 4), (175, 4), (176, 5), (999, 5)],
)
def test_a_scale_is_used_where_the_window_fits_into_it(side, count):
    assert variety.scales(side) == count


def test_every_pair_of_a_group_is_compared_once_and_no_others():
    groups = noise(2, 1, 8, 8) // 2 + noise(2, 5, 8, 8) // 3
    each = [
        variety.similarity(np.stack(pair)[None])
        for group in groups
        for pair in itertools.combinations(group, 2)
    ]
    assert len(set(each)) == 20
    assert variety.similarity(groups) == pytest.approx(np.mean(each), rel=1e-5)


def test_many_pairs_are_sampled_by_the_seed():
    groups = noise(1, 40, 8, 8) // np.arange(1, 41, dtype=np.uint8)[:, None, None, None]
    first, again, other = (variety.similarity(groups, seed, pairs=30) for seed in (0, 0, 1))
    assert first == again != other
    several = [variety.similarity(groups, seed=seed, pairs=100) for seed in range(20)]
    spread = np.std(several) / np.sqrt(len(several))
    assert np.mean(several) == pytest.approx(variety.similarity(groups), abs=4 * spread)


def test_pairs_drawn_from_a_large_group_differ():
    """Drawn without repetition, all but one of the pairs hold almost every one of them."""
    groups = constants([0] * 19 + [255], 8)
    alike, unlike = 171, 19
    low = C1 / (255.0**2 + C1)
    of_all_but_one = variety.similarity(groups, pairs=alike + unlike - 1)
    without_one = [
        ((alike - 1) + unlike * low) / (alike + unlike - 1),
        (alike + (unlike - 1) * low) / (alike + unlike - 1),
    ]
    assert min(abs(of_all_but_one - value) for value in without_one) < 1e-4


def test_pair_numbers_are_pairs_even_in_very_large_groups():
    count = 100_000
    first, second = variety._pair(np.arange(45))
    assert sorted(zip(first, second)) == list(itertools.combinations(range(10), 2))
    last = count * (count - 1) // 2 - 1
    first, second = variety._pair(np.array([last, last - count + 2, last - count + 1]))
    assert [*zip(first, second)] == [
        (count - 2, count - 1),
        (0, count - 1),
        (count - 3, count - 2),
    ]


def test_deviation_is_numpys_on_the_scale_from_minus_1_to_1():
    groups = noise(3, 7, 8, 8)
    scaled = groups / 127.5 - 1
    assert variety.deviation(groups) == pytest.approx(scaled.std(axis=1).mean())


@pytest.mark.parametrize("shape", [(4, 8, 8, 3), (2, 1, 8, 8, 3), (2, 3, 8, 8, 1)])
def test_what_are_no_groups_of_pictures_is_refused(shape):
    with pytest.raises(ValueError, match="wanted .G, K, H, H, 3."):
        variety.similarity(np.zeros(shape, np.uint8))
