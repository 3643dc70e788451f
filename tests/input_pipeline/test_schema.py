import os

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import schema


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


def test_decoding_gives_back_what_was_encoded_for_a_whole_batch():
    made = [random_record(6, 6, seed) for seed in range(3)]
    records = [schema.encode(*record, "a.jpg") for record in made]
    pixels = schema.decode(tf.constant(records), 6).numpy()
    assert pixels.dtype == np.uint8
    images = [image.transpose(2, 0, 1) for image, _, _ in made]
    np.testing.assert_array_equal(pixels[:, :3], images)
    np.testing.assert_array_equal(pixels[:, 3], [255 * mask for _, mask, _ in made])


def test_records_of_the_release_without_landmarks_and_source_are_decoded(release_record):
    image, _, _ = random_record(4, 4)
    mask = np.arange(16, dtype=np.uint8).reshape(4, 4)  # 0, then many non-zero values
    pixels = schema.decode(tf.constant([release_record(image, mask)]), 4).numpy()[0]
    np.testing.assert_array_equal(pixels[:3], image.transpose(2, 0, 1))
    np.testing.assert_array_equal(pixels[3].ravel(), [0] + [255] * 15)


def test_files_are_named_as_the_release_and_the_shards_are():
    assert schema.file_stem(1024) + ".tfrecords" == "celeba-r1024.tfrecords"
    assert schema.shard_name(64, 3, 16) == "celeba-r64-00003-of-00016.tfrecords"


def test_the_shape_of_our_records_and_the_releases_is_told(release_record):
    image, mask, _ = random_record(3, 5)
    assert schema.shape_of(encoded(3, 5)) == (3, 3, 5)
    assert schema.shape_of(release_record(image, mask)) == (3, 3, 5)


def example(**features):
    record = tf.train.Example()
    for name, value in features.items():
        feature = record.features.feature[name]
        (feature.bytes_list if isinstance(value[0], bytes) else feature.int64_list).value.extend(
            value
        )
    return record.SerializeToString()


PIXELS, INK = [bytes(12)], [bytes(4)]


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"some text that is no record",
        np.random.default_rng(1).bytes(500),
        encoded()[:-3],
        example(image=[b"jpeg"], label=[3]),
        example(data=PIXELS, mask=INK),
        example(shape=[3, 2, 2], data=PIXELS),
        example(shape=[3, 2, 2], mask=INK),
        example(shape=[2, 2], data=PIXELS, mask=INK),
        example(shape=[3, 2, 3], data=PIXELS, mask=INK),
        example(shape=[3, 2, 2], data=[bytes(11)], mask=INK),
        example(shape=[3, 2, 2], data=PIXELS, mask=[bytes(5)]),
        example(shape=[b"3", b"2", b"2"], data=PIXELS, mask=INK),
    ],
)
def test_bytes_that_are_no_record_have_no_shape(foreign):
    assert schema.shape_of(foreign) is None
    # The same helper's complete record has one, so it is the defect that is found.
    assert schema.shape_of(example(shape=[3, 2, 2], data=PIXELS, mask=INK)) == (3, 2, 2)
