"""Before any test: a quiet TensorFlow with two logical CPU devices, for tests of replicas."""

import importlib.util
import os
import pathlib

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_configure():
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)


@pytest.fixture(scope="session")
def records_dir(tmp_path_factory):
    """Records of 16 and 32 pixels: 12 coloured squares on grey, each with its outline."""
    import tensorflow as tf

    from input_pipeline import schema

    folder = tmp_path_factory.mktemp("records")
    rng = np.random.default_rng(0)
    for side in (16, 32):
        with tf.io.TFRecordWriter(str(folder / schema.shard_name(side, 0, 1))) as writer:
            for number in range(12):
                image, mask = np.full([side, side, 3], 128, np.uint8), np.zeros([side, side], bool)
                low, high = side // 4 + number % 3, side - side // 4
                image[low:high, low:high] = rng.integers(0, 256, 3)
                mask[low:high, low:high] = True
                mask[low + 1 : high - 1, low + 1 : high - 1] = False
                writer.write(schema.encode(image, mask, np.zeros([68, 2]), f"{number}.png"))
    return folder


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
def small_run(records_dir, tmp_path_factory):
    """A run with phase 2 at step 2, 16 pixels."""
    import train

    folder = tmp_path_factory.mktemp("small_run")
    flags = ["--max_features=8", "--embedding_hidden=8", "--batch_size=4", "--use_embedding"]
    flags += [f"--data_dir={records_dir}", f"--run_dir={folder}", "--phase=2", "--size=16"]
    train.main([*flags, "--from_scratch", "--steps=2"])
    return folder


@pytest.fixture(scope="session")
def small_model(small_run):
    """Its SavedModel."""
    from serving import export

    out = small_run / "faces" / "1"
    export.main([f"--run_dir={small_run}", "--phase=2", f"--out={out}"])
    return out
