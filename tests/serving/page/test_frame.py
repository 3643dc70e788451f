import numpy as np
import pytest

from interface import pictures
from serving.page.frame import Frame

PICTURE, OTHER = np.random.default_rng(0).integers(0, 256, [2, 8, 12, 3], np.uint8)


@pytest.fixture
def frame(page):
    return Frame("Your picture")


def test_it_counts_how_often_all_was_painted(frame, read):
    for wanted in ("1", "2"):
        frame.busy(True)
        frame.busy(True)
        assert frame.figure.props["aria-busy"] == "true"
        frame.painted(PICTURE, "Picture 3")
        frame.busy(False)
        frame.busy(False)
        assert frame.figure.props["data-painted"] == wanted
    np.testing.assert_array_equal(read(frame.picture.props["src"]), PICTURE)
    assert frame.image is PICTURE and frame.caption.content == "Picture 3"


def test_another_picture_is_laid_over_it_as_far_as_one_wants(frame, elements, read):
    picture, over = elements("img")
    assert picture.props["alt"] == "Your picture" and over.style["opacity"] == "0.0"
    frame.lay_over(pictures.data_url(OTHER))
    frame.mix(40)
    np.testing.assert_array_equal(read(over.props["src"]), OTHER)
    assert over.visible and over.style["opacity"] == "0.4"
    frame.lay_over(None)
    assert not over.visible
