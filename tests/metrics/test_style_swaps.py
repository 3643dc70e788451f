import numpy as np
import pytest

from metrics import style_swaps

LABELS = np.array([[0, 0, 0, 7], [7, 7, 7, 7], [1, 1, 255, 255]], np.uint8)
IDS = np.array([[0, 0, 0, -5], [9, 9, 9, 9], [1, 1, 1, 1]], np.int32)


def test_regions_are_told_apart_by_id_and_class_the_largest_first():
    """Ids may be any 32 bits; pixels that do not count are of no region."""
    keys = style_swaps.keyed(IDS, LABELS)
    regions = style_swaps.largest_first(keys)
    assert [style_swaps.class_of(key) for key in regions] == [7, 0, 1, 7]
    masks = [keys == key for key in regions]
    assert [mask.sum() for mask in masks] == [4, 3, 2, 1]
    np.testing.assert_array_equal(masks[0], IDS == 9)
    assert keys[2, 3] == style_swaps.NOWHERE


def test_the_next_picture_with_the_class_gives_its_largest():
    def of(*classes):
        return [256 * id + class_ for id, class_ in enumerate(classes)]

    regions = [of(0, 1), of(2), of(1, 0, 1), of(0)]
    assert style_swaps.donor(regions, 0, 1) == (2, regions[2][0])
    assert style_swaps.donor(regions, 2, 0) == (3, regions[3][0])
    assert style_swaps.donor(regions, 3, 1) == (0, regions[0][1])
    assert style_swaps.donor(regions, 1, 2) is None


def test_a_region_gets_the_mean_of_the_other():
    own, others = np.zeros([2, 3, 2], np.float32), np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    inside, there = np.zeros([2, 2, 3], bool)
    inside[1, 1:], there[0, :2] = True, True
    made = style_swaps.restyled(own, inside, others, there)
    np.testing.assert_array_equal(made[inside], [[1, 2], [1, 2]])
    assert not made[~inside].any()
    assert made.dtype == np.float32


def test_changes_are_means_over_pixels_of_either_side():
    before = np.full([2, 4, 3], 100, np.uint8)
    after, inside = before.copy(), np.zeros([2, 4], bool)
    inside[0, :2] = True
    after[0, 0], after[1, 3, 2] = 40, 118
    assert style_swaps.change(before, after, inside) == pytest.approx((30, 1))
    assert style_swaps.change(after, before, inside) == pytest.approx((30, 1))
