"""Label maps as people draw and save them."""

import io

import numpy as np
import pytest
from PIL import Image

from input_pipeline.label_maps.label_sets import Label, LabelSet
from interface import pictures
from interface.command_line import UserError
from serving.about import About
from serving.asked import labels
from tests.serving.label_models import CLASSES, DISC, PALETTE

ABOUT = About("rivers", "labels", classes=CLASSES)
DISCS = About("discs", "labels", multiple_of=4, classes=DISC)
IDS = np.random.default_rng(0).integers(0, 3, (8, 12)).astype(np.uint8)


def saved(image, format="PNG", **options):
    content = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(
        content, format, **options
    )
    return content.getvalue()


def reordered():
    """A palette as a drawing program may leave it: the classes' colours, in another order."""
    image = Image.fromarray((2 - IDS).astype(np.uint8), "P")
    image.putpalette(PALETTE[::-1].ravel().tolist())
    return image


def other_palette():
    """Ids, shown in colours of somebody else's."""
    image = Image.fromarray(IDS, "P")
    image.putpalette([9, 9, 9, 99, 99, 99, 199, 199, 199])
    return image


@pytest.mark.parametrize(
    "content",
    [
        saved(IDS),
        saved(IDS.astype(np.uint16)),
        pictures.palette_png(IDS, CLASSES.colours),
        saved(PALETTE[IDS]),
        saved(np.dstack([PALETTE[IDS], np.full_like(IDS, 255)])),
        saved(reordered()),
        saved(other_palette()),
        saved(PALETTE[IDS], "BMP"),
        saved(PALETTE[IDS], "WEBP", lossless=True),
    ],
    ids=["grey", "16-bit", "palette", "colours", "opaque", "reordered", "other", "bmp", "webp"],
)
def test_ids_and_colours_say_the_same(content):
    ids = labels.of_content(content, "labels", ABOUT)
    assert ids.dtype == np.uint8
    np.testing.assert_array_equal(ids, IDS)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_white_on_black_will_do_for_one_thing(mode):
    drawn = Image.fromarray(np.array([[0, 255] * 2] * 4, np.uint8)).convert(mode)
    ids = labels.of_content(saved(drawn), "labels", DISCS)
    np.testing.assert_array_equal(ids, [[0, 1] * 2] * 4)


def test_a_file_is_read(tmp_path):
    (tmp_path / "map.png").write_bytes(saved(IDS))
    np.testing.assert_array_equal(labels.from_file(str(tmp_path / "map.png"), ABOUT), IDS)
    with pytest.raises(UserError, match="--label nowhere.png: No such file"):
        labels.from_file("nowhere.png", ABOUT)


SEEN_THROUGH = np.dstack([PALETTE[IDS], np.full_like(IDS, 9)])
STRANGE = PALETTE[IDS].copy()
STRANGE[0, :5] = [[255, 0, number] for number in range(5)]


@pytest.mark.parametrize(
    "content, about, told",
    [
        (saved(IDS + 2), ABOUT, "id 3, 4; wanted 0 to 2: sky, left bank, right bank"),
        (saved(STRANGE), ABOUT, "colour #ff0000, #ff0001, #ff0002 and 2 more; wanted ids, or col"),
        (saved(STRANGE), ABOUT, "sky #0a141e, left bank #6e141e"),
        (saved(SEEN_THROUGH), ABOUT, "has transparent pixels; wanted a class everywhere"),
        (saved(PALETTE[IDS], "JPEG"), ABOUT, "a JPEG, which changes ids; wanted a PNG"),
        (b"no picture", ABOUT, "not an image"),
        (
            saved(np.random.default_rng(0).integers(0, 3, (99, 99)).astype(np.uint8))[:-400],
            ABOUT,
            "unreadable: ",
        ),
        (
            saved(IDS),
            About("x", "labels", size=(8, 8), classes=CLASSES),
            "8x12 pixels; wanted 8x8",
        ),
        (saved(IDS[:, :9] % 2), DISCS, "8x9 pixels; wanted multiples of 4, as 8x8"),
        (saved(np.full([4, 4], 255, np.uint8)), ABOUT, "id 255; wanted 0 to 2"),
    ],
)
def test_what_is_no_label_map_of_the_model_is_told_in_a_line(content, about, told):
    with pytest.raises(UserError) as caught:
        labels.of_content(content, "labels", about)
    assert str(caught.value).startswith("labels: ")
    assert told in str(caught.value)


def test_large_ones_are_refused_before_they_are_unpacked():
    with pytest.raises(UserError, match="height 8, width 12: limit 95 pixels"):
        labels.of_content(saved(IDS), "labels", ABOUT, limit=95)


def test_of_equal_colours_the_first_class_wins_unless_numbers_tell():
    alike = LabelSet(
        tuple(Label(name, (9, 9, 9 * (name == "c")), i) for i, name in enumerate("abc"))
    )
    about = About("rivers", "labels", classes=alike)
    ids = labels.of_content(saved(alike.colours[IDS].astype(np.uint8)), "labels", about)
    np.testing.assert_array_equal(ids, np.where(IDS == 1, 0, IDS))
    ids = labels.of_content(pictures.palette_png(IDS, alike.colours), "labels", about)
    np.testing.assert_array_equal(ids, IDS)


NUMBERS = np.random.default_rng(1).integers(0, 2**15, (8, 12))


@pytest.mark.parametrize(
    "content, ids",
    [
        (saved(NUMBERS.astype(np.uint8)), NUMBERS % 256),
        (saved(NUMBERS.astype(np.uint16)), NUMBERS),
        (saved(NUMBERS.astype(np.int32) * 9999, "TIFF"), NUMBERS * 9999),
        (saved(NUMBERS % 2 > 0), NUMBERS % 2),
        (pictures.palette_png(IDS, CLASSES.colours), IDS),
    ],
    ids=["8-bit", "16-bit", "32-bit", "1-bit", "palette"],
)
def test_instances_are_ids_of_any_width(content, ids):
    found = labels.instances_of_content(content, "instances", IDS)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, ids)


@pytest.mark.parametrize(
    "content, told",
    [
        (saved(PALETTE[IDS]), "instances: RGB pixels; wanted one id a pixel: a grey PNG"),
        (saved(IDS.astype(np.float32), "TIFF"), "instances: F pixels; wanted one id a pixel"),
        (saved(IDS[:4]), "instances: 4x12 pixels; wanted its label map's 8x12"),
        (saved(IDS, "JPEG"), "instances: a JPEG, which changes ids; wanted a PNG"),
        (b"no picture", "instances: not an image"),
    ],
)
def test_what_is_no_map_of_instances_is_told_in_a_line(content, told):
    with pytest.raises(UserError) as caught:
        labels.instances_of_content(content, "instances", IDS)
    assert str(caught.value).startswith(told)
    with pytest.raises(UserError, match="instances: height 8, width 12: limit 95 pixels"):
        labels.instances_of_content(saved(IDS), "instances", IDS, limit=95)


def test_a_file_of_instances_is_read(tmp_path):
    (tmp_path / "ids.png").write_bytes(saved(IDS + 7))
    found = labels.instances_of_file(str(tmp_path / "ids.png"), IDS)
    np.testing.assert_array_equal(found, IDS + 7)
    with pytest.raises(UserError, match="--instance nowhere.png: No such file"):
        labels.instances_of_file("nowhere.png", IDS)


def test_a_painter_without_classes_takes_any_picture():
    about = About("pix2pixhd", "labels", classes=LabelSet(()), multiple_of=2, style="none")
    pixels = np.random.default_rng(0).integers(0, 256, [4, 6, 3]).astype(np.uint8)
    content = saved(Image.fromarray(pixels))
    np.testing.assert_array_equal(labels.of_content(content, "labels", about), pixels)
    with pytest.raises(UserError, match="labels: 3x6 pixels; wanted multiples of 2"):
        labels.of_content(saved(Image.fromarray(pixels[:3])), "labels", about)
    with pytest.raises(UserError, match="labels: too large: 6x4, limit 23 pixels"):
        labels.of_content(content, "labels", about, limit=23)
