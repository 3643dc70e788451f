import numpy as np
import pytest

from interface.command_line import UserError
from serving.limits import Limits

LIMITS = Limits(count=6, image=100)


@pytest.mark.parametrize(
    ("shapes", "images"),
    [
        ([[3, 10, 10, 1]], 3),
        ([[3, 10, 11]], 6),
        ([[1, 20, 30, 1], [1]], 6),
        ([[5, 464]], 5),  # latents have no pixels
        ([[5]], 5),
        ([[2, 4, 4], [2, 10, 20, 3]], 4),  # by the largest
    ],
)
def test_a_large_image_counts_as_several(shapes, images):
    inputs = {str(number): np.zeros(shape) for number, shape in enumerate(shapes)}
    assert LIMITS.images(inputs) == images
    LIMITS.check(inputs)


def test_nothing_that_the_main_system_paints_counts_as_more_than_one():
    assert Limits().images({"mask": np.zeros([64, 1024, 1024, 1], bool)}) == 64


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ([0, 10, 10], "wanted 1 to 6 rows"),
        ([7, 10, 10], "wanted 1 to 6 rows"),
        ([1, 25, 25], "1 rows count as 7 images, one for each 100 pixels; wanted at most 6"),
        ([4, 10, 11], "4 rows count as 8 images"),
    ],
)
def test_more_than_that_is_refused(shape, words):
    with pytest.raises(UserError, match=words):
        LIMITS.check({"labels": np.zeros(shape)})
