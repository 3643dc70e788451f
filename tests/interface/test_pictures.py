import base64
import io

import numpy as np
import pytest
from PIL import Image

from interface import pictures


def random_image(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def test_a_grid_places_enlarged_tiles_two_white_pixels_apart():
    colour, grey = random_image(2, 2, 3), random_image(4, 4)
    sheet = np.asarray(pictures.grid([[colour, grey], [grey]], tile=4))
    wanted = np.full((2 + 2 * (4 + 2), 2 + 2 * (4 + 2), 3), 255, np.uint8)
    wanted[2:6, 2:6] = colour.repeat(2, axis=0).repeat(2, axis=1)
    wanted[2:6, 8:12] = grey[..., None]
    wanted[8:12, 2:6] = grey[..., None]
    np.testing.assert_array_equal(sheet, wanted)


def test_the_longest_row_makes_the_width():
    tile = random_image(3, 3, 3)
    assert pictures.grid([[tile], [tile] * 3], tile=3).size == (2 + 3 * 5, 2 + 2 * 5)


@pytest.mark.parametrize(
    "value, wanted",
    [(-1, 0), (0, 128), (1, 255), (-1.01, 0), (-7, 0), (1.01, 255), (1e9, 255), (-0.9999, 0)],
)
def test_values_become_bytes_rounded_and_clipped(value, wanted):
    result = pictures.to_uint8(np.array([[value]]))
    assert result.dtype == np.uint8
    assert result.tolist() == [[wanted]]


def test_bytes_survive_the_way_through_the_networks_range():
    levels = np.arange(256)
    np.testing.assert_array_equal(pictures.to_uint8((levels - 127.5) / 127.5), levels)


def test_a_saved_png_holds_the_very_pixels_and_nothing_lies_beside_it(tmp_path):
    pixels = random_image(5, 7, 3)
    pictures.save_png(tmp_path / "new" / "sheet.png", Image.fromarray(pixels))
    with Image.open(tmp_path / "new" / "sheet.png") as read:
        assert read.format == "PNG"
        np.testing.assert_array_equal(np.asarray(read), pixels)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["sheet.png"]


def test_a_picture_that_cannot_be_saved_leaves_the_old_one(tmp_path):
    old = Image.fromarray(random_image(2, 2, 3))
    pictures.save_png(tmp_path / "sheet.png", old)
    before = (tmp_path / "sheet.png").read_bytes()
    with pytest.raises(OSError):  # PNG has no such mode
        pictures.save_png(tmp_path / "sheet.png", Image.new("YCbCr", (2, 2)))
    assert (tmp_path / "sheet.png").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]


# The palette that CelebAMask-HQ's authors show their 19 labels in, as its colours' hex codes.
CELEBAMASK = (
    "000000 cc0000 4c9900 cccc00 3333ff cc00cc 00ffff ffcccc 663300 ff0000 66cc00 ffff00 000099 "
    "0000cc ff3399 00cccc 003300 ff9933 00cc00"
)
# PASCAL VOC's, from its documentation: background, aeroplane, … and the void label.
VOC = {0: "000000", 1: "800000", 2: "008000", 3: "808000", 4: "000080", 7: "808080"}
VOC |= {8: "400000", 15: "c08080", 20: "004080", 255: "e0e0c0"}


def test_19_labels_have_the_colours_of_celebamask():
    colours = pictures.label_colours(19)
    assert colours.dtype == np.uint8
    assert " ".join(bytes(colour).hex() for colour in colours) == CELEBAMASK


@pytest.mark.parametrize("count", [1, 2, 18, 20, 35, 256])
def test_any_other_number_of_labels_has_the_colours_of_pascal_voc(count):
    colours = pictures.label_colours(count)
    assert (colours.shape, colours.dtype) == ((count, 3), np.uint8)
    for label, colour in VOC.items():
        assert label >= count or bytes(colours[label]).hex() == colour


@pytest.mark.parametrize("count", [19, 35, 182, 256])
def test_no_two_labels_share_a_colour(count):
    assert len({tuple(colour) for colour in pictures.label_colours(count)}) == count


@pytest.mark.parametrize("shape", [(5, 4, 3), (6, 6)])
def test_a_picture_survives_inside_an_address(shape):
    image = random_image(*shape)
    kind, _, content = pictures.data_url(image).partition(";base64,")
    assert kind == "data:image/png"
    found = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))
    np.testing.assert_array_equal(found, image)


def test_an_animation_goes_there_and_back_for_ever():
    greys = [0, 80, 160, 240]
    images = np.broadcast_to(np.array(greys, np.uint8)[:, None, None, None], [4, 100, 100, 3])
    with Image.open(io.BytesIO(pictures.gif(images))) as gif:
        assert gif.size == (200, 200) and gif.info["loop"] == 0  # 300 would be too large
        seen = []
        for number in range(gif.n_frames):
            gif.seek(number)
            assert gif.info["duration"] == pictures.FRAME
            seen.append(int(np.asarray(gif.convert("L"))[100, 100]))
    np.testing.assert_allclose(seen, [0, 80, 160, 240, 160, 80], atol=2)
