import numpy as np
import pytest

from input_pipeline.label_maps.placing import is_placed


def square(top, left, side, of=64):
    mask = np.zeros([of, of], bool)
    mask[top : top + side, left : left + side] = True
    return mask


@pytest.mark.parametrize("scale", [1, 4])
@pytest.mark.parametrize(
    "mask, placed",
    [
        (square(20, 20, 28), True),  # a flower in the middle
        (square(0, 36, 28), True),  # in a corner
        (square(0, 0, 64), False),  # all of the photo
        (square(0, 0, 0), False),  # nothing
        (square(30, 30, 8), False),  # too small to fill a window
        (~square(20, 20, 10), False),  # more than four fifths
        (np.indices([64, 64]).sum(0) % 2 == 0, False),  # everywhere a little
    ],
)
def test_a_thing_is_somewhere_if_windows_are_full_and_others_empty(mask, placed, scale):
    assert is_placed(mask.repeat(scale, 0).repeat(scale, 1)) is placed
