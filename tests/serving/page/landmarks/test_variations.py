import numpy as np
import pytest

from serving.page.landmarks.state import COUNT
from serving.page.landmarks.variations import Faces


@pytest.fixture
def faces(page, state, voice):
    return Faces(state, voice)


def test_a_click_makes_a_face_the_visitors_own(faces, state, voice, elements, fire):
    tiles = elements("button")
    assert [tile.props["aria-label"] for tile in tiles] == [
        f"Face {seed}: make it mine" for seed in range(1, COUNT + 1)
    ]
    fire(tiles[4], "click")
    assert state.mine == 5
    assert [tile.props["aria-pressed"] for tile in tiles].index("true") == 4
    (renew,) = elements("q-btn")
    fire(renew, "click")
    assert tiles[0].props["aria-label"] == "Face 9: make it mine" and state.mine == 5
    assert all(tile.props["aria-pressed"] == "false" for tile in tiles)
    assert voice.said[-1] == "8 new faces"


def test_ticks_choose_the_ends_and_a_third_one_unticks_the_first(faces, state, elements):
    boxes = elements("q-checkbox")[:COUNT]
    for place in (2, 5, 0):
        boxes[place].value = True
    assert state.ends == [6, 1]
    assert [place for place, box in enumerate(boxes) if box.value] == [0, 5]
    state.renew()  # the ends stay, though they are not among those seen
    assert state.ends == [6, 1] and not any(box.value for box in boxes)


def test_the_own_face_can_be_an_end_where_it_is_not_among_those_seen(faces, state, elements):
    own = elements("q-checkbox")[COUNT]
    assert not own.visible
    state.make_mine(5)
    state.renew()
    assert own.visible and own.text == "Blend your face 5" and not own.value
    own.value = True
    assert state.ends == [5]
    for seed in (9, 10):
        state.blend(seed, True)
    assert state.ends == [9, 10] and not own.value
    state.make_mine(10)
    assert state.ends == [9, 10] and not own.visible


def test_pictures_come_to_their_tiles(faces, elements, read):
    images = np.random.default_rng(0).integers(0, 256, [COUNT, 4, 4, 3], np.uint8)
    faces.painted(images)
    np.testing.assert_array_equal([read(each.props["src"]) for each in elements("img")], images)
