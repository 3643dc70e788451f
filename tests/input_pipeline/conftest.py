"""Writers of records and dlib's landmarks, without any code of the package."""

import importlib.util
import pathlib

import dlib
import numpy as np
import pytest
import tensorflow as tf


@pytest.fixture(scope="session")
def release_record():
    """(image [H, W, 3], mask [H, W]) → a record as the 2019 release wrote it."""

    def serialize(image: np.ndarray, mask: np.ndarray) -> bytes:
        record = tf.train.Example()
        feature = record.features.feature
        feature["shape"].int64_list.value.extend([3, *mask.shape])
        feature["data"].bytes_list.value.append(
            b"".join(image[..., channel].tobytes() for channel in range(3))
        )
        feature["mask"].bytes_list.value.append(mask.astype(np.uint8).tobytes())
        return record.SerializeToString()

    return serialize


@pytest.fixture(scope="session")
def write_records():
    """(path, serialised records) → a TFRecord file."""

    def write(path: pathlib.Path, records: list[bytes]) -> None:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for record in records:
                writer.write(record)

    return write


@pytest.fixture(scope="session")
def landmarks_by_dlib():
    """(photo, left, top, right, bottom) → [68, 2], from the model that is installed."""
    package = importlib.util.find_spec("face_recognition_models").submodule_search_locations[0]
    file = pathlib.Path(package) / "models" / "shape_predictor_68_face_landmarks.dat"
    predict = dlib.shape_predictor(str(file))

    def place(photo, *box):
        parts = predict(np.asarray(photo), dlib.rectangle(*box)).parts()
        return [[point.x, point.y] for point in parts]

    return place
