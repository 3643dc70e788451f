import numpy as np
import pytest
from PIL import Image

from serving.page import pen

HEIGHT, WIDTH = 60, 90


def drawn(places, width, fill=7):
    picture = Image.new("L", (WIDTH, HEIGHT))
    pen.draw(picture, places, width, fill)
    return np.asarray(picture)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 10, 21])
def test_a_line_is_all_that_is_within_half_its_width_of_it(width):
    """By the distance of pixels' centres to the line; its places are whole pixels."""
    first, last = np.array([12, 40]), np.array([70, 15])  # x and y, in pixels
    places = [(np.floor(at) + 0.5) / (WIDTH, HEIGHT) for at in (first, last)]
    rows, columns = np.indices([HEIGHT, WIDTH])
    pixels = np.stack([columns, rows], -1) - first
    along = np.clip(pixels @ (last - first) / ((last - first) ** 2).sum(), 0, 1)
    distance = np.linalg.norm(pixels - along[..., None] * (last - first), axis=-1)
    picture = drawn(places, width)
    assert {*np.unique(picture)} == {0, 7}
    assert (picture[distance <= width / 2 - 1.2] == 7).all()
    assert (picture[distance > width / 2 + 1.2] == 0).all()


def test_a_place_alone_is_a_disc_and_outside_nothing_is_drawn():
    assert np.argwhere(drawn([(0.5, 0.5)], 1)).tolist() == [[30, 45]]
    disc = drawn([(0.5, 0.5)], 9) > 0
    assert abs(disc.sum() - np.pi * 4.5**2) < 8
    np.testing.assert_array_equal(disc[26:35, 41:50], disc[26:35, 41:50].T)
    assert not drawn([(3, 3), (3, 4)], 5).any()
