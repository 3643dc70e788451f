"""A photo with a face, and a writer of records that shares no code with the package."""

import importlib.util
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image


@pytest.fixture(scope="session")
def astronaut() -> pathlib.Path:
    """A 512×512 photo with one face, inside scikit-image; the package is not imported."""
    package = importlib.util.find_spec("skimage")
    return pathlib.Path(package.submodule_search_locations[0]) / "data" / "astronaut.png"


@pytest.fixture(scope="session")
def photo(astronaut) -> Image.Image:
    """The astronaut's head and shoulders, 256×256, RGB."""
    with Image.open(astronaut) as file:
        return file.convert("RGB").crop((94, 0, 350, 256))


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
