"""A writer of records that shares no code with the package."""

import pathlib

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
