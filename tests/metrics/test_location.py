"""Squares, whose overlap can be counted by hand."""

import numpy as np
import pytest

from metrics.location import location, overlaps


def square(left, side=4):
    mask = np.zeros([8, 16], bool)
    mask[:side, left : left + side] = True
    return mask


def test_overlap_is_the_share_of_either_that_both_have():
    found = np.array([square(0), square(2), square(8), square(0, 0), square(0, 0)])
    asked = np.array([square(0), square(0), square(0), square(0), square(0, 0)])
    np.testing.assert_allclose(overlaps(found, asked), [1, 8 / 24, 0, 0, 1])


def test_chance_is_the_mask_of_the_picture_before():
    masks = np.array([square(0), square(2), square(4)])
    figures = location(masks, masks)
    assert figures["iou"] == 1
    assert figures["iou_of_others_masks"] == pytest.approx((0 + 1 / 3 + 1 / 3) / 3)
