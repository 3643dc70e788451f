import dataclasses
import io
import json
import uuid

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.label_maps import labels
from input_pipeline.photos import Rejected
from input_pipeline.sources import label_maps
from interface.command_line import UserError

IDS = np.array([[0, 1], [2, 3], [4, 5]], np.uint8)


def save(path, pixels, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels)).save(path, **how)


def photo(path, height=3, width=2):
    save(path, np.full([height, width, 3], 100, np.uint8))


def pairs(folder, *names):
    for name in names:
        photo(folder / "images" / f"{name}.jpg")
        save(folder / "labels" / f"{name}.png", IDS)


def source(folder, label_count=6, instances=None):
    images, maps = str(folder / "images"), str(folder / "labels")
    return label_maps.LabelMaps(images, maps, label_count, instances and str(instances))


def matched(items):
    return [json.loads(item) for item in items if labels.unpaired(item) is None]


def alone(items):
    return dict(labels.unpaired(item) for item in items if labels.unpaired(item))


def test_files_are_matched_by_name_not_by_order(tmp_path):
    pairs(tmp_path, "b", "d", "sub/a")
    photo(tmp_path / "images" / "a.png")
    save(tmp_path / "labels" / "c.png", IDS)
    save(tmp_path / "labels" / "e.PNG", IDS)
    items = source(tmp_path).items()
    assert matched(items) == [
        ["b.jpg", "b.png", None],
        ["d.jpg", "d.png", None],
        ["sub/a.jpg", "sub/a.png", None],
    ]
    assert alone(items) == {
        "a.png": "nothing of its name in --labels",
        "c.png": "nothing of its name in --images",
        "e.PNG": "nothing of its name in --images",
    }


def test_a_pair_without_its_instance_map_is_left_out(tmp_path):
    pairs(tmp_path, "a", "b")
    save(tmp_path / "instances" / "a.png", IDS)
    save(tmp_path / "instances" / "c.png", IDS)
    items = source(tmp_path, instances=tmp_path / "instances").items()
    assert matched(items) == [["a.jpg", "a.png", "a.png"]]
    assert alone(items) == {
        "b.jpg": "nothing of its name in --instances",
        "b.png": "nothing of its name in --instances",
        "c.png": "nothing of its name in --images or --labels",
    }


def test_cityscapes_is_read_as_it_is_distributed(tmp_path):
    start = "train/aachen/aachen_000000_000019"
    photo(tmp_path / "images" / f"{start}_leftImg8bit.png")
    for kind in ("labelIds", "instanceIds", "color"):
        save(tmp_path / "labels" / f"{start}_gtFine_{kind}.png", IDS)
    (tmp_path / "labels" / f"{start}_gtFine_polygons.json").write_text("{}")
    items = source(tmp_path, instances=tmp_path / "labels").items()
    assert [json.loads(item) for item in items] == [
        [
            f"{start}_leftImg8bit.png",
            f"{start}_gtFine_labelIds.png",
            f"{start}_gtFine_instanceIds.png",
        ]
    ]


@pytest.mark.parametrize(
    "path, kind, name",
    [
        ("a/x.png", "labels", "a/x"),
        ("x.v2.JPG", "images", "x.v2"),
        ("x_leftImg8bit.png", "images", "x"),
        ("x_leftImg8bit.png", "labels", None),
        ("a/x_gtFine_labelIds.png", "labels", "a/x"),
        ("x_gtCoarse_labelTrainIds.png", "labels", "x"),
        ("x_gtFine_instanceIds.png", "instances", "x"),
        ("x_gtFine_instanceTrainIds.png", "instances", "x"),
        ("x_gtFine_instanceIds.png", "labels", None),
        ("x_gtFine_labelIds.png", "instances", None),
        ("x_gtFine_labelIds.png", "images", None),
        ("x_gtFine_color.png", "labels", None),
        ("x.txt", "labels", None),
        ("x", "images", None),
    ],
)
def test_endings_and_suffixes_of_cityscapes_do_not_count(path, kind, name):
    assert label_maps.name_of(path, kind) == name


def test_two_files_of_one_name_are_refused(tmp_path):
    pairs(tmp_path, "sub/a")
    save(tmp_path / "labels" / "sub" / "a.bmp", IDS)
    with pytest.raises(UserError, match=r"--labels /.*: sub/a.bmp and sub/a.png have one name; "):
        source(tmp_path).items()


def test_label_ids_and_train_ids_side_by_side_are_refused(tmp_path):
    photo(tmp_path / "images" / "x_leftImg8bit.png")
    for kind in ("labelIds", "labelTrainIds"):
        save(tmp_path / "labels" / f"x_gtFine_{kind}.png", IDS)
    with pytest.raises(UserError, match="x_gtFine_labelIds.png and x_gtFine_labelTrainIds.png"):
        source(tmp_path).items()


def test_folders_without_a_common_name_are_refused_with_examples(tmp_path):
    photo(tmp_path / "images" / "a" / "x.jpg")
    save(tmp_path / "labels" / "x.png", IDS)
    with pytest.raises(UserError, match="found --images a/x.jpg; --labels x.png$"):
        source(tmp_path).items()


def test_missing_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(UserError, match="--images /.*/images: no such folder"):
        source(tmp_path).items()
    photo(tmp_path / "images" / "a.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").touch()
    with pytest.raises(
        UserError,
        match=r"--labels /.*/labels: none of its files is one of labels .*\(wanted .png, .jpg, ",
    ):
        source(tmp_path).items()
    with pytest.raises(UserError, match="--images /.*/a.jpg: not a folder"):
        label_maps.LabelMaps(str(tmp_path / "images" / "a.jpg"), str(tmp_path), 3).items()


def test_records_made_earlier_and_hidden_files_are_no_photos(tmp_path):
    pairs(tmp_path, "a", ".b")
    photo(tmp_path / "images" / "records" / "preview.png")
    (tmp_path / "images" / "records" / "dataset.json").write_text("{}")
    assert [json.loads(item) for item in source(tmp_path).items()] == [["a.jpg", "a.png", None]]


def test_folders_behind_urls_are_read():
    top = f"ram://{uuid.uuid4().hex}"
    made = tf.io.encode_png(IDS[..., None]).numpy()
    for folder in ("images", "labels"):
        tf.io.gfile.makedirs(f"{top}/{folder}/sub")
        with tf.io.gfile.GFile(f"{top}/{folder}/sub/a.png", "wb") as file:
            file.write(made)
    found = label_maps.LabelMaps(f"{top}/images", f"{top}/labels", 6)
    (item,) = found.items()
    sample = found.sample(item)
    np.testing.assert_array_equal(sample.label, IDS)
    assert (sample.source, sample.photo.content) == ("sub/a.png", made)


def test_a_sample_holds_what_the_files_hold(tmp_path):
    pairs(tmp_path, "a")
    numbers = IDS.astype(np.uint16) * 9000
    save(tmp_path / "instances" / "a.png", numbers)
    found = source(tmp_path, instances=tmp_path / "instances")
    (item,) = found.items()
    sample = found.sample(item)
    assert (sample.split, sample.source) == ("train", "a.jpg")
    assert sample.photo.content == (tmp_path / "images" / "a.jpg").read_bytes()
    np.testing.assert_array_equal(sample.label, IDS)
    np.testing.assert_array_equal(sample.instance, numbers)
    assert (sample.label.dtype, sample.instance.dtype) == (np.uint8, np.int32)


def reason(folder, label_count=6, instances=None):
    found = source(folder, label_count, instances)
    (item,) = matched(found.items())
    with pytest.raises(Rejected) as caught:
        found.sample(json.dumps(item))
    return str(caught.value)


@pytest.mark.parametrize("type", [np.uint8, np.uint16])
def test_an_id_out_of_range_is_told_with_its_place_and_the_limit(tmp_path, type):
    photo(tmp_path / "images" / "a.jpg")
    save(tmp_path / "labels" / "a.png", IDS.astype(type))
    assert reason(tmp_path, label_count=3) == (
        f"{tmp_path}/labels/a.png: id 3 at x 1, y 1; --label_count 3 allows 0 to 2"
    )


def test_a_negative_id_is_out_of_range(tmp_path):
    photo(tmp_path / "images" / "a.jpg")
    save(tmp_path / "labels" / "a.tif", np.array([[0, 0], [0, 0], [-7, 0]], np.int32))
    assert "a.tif: id -7 at x 0, y 2; --label_count 6 allows 0 to 5" in reason(tmp_path)


def test_the_largest_label_count_allows_every_byte(tmp_path):
    photo(tmp_path / "images" / "a.jpg")
    save(tmp_path / "labels" / "a.png", np.array([[0, 255]] * 3, np.uint8))
    found = source(tmp_path, label_count=256)
    assert found.sample(found.items()[0]).label.max() == 255


@pytest.mark.parametrize("wrong", ["labels", "instances"])
def test_a_map_of_another_size_is_told_with_both_sizes(tmp_path, wrong):
    for folder in ("labels", "instances"):
        save(tmp_path / folder / "a.png", IDS.T if folder == wrong else IDS)
    photo(tmp_path / "images" / "a.jpg")
    assert reason(tmp_path, instances=tmp_path / "instances") == (
        f"{tmp_path}/{wrong}/a.png: height 2, width 3; its photo {tmp_path}/images/a.jpg has "
        "height 3, width 2; make them alike, or say --scale"
    )


def test_a_map_fits_its_photo_as_it_is_seen_upright(tmp_path):
    save(tmp_path / "labels" / "a.png", IDS)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    save(tmp_path / "images" / "a.jpg", np.zeros([2, 3, 3], np.uint8), exif=exif)
    found = source(tmp_path)
    assert found.sample(found.items()[0]).photo.size == (3, 2)


@pytest.mark.parametrize("folder", ["images", "labels", "instances"])
def test_a_file_that_cannot_be_read_is_told(tmp_path, folder):
    pairs(tmp_path, "a")
    save(tmp_path / "instances" / "a.png", IDS)
    path = next((tmp_path / folder).iterdir())
    path.write_bytes(b"a letter")
    assert reason(tmp_path, instances=tmp_path / "instances") == f"{path}: not an image"


@pytest.mark.parametrize("folder", ["labels", "instances"])
def test_a_map_of_colours_is_refused(tmp_path, folder):
    pairs(tmp_path, "a")
    save(tmp_path / "instances" / "a.png", IDS)
    photo(tmp_path / folder / "a.png")
    told = reason(tmp_path, instances=tmp_path / "instances")
    assert told.startswith(f"{tmp_path}/{folder}/a.png: RGB pixels (3 channels)")


def test_label_maps_may_be_pictures_of_any_kind(tmp_path):
    photo(tmp_path / "images" / "a.jpg", *IDS.shape)
    drawn = np.random.default_rng(0).integers(0, 256, [*IDS.shape, 3]).astype(np.uint8)
    save(tmp_path / "labels" / "a.png", drawn)
    found = source(tmp_path, label_count=0)
    (item,) = found.items()
    np.testing.assert_array_equal(found.sample(item).label, drawn)
    save(tmp_path / "labels" / "a.png", drawn[:-1])
    assert "labels/a.png: height 2" in reason(tmp_path, label_count=0)
    (tmp_path / "labels" / "a.png").write_bytes(b"none")
    assert reason(tmp_path, label_count=0) == f"{tmp_path}/labels/a.png: not an image"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_maps_of_stored_pixels_are_turned_as_their_photos(tmp_path, orientation):
    """The photo shows each pixel's id and instance, so they must go on lying on each other."""
    stored = np.arange(24).reshape(6, 4)
    exif = Image.Exif()
    exif[0x0112] = orientation
    folders = {kind: str(tmp_path / kind) for kind in ("images", "labels", "instances")}
    save(tmp_path / "images" / "a.png", np.stack([stored * 10] * 3, 2).astype(np.uint8), exif=exif)
    save(tmp_path / "labels" / "a.png", stored.astype(np.uint8))
    save(tmp_path / "instances" / "a.png", (stored * 1000).astype(np.uint16))
    given = dataclasses.asdict(source(tmp_path, 24)) | folders
    maps = label_maps.LabelMaps(**{**given, "turn": True})
    sample = maps.sample(maps.items()[0])
    shown = sample.photo.scaled(sample.label.shape)
    if isinstance(shown, bytes):
        shown = np.asarray(Image.open(io.BytesIO(shown)))
    np.testing.assert_array_equal(shown[..., 0], sample.label * 10)
    np.testing.assert_array_equal(sample.instance, sample.label * 1000)
    if orientation in (5, 6, 7, 8):
        with pytest.raises(Rejected, match="upright as its EXIF says; --turn_labels takes"):
            label_maps.LabelMaps(**given).sample(maps.items()[0])
