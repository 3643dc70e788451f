import numpy as np

from serving.page.tiles import Tile


def test_a_tile_is_a_button_that_says_what_it_does(page, elements, fire, read):
    chosen = []
    tile = Tile(lambda: chosen.append(1))
    (button,) = elements("button")
    tile.name("Picture 3", "Picture 3: go on with it", True)
    assert button.props["aria-label"] == "Picture 3: go on with it"
    assert button.props["aria-pressed"] == "true" and "mine" in button.classes
    tile.name("Picture 4", "Picture 4: go on with it", False)
    assert button.props["aria-pressed"] == "false" and "mine" not in button.classes
    assert tile.picture.props["alt"] == "Picture 4"
    fire(button, "click")
    assert chosen == [1]
    image = np.random.default_rng(0).integers(0, 256, [4, 6, 3], np.uint8)
    tile.painted(image)
    np.testing.assert_array_equal(read(tile.picture.props["src"]), image)
