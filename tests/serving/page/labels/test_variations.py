import numpy as np
import pytest

from serving.page.labels.state import COUNT
from serving.page.labels.variations import ALIKE, Variations
from serving.scene import Reference


@pytest.fixture
def variations(page, state_of, voice):
    return Variations(state_of("styled"), voice)


def test_they_are_brought_when_they_are_asked_for(variations, fire, elements, voice):
    assert not variations._row.visible and variations.seeds == []
    (button,) = elements("q-btn")
    fire(button, "click")
    assert variations.seeds == [*range(COUNT)] and variations._row.visible
    fire(button, "click")
    assert variations.seeds == [*range(COUNT, 2 * COUNT)]
    assert voice.said == [f"{COUNT} variations"] * 2
    assert button.text == f"{COUNT} others"


def test_there_are_none_where_a_photos_style_decides(page, state_of, voice, elements, fire):
    state = state_of("clusters")
    variations = Variations(state, voice)
    fire(elements("q-btn")[0], "click")
    assert variations.wanted == variations.seeds and variations._row.visible
    state.copy_style(Reference(np.zeros([16, 24, 3], np.uint8), state.scene.label))
    assert variations.wanted == [] and not variations._row.visible
    assert not elements("q-btn")[0].enabled and variations._hint.text == ALIKE
    state.go(-1)
    assert variations._row.visible and elements("q-btn")[0].enabled


def test_one_of_them_becomes_the_visitors(variations, fire, elements, voice, read):
    fire(elements("q-btn")[0], "click")
    tiles = elements("button")
    fire(tiles[3], "click")
    assert variations.state.seed == 3 and voice.said[-1] == "Picture 3 is yours now"
    assert [t.props["aria-pressed"] for t in tiles] == [
        "true" if n == 3 else "false" for n in range(8)
    ]
    image = np.full([4, 4, 3], 9, np.uint8)
    variations.painted(2, image)
    np.testing.assert_array_equal(read(elements("img")[2].props["src"]), image)
