import io
import os
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline import tfrecords
from input_pipeline.label_maps import schema as label_schema

INT32 = np.iinfo(np.int32)


def file_of(pixels, format, **how):
    """The bytes of an image file, by Pillow."""
    file = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(file, format, **how)
    return file.getvalue()


def drawn(height, width, seed=0):
    """Image [H, W, 3], label [H, W] and instance [H, W] of random numbers in their full range."""
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 256, (height, width, 3), np.uint8),
        rng.integers(0, 256, (height, width), np.uint8),
        rng.integers(INT32.min, INT32.max, (height, width), np.int32, endpoint=True),
    )


def features_of(record):
    feature = tf.train.Example.FromString(record).features.feature
    return {name: value.bytes_list.value[0] for name, value in feature.items()}


def pixels_of(content):
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_files_bytes_are_kept_as_they_are(format):
    image, label, _ = drawn(4, 6)
    content = file_of(image, format)
    found = features_of(label_schema.encode(content, label, None, "a/é.jpg"))
    assert sorted(found) == ["image", "label", "source"]
    assert found["image"] == content
    assert found["source"] == "a/é.jpg".encode()


def test_pixels_are_stored_without_loss():
    image, label, instance = drawn(5, 3)
    found = features_of(label_schema.encode(image, label, instance, "a.jpg"))
    np.testing.assert_array_equal(pixels_of(found["image"]), image)
    np.testing.assert_array_equal(pixels_of(found["label"]), label)


def test_an_instance_is_the_four_bytes_of_a_pixel_lowest_first():
    _, label, _ = drawn(1, 5)
    instance = np.array([[0, -1, INT32.min, INT32.max, 26001]], np.int32)
    found = features_of(label_schema.encode(np.zeros([1, 5, 3], np.uint8), label, instance, "a"))
    quads = pixels_of(found["instance"]).reshape(-1, 4).tolist()
    assert [struct.unpack("<i", bytes(quad))[0] for quad in quads] == instance[0].tolist()


@pytest.mark.parametrize("height, width", [(1, 1), (4, 4), (3, 7)])
def test_decoding_gives_back_what_was_encoded(height, width):
    image, label, instance = drawn(height, width)
    record = label_schema.decode(label_schema.encode(image, label, instance, "a.jpg"))
    np.testing.assert_array_equal(record.image, image)
    np.testing.assert_array_equal(record.label, label)
    np.testing.assert_array_equal(record.instance, instance)
    types = (record.image.dtype, record.label.dtype, record.instance.dtype)
    assert types == (np.uint8, np.uint8, np.int32)
    assert record.source == "a.jpg"


def test_an_instance_map_of_another_byte_order_is_the_same_to_the_record():
    image, label, instance = drawn(3, 4)
    swapped = instance.astype(">i4")
    records = [label_schema.encode(image, label, map, "a") for map in (instance, swapped)]
    assert records[0] == records[1]


def test_a_grey_photo_has_three_equal_channels():
    grey, label = np.arange(12, dtype=np.uint8).reshape(3, 4), np.zeros([3, 4], np.uint8)
    record = label_schema.decode(label_schema.encode(file_of(grey, "PNG"), label, None, "a"))
    np.testing.assert_array_equal(record.image, np.stack([grey] * 3, axis=2))
    assert record.instance is None


def test_a_photos_name_that_is_no_text_keeps_its_bytes():
    image, label, _ = drawn(2, 2)
    name = os.fsdecode(b"\xff.jpg")
    record = label_schema.encode(image, label, None, name)
    assert features_of(record)["source"] == b"\xff.jpg"
    assert label_schema.decode(record).source == name


def test_the_files_of_a_split_are_named_after_it():
    assert label_schema.file_stem("validation") == "labels-validation"


def example(**features):
    record = tf.train.Example()
    for name, value in features.items():
        record.features.feature[name].bytes_list.value.append(value)
    return record.SerializeToString()


IMAGE, LABEL, INSTANCE = (file_of(np.zeros([2, 3, *more], np.uint8), "PNG")
                          for more in ([3], [], [4]))  # fmt: skip
SMALL = file_of(np.zeros([2, 2], np.uint8), "PNG")


@pytest.mark.parametrize(
    "foreign, told",
    [
        (b"some text", "not a tf.train.Example"),
        (b"", "no image"),
        (example(label=LABEL), "no image"),
        (example(image=IMAGE), "no label"),
        (example(image=b"", label=LABEL), "its image cannot be decoded"),
        (example(image=IMAGE[:-30], label=LABEL), "its image cannot be decoded"),
        (example(image=IMAGE, label=LABEL[:-30]), "its label cannot be decoded"),
        (example(image=IMAGE, label=LABEL[:-1]), "its label cannot be decoded: it ends too early"),
        (example(image=file_of(drawn(2, 3)[0], "WEBP"), label=LABEL), "its image cannot"),
        (example(image=IMAGE, label=file_of(drawn(2, 3)[1], "JPEG")), "its label cannot"),
        (example(image=IMAGE, label=INSTANCE), "its label is RGBA; wanted L or RGB"),
        (example(image=INSTANCE, label=LABEL), "its image is RGBA; wanted RGB or L"),
        (example(image=IMAGE, label=LABEL, instance=LABEL), "its instance is L; wanted RGBA"),
        (example(image=IMAGE, label=LABEL, instance=b"x"), "its instance cannot be decoded"),
        (example(image=IMAGE, label=SMALL), r"sizes differ: \(2, 3\) and \(2, 2\)"),
        (example(image=SMALL, label=SMALL, instance=INSTANCE), "sizes differ"),
    ],
)
def test_what_is_no_such_record_is_told(foreign, told):
    with pytest.raises(tfrecords.Damaged, match=told):
        label_schema.decode(foreign)


def test_the_parts_of_those_records_make_one_that_is_decoded():
    record = label_schema.decode(example(image=IMAGE, label=LABEL, instance=INSTANCE))
    assert (record.image.shape, record.label.shape, record.instance.shape, record.source) == (
        (2, 3, 3),
        (2, 3),
        (2, 3),
        "",
    )


def test_numbers_where_bytes_belong_are_told():
    record = tf.train.Example()
    record.features.feature["image"].int64_list.value.append(3)
    with pytest.raises(tfrecords.Damaged, match="no image"):
        label_schema.decode(record.SerializeToString())


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


RGB = Image.new("RGB", (4, 3), "red")


@pytest.mark.parametrize(
    "content, plain",
    [
        (file_of(RGB, "PNG"), True),
        (file_of(RGB.convert("L"), "PNG"), True),
        (file_of(RGB, "JPEG"), True),
        (file_of(RGB, "JPEG", progressive=True), True),
        (file_of(RGB.convert("L"), "JPEG"), True),
        (file_of(RGB.convert("CMYK"), "JPEG"), False),
        (file_of(RGB, "JPEG", exif=turned()), False),
        (file_of(RGB, "PNG", exif=turned()), False),
        (file_of(RGB, "PNG", transparency=(1, 2, 3)), False),
        (file_of(RGB, "PNG", save_all=True, append_images=[Image.new("RGB", (4, 3))]), False),
        (file_of(RGB.convert("P"), "PNG"), False),
        (file_of(RGB.convert("RGBA"), "PNG"), False),
        (file_of(RGB.convert("LA"), "PNG"), False),
        (file_of(RGB.convert("1"), "PNG"), False),
        (file_of(Image.new("I;16", (4, 3)), "PNG"), False),
        (tf.io.encode_png(np.zeros([3, 4, 3], np.uint16)).numpy(), False),
        (file_of(RGB, "PNG")[:-1], False),
        (file_of(RGB, "PNG") + b"more", True),
        (file_of(RGB, "WEBP"), False),
        (file_of(RGB, "BMP"), False),
    ],
)
def test_only_upright_jpegs_and_pngs_of_8_bits_are_plain(content, plain):
    with Image.open(io.BytesIO(content)) as image:
        assert label_schema.is_plain(image, content) is plain


@pytest.mark.parametrize(
    "mode, header", [("1", (1, 0)), ("L", (8, 0)), ("I;16", (16, 0)), ("RGB", (8, 2))]
)
def test_a_png_files_header_tells_bits_and_colour_type(mode, header):
    assert label_schema.png_header(file_of(Image.new(mode, (2, 2)), "PNG")) == header
