import gzip
import io
import struct

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import tfrecords

RECORDS = [b"", b"a", bytes(range(256)), np.random.default_rng(0).bytes(100_000), b"", b"end"]
SHORT = [b"one", b"", b"three"]


def framed(records):
    file = io.BytesIO()
    for record in records:
        tfrecords.write(file, record)
    return file.getvalue()


def read(content):
    return list(tfrecords.read(io.BytesIO(content)))


def test_tensorflow_reads_what_is_written(tmp_path):
    (tmp_path / "records").write_bytes(framed(RECORDS))
    dataset = tf.data.TFRecordDataset([str(tmp_path / "records")])
    assert [record.numpy() for record in dataset] == RECORDS


def test_the_bytes_are_those_that_tensorflow_writes(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "records")) as writer:
        for record in RECORDS:
            writer.write(record)
    content = (tmp_path / "records").read_bytes()
    assert framed(RECORDS) == content
    assert read(content) == RECORDS


def test_a_file_of_nothing_holds_no_record():
    assert read(b"") == []


@pytest.mark.parametrize("bit", [0, 7])
def test_any_changed_byte_is_noticed(bit):
    content = framed(SHORT)
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        with pytest.raises(tfrecords.Damaged, match=r"^record [012]: "):
            read(bytes(damaged))


def test_a_file_that_ends_anywhere_but_between_records_is_noticed():
    content, ends = framed(SHORT), [len(framed(SHORT[:count])) for count in range(4)]
    for length in range(len(content) + 1):
        if length in ends:
            assert read(content[:length]) == SHORT[: ends.index(length)]
        else:
            with pytest.raises(tfrecords.Damaged, match="truncated|the file ends inside it"):
                read(content[:length])


def test_records_before_a_damaged_one_are_read_and_it_is_numbered():
    content = bytearray(framed([b"first", b"second"]))
    content[-1] ^= 1
    reader = tfrecords.read(io.BytesIO(bytes(content)))
    assert next(reader) == b"first"
    with pytest.raises(tfrecords.Damaged, match="^record 1: wrong checksum$"):
        next(reader)


def test_a_foreign_file_is_told_before_its_length_is_believed():
    with pytest.raises(tfrecords.Damaged, match="^record 0: no TFRecord header"):
        read(struct.pack("<Q", 2**62) + bytes(100))


FEATURES = {
    "picture": bytes(range(256)),
    "nothing": b"",
    "größe": np.array([3, -1, 2**62, -(2**63)]),
    "small": np.array([[1, 2], [3, 4]], np.uint8),
    "points": np.array([0.1, -np.inf, 1e-42, 3e38], np.float32),
    "doubles": np.array([[np.pi], [1e300]]),
    "none": np.zeros([0], np.int64),
}


@pytest.fixture
def encoded():
    with np.errstate(over="ignore"):  # 1e300 is beyond float32
        return tfrecords.encode_example(FEATURES)


def test_tensorflow_parses_an_encoded_example(encoded):
    feature = tf.train.Example.FromString(encoded).features.feature
    assert sorted(feature) == sorted(FEATURES)
    for name in ("picture", "nothing"):
        assert list(feature[name].bytes_list.value) == [FEATURES[name]]
    for name in ("größe", "small", "none"):
        assert list(feature[name].int64_list.value) == FEATURES[name].ravel().tolist()
    wanted = FEATURES["points"]
    np.testing.assert_array_equal(np.float32(feature["points"].float_list.value), wanted)
    assert list(feature["doubles"].float_list.value) == [float(np.float32(np.pi)), float("inf")]
    parsed = tf.io.parse_single_example(
        encoded,
        {
            "picture": tf.io.FixedLenFeature([], tf.string),
            "größe": tf.io.FixedLenFeature([4], tf.int64),
            "points": tf.io.FixedLenFeature([4], tf.float32),
        },
    )
    assert parsed["picture"].numpy() == FEATURES["picture"]
    np.testing.assert_array_equal(parsed["größe"], FEATURES["größe"])
    np.testing.assert_array_equal(parsed["points"], wanted)


def test_equal_features_give_equal_bytes_in_the_order_given(encoded):
    names = [name.encode() for name in FEATURES]
    places = [encoded.index(name) for name in names]
    assert places == sorted(places)
    with np.errstate(over="ignore"):
        assert tfrecords.encode_example(dict(FEATURES)) == encoded


def test_an_example_that_tensorflow_wrote_is_decoded():
    example = tf.train.Example()
    feature = example.features.feature
    feature["one"].bytes_list.value.append(b"\x00\xff")
    feature["several"].bytes_list.value.extend([b"ab", b"", b"c"])
    feature["whole"].int64_list.value.extend([-5, 2**40])
    feature["broken"].float_list.value.extend([0.5, -2])
    feature["no_bytes"].bytes_list.SetInParent()
    feature["no_floats"].float_list.SetInParent()
    feature["no_kind"].SetInParent()
    found = tfrecords.decode_example(example.SerializeToString())
    assert {name: found[name] for name in ("one", "several", "no_bytes")} == {
        "one": b"\x00\xff",
        "several": b"abc",
        "no_bytes": b"",
    }
    assert {name: (found[name].dtype, found[name].tolist()) for name in ("whole", "broken")} == {
        "whole": (np.int64, [-5, 2**40]),
        "broken": (np.float32, [0.5, -2.0]),
    }
    assert (found["no_floats"].dtype, found["no_floats"].shape) == (np.float32, (0,))
    assert "no_kind" not in found


def test_decoding_gives_back_what_was_encoded(encoded):
    found = tfrecords.decode_example(encoded)
    assert sorted(found) == sorted(FEATURES)
    for name in ("picture", "nothing"):
        assert found[name] == FEATURES[name]
    for name in ("größe", "points"):
        np.testing.assert_array_equal(found[name], FEATURES[name])
        assert found[name].dtype == FEATURES[name].dtype


@pytest.mark.parametrize("content", [b"no message", b"\x0a\xff", bytes(20)])
def test_other_bytes_are_no_example(content):
    with pytest.raises(tfrecords.Damaged, match="not a tf.train.Example"):
        tfrecords.decode_example(content)


def test_a_file_packed_by_gzip_is_called_that():
    packed = gzip.compress(framed(SHORT))
    for wanted in (lambda: read(packed), lambda: list(tfrecords.places(io.BytesIO(packed)))):
        with pytest.raises(tfrecords.Damaged, match="packed by gzip; unpack it"):
            wanted()
    long = b"x" * 0x8B1F  # a record whose length begins with gzip's first bytes
    assert read(framed([long])) == [long]
    assert list(tfrecords.places(io.BytesIO(framed([long])))) == [(0, len(long))]
