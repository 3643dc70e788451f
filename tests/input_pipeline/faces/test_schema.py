import os

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import tfrecords
from input_pipeline.faces import schema
from interface.command_line import UserError


def random_record(height, width, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    return image, rng.random((height, width)) < 0.3, rng.normal(size=(68, 2)) * 9


def encoded(height=4, width=4, source="a.jpg"):
    image, mask, points = random_record(height, width)
    return schema.encode(image, mask, points, source)


@pytest.mark.parametrize("height, width", [(4, 4), (3, 5)])
def test_the_releases_reading_rules_give_the_encoded_image_and_mask(height, width):
    image, mask, points = random_record(height, width)
    record = schema.encode(image, mask, points, "a.jpg")
    parsed = tf.io.parse_single_example(
        record,
        {
            "shape": tf.io.FixedLenFeature([3], tf.int64),
            "data": tf.io.FixedLenFeature([], tf.string),
            "mask": tf.io.FixedLenFeature([], tf.string),
        },
    )
    shape = parsed["shape"].numpy().tolist()
    assert shape == [3, height, width]
    planes = np.frombuffer(parsed["data"].numpy(), np.uint8).reshape(shape)
    np.testing.assert_array_equal(planes.transpose(1, 2, 0), image)
    drawn = np.frombuffer(parsed["mask"].numpy(), np.uint8).reshape(shape[1:]) > 0
    np.testing.assert_array_equal(drawn, mask)


def test_a_record_also_tells_landmarks_and_source():
    image, mask, points = random_record(4, 4)
    record = schema.encode(image, mask, points, "sub/é.jpg")
    feature = tf.train.Example.FromString(record).features.feature
    np.testing.assert_array_equal(
        np.array(feature["landmarks"].float_list.value, np.float32),
        np.array([value for point in points for value in point], np.float32),
    )
    assert feature["source"].bytes_list.value[0] == "sub/é.jpg".encode()
    assert sorted(feature) == ["data", "landmarks", "mask", "shape", "source"]


def test_a_photos_name_that_is_no_text_keeps_its_bytes():
    record = encoded(source=os.fsdecode(b"\xff\xfe.jpg"))
    feature = tf.train.Example.FromString(record).features.feature
    assert feature["source"].bytes_list.value[0] == b"\xff\xfe.jpg"


def test_any_mask_value_but_zero_is_encoded_as_drawn():
    image, _, points = random_record(2, 2)
    record = schema.encode(image, np.array([[0, 1], [7, 255]], np.uint8), points, "a.jpg")
    mask = tf.train.Example.FromString(record).features.feature["mask"].bytes_list.value[0]
    assert [value > 0 for value in mask] == [False, True, True, True]


def test_decoding_gives_back_what_was_encoded():
    image, mask, points = random_record(6, 5)
    record = schema.decode(schema.encode(image, mask, points, os.fsdecode(b"\xff.jpg")))
    assert (record.image.dtype, record.mask.dtype) == (np.uint8, bool)
    np.testing.assert_array_equal(record.image, image)
    np.testing.assert_array_equal(record.mask, mask)
    np.testing.assert_array_equal(record.landmarks, points.astype(np.float32))
    assert os.fsencode(record.source) == b"\xff.jpg"


def test_records_of_the_release_without_landmarks_and_source_are_decoded(release_record):
    image, _, _ = random_record(4, 4)
    mask = np.arange(16, dtype=np.uint8).reshape(4, 4)  # 0, then many non-zero values
    record = schema.decode(release_record(image, mask))
    np.testing.assert_array_equal(record.image, image)
    assert record.mask.ravel().tolist() == [False] + [True] * 15
    assert (record.landmarks, record.source) == (None, "")


def test_files_are_named_as_the_release_and_the_shards_are():
    assert schema.file_stem(1024) + ".tfrecords" == "celeba-r1024.tfrecords"
    assert schema.shard_name(64, 3, 16) == "celeba-r64-00003-of-00016.tfrecords"


def example(**features):
    record = tf.train.Example()
    for name, value in features.items():
        feature = record.features.feature[name]
        lists = {bytes: feature.bytes_list, int: feature.int64_list, float: feature.float_list}
        lists[type(value[0])].value.extend(value)
    return record.SerializeToString()


WHOLE = {"shape": [3, 2, 2], "data": [bytes(12)], "mask": [bytes(4)]}


@pytest.mark.parametrize(
    "foreign, told",
    [
        (b"some text that is no record", "not a tf.train.Example"),
        (np.random.default_rng(1).bytes(500), "not a tf.train.Example"),
        (encoded()[:-3], "not a tf.train.Example"),
        (b"", "not a record of an image"),
        (example(image=[b"jpeg"], label=[3]), "not a record of an image"),
        *(
            (example(**{name: WHOLE[name] for name in WHOLE if name != lost}), "not a record of")
            for lost in WHOLE
        ),
        *(
            (example(**{**WHOLE, **wrong}), "not a record of an image")
            for wrong in (
                {"shape": [2, 2]},
                {"shape": [4, 2, 2]},
                {"shape": [3, 2, 3]},
                {"shape": [3, -2, -2]},
                {"shape": [3, 0, 0], "data": [b""], "mask": [b""]},
                {"data": [bytes(11)]},
                {"mask": [bytes(5)]},
            )
        ),
        (example(**{**WHOLE, "shape": [b"3", b"2", b"2"]}), "its shape is of bytes"),
        (example(**{**WHOLE, "shape": [3.0, 2.0, 2.0]}), "its shape is of float32"),
        (example(**{**WHOLE, "data": [0] * 12}), "its data is of int64"),
        (example(**{**WHOLE, "mask": [0.0] * 4}), "its mask is of float32"),
        (example(**WHOLE, source=[7]), "its source is of int64"),
        (example(**WHOLE, landmarks=[bytes(136)]), "its landmarks is of bytes"),
        (example(**WHOLE, landmarks=[1.0] * 135), "its landmarks are not 68 points"),
        (example(**WHOLE, landmarks=[float("nan")] * 136), "its landmarks are not 68 points"),
    ],
)
def test_bytes_that_are_no_record_are_told_apart(foreign, told):
    with pytest.raises(tfrecords.Damaged, match=told):
        schema.decode(foreign)


def test_a_record_of_the_same_helper_without_a_defect_is_decoded():
    record = schema.decode(example(**WHOLE, landmarks=[1.0] * 136, source=[b"a"]))
    assert (record.image.shape, record.mask.shape) == ((2, 2, 3), (2, 2))
    assert (record.landmarks.shape, record.source) == ((68, 2), "a")


@pytest.mark.parametrize(
    "name, stem, resolution",
    [
        ("celeba-r64-00003-of-00016.tfrecords", "celeba-r64", 64),
        ("celeba-r1024.tfrecords", "celeba-r1024", 1024),
        ("my_faces-r8-r16-00000-of-00001.tfrecords", "my_faces-r8-r16", 16),
        ("labels-r8.tfrecords", "labels-r8", 8),
        ("labels-train-00000-of-00001.tfrecords", "labels-train", None),
        ("celeba-rx.tfrecords", "celeba-rx", None),
        ("celeba-r.tfrecords", "celeba-r", None),
        ("-r8.tfrecords", "-r8", None),
        ("other-00000-of-00001.tfrecords", "other", None),
    ],
)
def test_names_tell_what_a_file_holds(name, stem, resolution):
    assert tfrecords.stem(name) == stem
    assert schema.resolution(name) == schema.resolution(stem) == resolution


def test_a_files_name_is_made_of_the_data_sets_the_resolution_and_the_shard():
    assert schema.shard_name(64, 3, 16) == "celeba-r64-00003-of-00016.tfrecords"
    assert schema.shard_name(8, 0, 1, "a-b") == "a-b-r8-00000-of-00001.tfrecords"


def test_of_a_folders_files_those_of_a_resolution_are_one_data_sets():
    names = [schema.shard_name(side, shard, 2, "x") for shard in (1, 0) for side in (8, 16)]
    assert schema.files_of(8, [*names, "x-r8.txt"]) == [names[2], names[0]]
    assert schema.files_of(32, names) == []
    with pytest.raises(UserError, match="^celeba-r8 and x-r8: records of two data sets"):
        schema.files_of(8, [*names, "celeba-r8.tfrecords"])
