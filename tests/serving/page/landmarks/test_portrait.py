import numpy as np
import pytest

from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.sketch import Drawing

PHOTO = np.random.default_rng(0).integers(0, 256, [8, 8, 3], np.uint8)


@pytest.fixture
def portrait(page, state):
    return Portrait(state)


def test_a_photo_is_seen_as_long_as_the_drawing_has_one(portrait, state, elements, read, fire):
    _, over, photo = elements("img")
    assert not portrait.beside.visible and not portrait.mixer.visible and not over.visible
    state.history.put(Drawing(photo=PHOTO))
    assert portrait.beside.visible and portrait.mixer.visible and over.visible
    for picture in (photo, over):
        np.testing.assert_array_equal(read(picture.props["src"]), PHOTO)
    fire(elements("input")[0], "input", 40)
    assert over.style["opacity"] == "0.4"
    state.history.go(-1)
    assert not portrait.beside.visible and not over.visible


def test_a_picture_is_named_by_its_seed(portrait, read):
    portrait.painted(PHOTO, 12)
    np.testing.assert_array_equal(read(portrait.frame.picture.props["src"]), PHOTO)
    assert portrait.frame.caption.content == "Face 12" and portrait.seed == 12
