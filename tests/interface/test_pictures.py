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


def test_tiles_may_be_of_any_height_and_width():
    image, tall = random_image(2, 3, 3), random_image(4, 3)
    sheet = np.asarray(pictures.grid([[image, tall]], tile=(4, 6)))
    assert sheet.shape == (4 + 4, 2 * 8 + 2, 3)
    np.testing.assert_array_equal(sheet[2:6, 2:8], image.repeat(2, axis=0).repeat(2, axis=1))
    np.testing.assert_array_equal(sheet[2:6, 10:16, 0], tall.repeat(2, axis=1))


@pytest.mark.parametrize(
    "size, longest, wanted",
    [
        ((64, 64, 3), 256, (256, 256)),
        ((100, 100), 256, (200, 200)),
        ((512, 512), 256, (512, 512)),
        ((32, 64), 256, (128, 256)),
        ((300, 70, 3), 256, (300, 70)),
    ],
)
def test_pictures_are_enlarged_by_a_whole_number(size, longest, wanted):
    assert pictures.enlarged(size, longest) == wanted


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


@pytest.mark.parametrize("shape", [(5, 4, 3), (6, 6)])
def test_a_picture_survives_inside_an_address(shape):
    image = random_image(*shape)
    kind, _, content = pictures.data_url(image).partition(";base64,")
    assert kind == "data:image/png"
    found = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))
    np.testing.assert_array_equal(found, image)


def test_lines_are_white_and_nothing_is_between_them():
    places = np.random.default_rng(0).random([5, 7]) < 0.4
    content = base64.b64decode(pictures.lines_url(places).split(",")[1])
    seen = np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))
    np.testing.assert_array_equal(seen[..., 3], np.where(places, 255, 0))
    assert (seen[places] == 255).all()


def test_an_animations_pictures_may_be_of_any_height_and_width():
    with Image.open(io.BytesIO(pictures.gif(random_image(3, 50, 100, 3)))) as gif:
        assert (gif.size, gif.n_frames) == ((200, 100), 4)


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


def test_ids_are_kept_and_shown_in_their_colours():
    ids, colours = np.array([[0, 2], [1, 7]], np.uint8), np.arange(24, dtype=np.uint8).reshape(8, 3)
    with Image.open(io.BytesIO(pictures.palette_png(ids, colours))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), ids)
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), colours[ids])
