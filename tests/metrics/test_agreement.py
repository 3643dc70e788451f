"""Against distances and shares worked out by hand."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from metrics import agreement

RNG = np.random.default_rng(0)


def faces(count):
    """Landmarks whose eyes' outer corners are 50 pixels apart."""
    points = RNG.uniform(0, 100, [count, 68, 2])
    points[:, 36], points[:, 45] = (20, 40), (60, 70)
    return points


def test_a_shifted_face_errs_by_the_shift():
    wanted = faces(3)
    shift = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 2.5]])[:, None]
    np.testing.assert_allclose(
        agreement.landmark_errors(wanted + shift, wanted), [0.1, 0, 0.05], atol=1e-12
    )


def test_the_error_has_no_unit():
    wanted, predicted = faces(4), faces(4)
    errors = agreement.landmark_errors(predicted, wanted)
    np.testing.assert_allclose(agreement.landmark_errors(3 * predicted, 3 * wanted), errors)


def test_a_face_fails_from_eight_percent_on():
    wanted = faces(4)
    shift = np.array([3.9, 4.1, 0.0, 10.0])[:, None, None] * [1, 0]
    figures = agreement.landmark_agreement(wanted + shift, wanted)
    assert figures["share_under_8_percent"] == 0.5
    assert figures["error"] == pytest.approx((3.9 + 4.1 + 10) / 50 / 4)


def lines(*columns, side=16):
    drawing = np.zeros([1, side, side], bool)
    drawing[0, 2:12, list(columns)] = True
    return drawing


@pytest.mark.parametrize(
    ("redrawn", "precision", "recall"),
    [
        (lines(5), 1, 1),
        (lines(6), 1, 1),  # one pixel off is forgiven
        (lines(7), 0, 0),
        (lines(5, 12), 0.5, 1),  # a line too many
        (lines(), 1, 0),  # nothing drawn: nothing wrong, nothing found
    ],
)
def test_lines_agree_within_one_pixel(redrawn, precision, recall):
    figures = agreement.mask_agreement(redrawn, lines(5))
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
    assert figures == pytest.approx({"precision": precision, "recall": recall, "f1": f1})


def test_nearness_is_a_maximum_filter_of_three_pixels():
    drawings = RNG.uniform(size=[2, 20, 20]) < 0.05
    other = RNG.uniform(size=[2, 20, 20]) < 0.05
    shares = []
    for one, two in zip(drawings, other):
        # Pillow leaves the outermost pixels as they are.
        framed = Image.fromarray(np.pad(two, 1).astype(np.uint8) * 255)
        near = np.asarray(framed.filter(ImageFilter.MaxFilter(3)))[1:-1, 1:-1] > 0
        shares.append(near[one].mean())
    assert agreement.mask_agreement(drawings, other)["precision"] == pytest.approx(np.mean(shares))
