import base64
import html
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from interface import page


def parsed(fragment):
    """Pages are written so that XML readers take their parts too."""
    return ET.fromstring(f"<all>{fragment}</all>")


@pytest.mark.parametrize("words", ["<b>", "a & b", "\"x' onerror='y", "&lt;", "ü – 脸"])
def test_any_text_comes_back_from_the_page(words):
    shown = page.text(words)
    assert html.unescape(shown) == words
    assert not set("<>\"'") & set(shown)


def test_bytes_that_are_not_utf8_are_shown_as_such():
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    assert page.text(name) == r"caf\xe9.jpg"
    page.document(name, name, [page.table([name], [[name]])]).decode("utf-8")


def test_tables_hold_their_cells_and_put_whole_numbers_to_the_right():
    table = parsed(page.table(["name", "size", "x"], [["<a>", 12345, ""], ["b", 0, "–"]]))
    rows = [[cell.text or "" for cell in row] for row in table.iter("tr")]
    assert rows == [["name", "size", "x"], ["<a>", "12,345", ""], ["b", "0", "–"]]
    for row in table.iter("tr"):
        assert [cell.get("class") for cell in row] == [None, "number", None]


@pytest.mark.parametrize(
    "value, shown",
    [
        (12345, "12,345"),
        (12345.6, "12,346"),
        (0.0123456, "0.01235"),
        (3.0, "3"),
        (-999.96, "-1000"),
    ],
)
def test_numbers_that_are_not_whole_have_four_digits(value, shown):
    table = parsed(page.table(["name", "x"], [["a", value], ["b", "–"]]))
    assert [cell.text for cell in table.iter("td")] == ["a", shown, "b", "–"]
    assert {cell.get("class") for row in table.iter("tr") for cell in row[1:]} == {"number"}


def test_a_sheet_has_its_whole_caption_below():
    figure = parsed(page.sheet("<img/>", "a <b>")).find("figure")
    assert [part.tag for part in figure] == ["img", "figcaption"]
    assert figure.find("figcaption").text == "a <b>"


def picture_in(tag):
    parts = re.fullmatch(r'<img src="data:image/(\w+);base64,([^"]+)" (.*)>', tag)
    return Image.open(io.BytesIO(base64.b64decode(parts[2]))), parts[1], parts[3]


@pytest.mark.parametrize("shape, exact", [((8, 8), False), ((64, 32), False), ((80, 90), True)])
def test_small_and_exact_pictures_keep_every_pixel(shape, exact):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    image, kind, attributes = picture_in(page.image(pixels, "x", exact))
    assert (kind, image.format) == ("png", "PNG")
    np.testing.assert_array_equal(np.asarray(image), pixels)
    assert f'width="{shape[1]}" height="{shape[0]}" alt="x"' in attributes
    assert ("coarse" in attributes) == (max(shape) <= 64)


def test_larger_photos_become_jpegs_that_look_the_same(photo):
    pixels = np.asarray(photo.resize((128, 128), Image.Resampling.LANCZOS))
    image, kind, _ = picture_in(page.image(pixels, 'a "quoted" name'))
    assert (kind, image.format) == ("jpeg", "JPEG")
    assert np.abs(np.asarray(image, float) - pixels).mean() < 4


def test_shares_are_percent_with_the_ids_colours():
    colours = np.array([[0, 0, 0], [255, 0, 16], [1, 2, 3]], np.uint8)
    rows = parsed(page.shares({2: 30, 0: 60, 1: 10}, colours)).findall("div/div")
    spans = [list(row) for row in rows]
    assert [span[1].text for span in spans] == ["0", "1", "2"]
    assert [span[3].text for span in spans] == ["60.00 %", "10.00 %", "30.00 %"]
    swatches = [span[0].get("style") for span in spans]
    assert swatches == ["background: #000000", "background: #ff0010", "background: #010203"]
    widths = [float(re.search(r"width: (\S+)%", span[2][0].get("style"))[1]) for span in spans]
    np.testing.assert_allclose(widths, [100, 100 / 6, 50], atol=0.01)
