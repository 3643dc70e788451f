import types

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.faces import record_files, schema
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from metrics.evaluation import face_photos


def decoded(folder, side):
    """Every record of the folder's one file, by TensorFlow's reader."""
    path = str(folder / schema.shard_name(side, 0, 1))
    return [schema.decode(each.numpy()) for each in tf.data.TFRecordDataset(path)]


def test_photos_are_the_records_in_another_order(face_records, photos):
    stored = {record.mask.tobytes(): record for record in decoded(face_records, 32)}
    assert (photos.count, len(stored)) == (16, 24)
    for image, mask, points in zip(photos.image, photos.mask, photos.landmarks):
        np.testing.assert_array_equal(image, stored[mask.tobytes()].image)
        np.testing.assert_allclose(points, stored[mask.tobytes()].landmarks)


def test_fewer_photos_are_the_first_ones_also_across_chunks(face_records, photos, monkeypatch):
    monkeypatch.setattr(face_photos, "CHUNK", 4)
    few = face_photos.load(record_files.open_records(str(face_records), 32), 32, 10, seed=3)
    np.testing.assert_array_equal(few.image, photos.image[:10])
    np.testing.assert_array_equal(few.mask, photos.mask[:10])
    np.testing.assert_array_equal(few.landmarks, photos.landmarks[:10])


def test_landmarks_shrink_with_the_photos(face_records, photos):
    half = face_photos.load(record_files.open_records(str(face_records), 32), 16, 16, seed=3)
    assert half.image.shape == (16, 16, 16, 3)
    # The centre of a pixel of two by two lies between theirs.
    np.testing.assert_allclose(half.landmarks, (photos.landmarks - 0.5) / 2)


@pytest.mark.parametrize("framing, told", [(Framing.ALIGNED, ""), (Framing.CENTRAL, "aligned, of")])
def test_records_framed_otherwise_than_the_generators_are_told_of(
    face_records, capsys, framing, told
):
    paint = types.SimpleNamespace(resolution=16, records_side=32, framing=framing)
    assert face_photos.open_records(paint, str(face_records), 0).count == 24
    said = capsys.readouterr().err
    assert told in said and bool(said) == bool(told)


def test_records_without_landmarks_are_measured_by_what_needs_none(tmp_path, perfect):
    example = schema.encode(
        np.zeros([32, 32, 3], np.uint8), np.ones([32, 32]), np.zeros([68, 2]), ""
    )
    features = tf.train.Example.FromString(example)
    del features.features.feature["landmarks"]
    with tf.io.TFRecordWriter(str(tmp_path / "celeba-r32.tfrecords")) as writer:
        for _ in range(3):
            writer.write(features.SerializeToString())
    photos = face_photos.load(record_files.open_records(str(tmp_path), 32), 32, 3, seed=0)
    assert photos.landmarks is None
    with pytest.raises(UserError, match="no landmarks"):
        photos.known_landmarks()
