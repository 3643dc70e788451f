import io
import pathlib
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline import photos
from input_pipeline.label_maps import labels
from input_pipeline.label_maps import schema as label_schema
from input_pipeline.photos import Rejected


def png(bits, kind, rows):
    """A PNG file of any bit depth and colour type, from packed rows."""

    def chunk(name, content):
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    width = 8 * len(rows[0]) // (3 * bits if kind == 2 else bits)
    header = struct.pack(">IIBBBBB", width, len(rows), bits, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.fixture
def saved(tmp_path):
    """(what, file name) → the path of a file with it."""

    def save(what, name="a.png", **how):
        path = tmp_path / name
        if isinstance(what, bytes):
            path.write_bytes(what)
        else:
            (what if isinstance(what, Image.Image) else Image.fromarray(what)).save(path, **how)
        return str(path)

    return save


IDS = np.array([[0, 1, 18], [255, 7, 2]], np.uint8)


def with_palette(ids, colours):
    """An image with a palette; all of its colours may be one."""
    image = Image.fromarray(ids).convert("L")
    image.putpalette(colours)
    return image


@pytest.mark.parametrize(
    "image, name",
    [
        (Image.fromarray(IDS), "a.png"),
        (Image.fromarray(IDS), "a.bmp"),
        (Image.fromarray(IDS), "a.tif"),
        (with_palette(IDS, list(range(255, -1, -1)) * 3), "a.png"),
        (with_palette(IDS, [9] * 768), "a.png"),
        (Image.fromarray(IDS.astype(np.uint16)), "a.png"),
        (Image.fromarray(IDS.astype(np.uint16)), "a.tif"),
        (Image.fromarray(IDS.astype(np.int32)), "a.tif"),
    ],
)
def test_a_pixels_id_is_its_grey_or_its_place_in_the_palette(saved, image, name):
    np.testing.assert_array_equal(labels.read_ids(saved(image, name)), IDS)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_ids_of_a_palette_with_few_bits_are_read(saved, bits):
    ids = np.array([[0, 1, 1, 0], [1, 1, 0, 0]], np.uint8)
    path = saved(with_palette(ids, [255, 0, 0, 0, 0, 255]), bits=bits)
    assert label_schema.png_header(pathlib.Path(path).read_bytes()) == (bits, 3)
    np.testing.assert_array_equal(labels.read_ids(path), ids)


def test_ids_of_one_bit_are_0_and_1(saved):
    path = saved(png(1, 0, [b"\x53", b"\xa0"]))
    ids = labels.read_ids(path)
    assert ids.dtype == np.uint8
    assert ids.tolist() == [[0, 1, 0, 1, 0, 0, 1, 1], [1, 0, 1, 0, 0, 0, 0, 0]]


def test_ids_of_16_bits_are_neither_scaled_nor_clipped(saved):
    ids = np.array([[0, 255, 256], [26001, 33000, 65535]], np.uint16)
    np.testing.assert_array_equal(labels.read_ids(saved(ids)), ids)
    np.testing.assert_array_equal(labels.read_ids(saved(ids, "a.tif")), ids)
    made = tf.io.encode_png(ids[..., None]).numpy()
    np.testing.assert_array_equal(labels.read_ids(saved(made, "b.png")), ids)


def test_ids_of_32_bits_may_be_any(saved):
    ids = np.array([[-1, 2**31 - 1], [70000, -(2**31)]], np.int32)
    np.testing.assert_array_equal(labels.read_ids(saved(ids, "a.tif")), ids)


GREY = Image.fromarray(IDS)


@pytest.mark.parametrize(
    "what, name, told",
    [
        (GREY.convert("RGB"), "a.png", r"RGB pixels \(3 channels\); wanted one id a pixel"),
        (GREY.convert("RGBA"), "a.png", r"RGBA pixels \(4 channels\)"),
        (GREY.convert("LA"), "a.png", r"LA pixels \(2 channels\)"),
        (GREY.convert("F"), "a.tif", "F pixels"),
        (GREY, "a.jpg", "a JPEG, which changes ids"),
        (png(4, 0, [b"\x01\x23"]), "a.png", "grey with 2 or 4 bits"),
        (png(2, 0, [b"\x1b"]), "a.png", "grey with 2 or 4 bits"),
        (b"a letter", "a.png", "not an image"),
        (b"", "a.png", "not an image"),
        (png(8, 0, [b"\x01\x02"])[:44], "a.png", "unreadable: "),
    ],
)
def test_a_file_without_one_id_a_pixel_is_refused_by_name(saved, what, name, told):
    path = saved(what, name)
    with pytest.raises(Rejected, match=told) as caught:
        labels.read_ids(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_refused_by_name(tmp_path):
    for read in (labels.read_ids, labels.read_photo, labels.read_mask):
        with pytest.raises(Rejected, match="^/.*/none.png: unreadable: No such file or directory$"):
            read(f"{tmp_path}/none.png")


def test_what_has_too_many_pixels_is_refused_by_name(saved, monkeypatch):
    path = saved(GREY)
    monkeypatch.setattr(photos, "PIXEL_LIMIT", 5)
    for read in (labels.read_ids, labels.read_photo, labels.read_mask):
        with pytest.raises(Rejected, match="a.png: height 2, width 3: limit 5 pixels"):
            read(path)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_a_mask_is_where_a_picture_is_not_black(saved, mode):
    image = Image.new("RGB", (4, 2))
    image.putpixel((3, 1), (255, 255, 255))
    mask = labels.read_mask(saved(image.convert(mode)))
    assert mask.dtype == bool
    assert mask.tolist() == [[False] * 4, [False] * 3 + [True]]


def test_any_colour_is_not_black(saved):
    colours = np.zeros([1, 4, 3], np.uint8)
    colours[0, 1:] = np.eye(3, dtype=np.uint8)
    assert labels.read_mask(saved(colours)).tolist() == [[False, True, True, True]]


RED = Image.fromarray(np.arange(36, dtype=np.uint8).reshape(3, 4, 3))


def turned_to_the_right():
    exif = Image.Exif()
    exif[0x0112] = 6
    return {"exif": exif}


@pytest.mark.parametrize("name, how", [("a.png", {}), ("a.jpg", {"quality": 80})])
def test_the_bytes_of_a_plain_photo_are_kept(saved, name, how):
    path = saved(RED, name, **how)
    photo = labels.read_photo(path)
    assert photo.size == (3, 4)
    assert photo.scaled((3, 4)) == pathlib.Path(path).read_bytes()


@pytest.mark.parametrize(
    "image, name, how",
    [
        (RED, "a.bmp", {}),
        (RED.convert("RGBA"), "a.png", {}),
        (RED.transpose(Image.Transpose.ROTATE_90), "a.png", turned_to_the_right()),
    ],
)
def test_other_photos_become_upright_pixels(saved, image, name, how):
    photo = labels.read_photo(saved(image, name, **how))
    assert photo.size == (3, 4)
    np.testing.assert_array_equal(photo.scaled((3, 4)), np.asarray(RED))


def test_a_photo_is_scaled_without_aliasing(saved):
    stripes = np.zeros([64, 64, 3], np.uint8)
    stripes[:, ::2] = 200
    scaled = labels.read_photo(saved(stripes)).scaled((16, 8))
    assert scaled.shape == (16, 8, 3)
    assert np.abs(scaled[:, 1:-1].astype(int) - 100).max() <= 1  # the mean of black and 200


@pytest.mark.parametrize(
    "spoil", [lambda c: c[: len(c) // 2], lambda c: b"", lambda c: b"a letter"]
)
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_damaged_photo_is_refused_by_name(saved, photo, spoil, name):
    content = pathlib.Path(saved(photo, name)).read_bytes()
    path = saved(spoil(content), f"b{name}")
    with pytest.raises(Rejected, match=f"^{path}: (unreadable|not an image)"):
        labels.read_photo(path)


@pytest.mark.parametrize("size", [(2, 3), (5, 4), (7, 9), (14, 3), (1, 1)])
@pytest.mark.parametrize("type", [np.uint8, np.int32])
def test_nearest_takes_the_id_at_each_pixels_centre(size, type):
    ids = np.random.default_rng(0).integers(0, 250, (7, 9)).astype(type)
    rows, columns = ((np.arange(n) * 2 + 1) * m // (2 * n) for n, m in zip(size, ids.shape))
    scaled = labels.nearest(ids, size)
    np.testing.assert_array_equal(scaled, ids[rows][:, columns])
    assert scaled.dtype == type


def test_nearest_keeps_every_number_of_32_bits():
    ids = np.array([[-(2**31), 2**31 - 1, -1, 16777217]], np.int32)
    assert labels.nearest(ids, (2, 4)).tolist() == ids.tolist() * 2


class OnePair:
    """A source of one sample; `broken` has something to say instead."""

    splits = ("train",)

    def __init__(self, path):
        rng = np.random.default_rng(0)
        photo = labels.read_photo(path)
        ids = rng.integers(0, 5, photo.size).astype(np.uint8)
        self.given = labels.Sample("train", "a.jpg", photo, ids, ids.astype(np.int32) * 1000)

    def sample(self, item):
        if item == '["broken", 1, 2]':
            raise Rejected("b.png: broken")
        return self.given


@pytest.mark.parametrize("size", [None, (2, 2), (9, 5)])
def test_a_sample_becomes_a_record_and_its_ids_are_counted(saved, size):
    source = OnePair(saved(RED))
    outcome = labels.Labels(source, size).process('["a.jpg", "a.png", null]')
    ((stem, content),) = outcome.records
    record = label_schema.decode(content)
    size = size or (3, 4)
    assert (stem, record.source) == ("labels-train", "a.jpg")
    assert record.image.shape == (*size, 3)
    np.testing.assert_array_equal(record.label, labels.nearest(source.given.label, size))
    np.testing.assert_array_equal(record.instance, record.label.astype(int) * 1000)
    ids, counts = np.unique(record.label, return_counts=True)
    wanted = {f"id {number}": count for number, count in zip(ids.tolist(), counts.tolist())}
    assert outcome.tally == {**wanted, f"size {size[0]}x{size[1]}": 1}


def test_a_mistake_is_told_and_a_file_without_counterpart_is_none(saved):
    task = labels.Labels(OnePair(saved(RED)))
    alone = labels.left_out("x/a.png", "no photo")
    assert task.problem('["a.jpg", "a.png", null]') is None
    assert task.problem('["broken", 1, 2]') == "b.png: broken"
    assert task.problem(alone) is None
    with pytest.raises(Rejected, match="^no photo$"):
        task.process(alone)


def test_an_item_tells_its_file_and_whether_it_was_left_out():
    alone = labels.left_out("x/ä\udcff.png", "no photo")
    assert labels.name_of(alone) == "x/ä\udcff.png"
    assert labels.unpaired(alone) == ("x/ä\udcff.png", "no photo")
    assert labels.name_of('["a.jpg", "train", ["skin"]]') == "a.jpg"
    assert labels.unpaired('["a.jpg", "train", ["skin"]]') is None


def test_the_helper_of_these_tests_writes_png_files(saved):
    with Image.open(io.BytesIO(png(8, 2, [bytes(range(6))]))) as image:
        np.testing.assert_array_equal(np.asarray(image), [[[0, 1, 2], [3, 4, 5]]])
