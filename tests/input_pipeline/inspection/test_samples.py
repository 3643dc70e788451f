import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import schema
from input_pipeline.inspection import inventory, samples
from input_pipeline.label_maps import schema as label_schema


@pytest.mark.parametrize(
    "there, wanted, taken",
    [
        ([9, 9, 9], 3, [1, 1, 1]),
        ([9, 9, 9], 5, [2, 2, 1]),
        ([1, 9, 0], 6, [1, 5, 0]),
        ([2, 1], 48, [2, 1]),
        ([5, 5, 5], 2, [1, 1, 0]),
        ([], 4, []),
    ],
)
def test_samples_are_spread_over_files_as_evenly_as_these_allow(there, wanted, taken):
    assert samples.spread(there, wanted) == taken


def test_borders_are_where_a_neighbour_has_another_number():
    instance = np.random.default_rng(0).integers(0, 3, (9, 13)).astype(np.int32) * 1000
    wanted = np.zeros((9, 13), bool)
    for y in range(9):
        for x in range(13):
            neighbours = [instance[b, a] for b, a in ((y + 1, x), (y, x + 1)) if b < 9 and a < 13]
            wanted[y, x] = any(number != instance[y, x] for number in neighbours)
    np.testing.assert_array_equal(samples.borders(instance), wanted)
    assert not samples.borders(np.full((4, 4), 5)).any()


def shown(folder, wanted=48):
    """Every picture of the samples, uint8 arrays, and the names below them."""
    data = inventory.take(str(folder))
    found = "".join(samples.sections(data, [data.part(name) for name in data.present], wanted))
    contents = re.findall(r'src="data:image/\w+;base64,([^"]+)"', found)
    images = [np.asarray(Image.open(io.BytesIO(base64.b64decode(text)))) for text in contents]
    return images, re.findall(r"<figcaption[^>]*>([^<]*)<", found)


def face(side, source="a/b.png"):
    """A record whose image brightens to the right and whose mask is its diagonal."""
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    image = np.broadcast_to(ramp[None, :, None], (side, side, 3))
    return schema.encode(image, np.eye(side), np.zeros((68, 2)), source)


def test_the_largest_faces_of_no_more_than_128_pixels_are_shown(tmp_path, write_records):
    for side in (8, 32, 256):
        write_records(tmp_path / f"celeba-r{side}.tfrecords", [face(side)])
    images, names = shown(tmp_path)
    assert [image.shape for image in images] == [(32, 32, 3)] * 2
    assert names == ["b.png"]
    ramp = np.linspace(0, 255, 32).astype(np.uint8)
    np.testing.assert_array_equal(images[0], np.broadcast_to(ramp[None, :, None], (32, 32, 3)))
    lines = np.eye(32, dtype=bool)
    assert (images[1][lines] == 255).all()
    assert (images[1][~lines] <= 0.5 * images[0][~lines]).all()


def test_a_resolution_without_records_is_not_shown(tmp_path, write_records):
    write_records(tmp_path / "celeba-r8.tfrecords", [face(8)])
    write_records(tmp_path / "celeba-r64.tfrecords", [])
    assert [image.shape for image in shown(tmp_path)[0]] == [(8, 8, 3)] * 2


def test_larger_faces_are_shrunk_and_keep_their_lines(tmp_path, write_records):
    write_records(tmp_path / "celeba-r1024.tfrecords", [face(1024)])
    (image, drawing), _ = shown(tmp_path)
    assert image.shape == drawing.shape == (128, 128, 3)
    wanted = np.linspace(0, 255, 1024).reshape(128, 8).mean(axis=1)
    np.testing.assert_allclose(image[64, :, 0], wanted, atol=4)  # a JPEG
    assert drawing[np.eye(128, dtype=bool)].mean() > 240


def test_a_record_of_the_release_is_named_by_its_place(tmp_path, release_record, write_records):
    record = release_record(np.zeros((8, 8, 3), np.uint8), np.eye(8))
    write_records(tmp_path / "celeba-r8.tfrecords", [record] * 2)
    assert shown(tmp_path)[1] == [f"record {i} of celeba-r8.tfrecords" for i in range(2)]


def test_label_maps_are_shown_in_their_colours_with_the_borders_of_instances(
    tmp_path, write_records
):
    label = np.zeros((20, 30), np.uint8)
    label[5:15, 10:20] = 1
    instance = np.zeros((20, 30), np.int32)
    instance[5:15, 10:20] = 1000
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    records = [label_schema.encode(image, label, map, "x.png") for map in (instance, None)]
    write_records(tmp_path / "labels-train.tfrecords", records)
    images, names = shown(tmp_path)
    photo, painted, drawn, second_photo, second_painted = images
    np.testing.assert_array_equal(photo, image)
    np.testing.assert_array_equal(second_photo, image)
    np.testing.assert_array_equal(painted, np.array([[0, 0, 0], [128, 0, 0]])[label])
    np.testing.assert_array_equal(second_painted, painted)
    assert (drawn == 255).all(axis=2).sum() == 39  # 10 each side, one corner is on two
    assert (drawn[10, [9, 19]] == 255).all()
    assert names == ["x.png", "x.png"]


def test_large_label_maps_are_shrunk_without_new_ids(tmp_path, write_records):
    label = np.random.default_rng(0).integers(0, 3, (300, 600), np.uint8)
    image = np.zeros((300, 600, 3), np.uint8)
    record = label_schema.encode(image, label, None, "x.png")
    write_records(tmp_path / "labels-train.tfrecords", [record])
    photo, painted = shown(tmp_path)[0]
    assert photo.shape == painted.shape == (100, 200, 3)
    colours = {tuple(colour) for colour in painted.reshape(-1, 3).tolist()}
    assert colours == {(0, 0, 0), (128, 0, 0), (0, 128, 0)}
