import numpy as np
import pytest

from metrics import ssim
from tests.metrics.test_variety import ms_ssim_by_hand

RNG = np.random.default_rng(0)


def noise(*shape):
    return RNG.integers(0, 256, [*shape, 3], dtype=np.uint8)


@pytest.mark.parametrize("size", [(8, 8), (16, 16), (12, 20)])
def test_it_is_that_of_the_printed_formulas(size):
    """One scale of MS-SSIM is SSIM. By hand it is of squares: 12x12 pixels have two windows beside
    each other, so that each window of 12x20 is in one of five such squares."""
    first = noise(*size)
    second = (0.7 * first + 0.3 * noise(*size)).astype(np.uint8)
    side, steps = size[0], range(0, size[1] - size[0] + 1, 2)
    wanted = [
        ms_ssim_by_hand(first[:, at : at + side, c], second[:, at : at + side, c], [1])
        for at in steps
        for c in range(3)
    ]
    assert ssim.ssim(first[None], second[None])[0] == pytest.approx(np.mean(wanted), abs=1e-4)


def test_each_pair_is_for_itself():
    first = noise(ssim.BATCH + 3, 16, 24)
    second = first.copy()
    second[4], second[9] = 255 - first[4], first[8]
    found = ssim.ssim(first, second)
    equal = np.ones(len(first), bool)
    equal[[4, 9]] = False
    np.testing.assert_allclose(found[equal], 1, atol=1e-4)
    assert found[4] < -0.5
    assert abs(found[9]) < 0.3


def test_flat_pictures_differ_in_luminance_alone():
    dark, light = (np.full([1, 12, 16, 3], value, np.uint8) for value in (60, 200))
    c1 = (0.01 * 255) ** 2
    luminance = (2 * 60 * 200 + c1) / (60**2 + 200**2 + c1)
    assert ssim.ssim(dark, light)[0] == pytest.approx(luminance, rel=3e-3)
