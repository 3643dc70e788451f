"""Before any test: a quiet TensorFlow with two logical CPU devices, for tests of replicas."""

import contextlib
import importlib.util
import json
import pathlib
import sys

import numpy as np
import pytest
from PIL import Image

from interface import tensorflow_start

tensorflow_start.quietly()
# The server's packages are installed from Python 3.11 on.
collect_ignore = ["serving/web", "serving/page", "serving/test_app.py"]
collect_ignore = collect_ignore if sys.version_info < (3, 11) else []
# TensorFlow Lite leaves the newer stack's TensorFlow for a package of its own.
collect_ignore += ["models/test_tflite.py"] if sys.version_info >= (3, 12) else []


def pytest_configure():
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)


@contextlib.contextmanager
def steps_uncompiled():
    """For what stands around a few steps: one takes a tenth of the time that compiling takes."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.fixture
def uncompiled():
    with steps_uncompiled():
        yield


@pytest.fixture(scope="session")
def records_dir(tmp_path_factory):
    """Records of 16 and 32 pixels: 12 coloured squares on grey, each with its outline."""
    import tensorflow as tf

    from input_pipeline.faces import schema

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


def write_discs(folder, instances):
    """Label maps of 32 pixels: bright discs (1) on dark ground (0), 12 to train, 4 to validate.

    Instances are the ground and a disc's left and right half.
    """
    import tensorflow as tf

    from input_pipeline.label_maps import label_sets, schema

    rng = np.random.default_rng(0)
    counts, pixels = {"train": 12, "validation": 4}, np.zeros(2, int)
    rows, columns = np.mgrid[:32, :32]
    for split, count in counts.items():
        name = f"{schema.file_stem(split)}-00000-of-00001.tfrecords"
        with tf.io.TFRecordWriter(str(folder / name)) as writer:
            for number in range(count):
                (top, left), radius = rng.uniform(10, 22, 2), rng.uniform(4, 9)
                label = (np.hypot(rows - top, columns - left) < radius).astype(np.uint8)
                colours = np.stack([rng.uniform(20, 90, 3), rng.uniform(150, 220, 3)])
                image = (colours[label] + rng.normal(0, 10, [32, 32, 3])).clip(0, 255)
                halves = np.int32(label) * (1 + (columns > left)) if instances else None
                image = image.astype(np.uint8)
                writer.write(schema.encode(image, label, halves, f"{number}.png"))
                pixels += np.bincount(label.ravel(), minlength=2) * (split == "train")
    summary = {
        "counts": counts,
        "label_count": 2,
        "label_set": label_sets.numbered(2).to_json(),
        "sizes": {"32x32": 16},
        "pixels": {str(id): int(count) for id, count in enumerate(pixels)},
    }
    (folder / "dataset.json").write_text(json.dumps(summary))
    return folder


@pytest.fixture(scope="session")
def label_records_dir(tmp_path_factory):
    """See `write_discs`; without instances."""
    return write_discs(tmp_path_factory.mktemp("label_records"), instances=False)


@pytest.fixture(scope="session")
def instance_records_dir(tmp_path_factory):
    """The same, with instances."""
    return write_discs(tmp_path_factory.mktemp("instance_records"), instances=True)


@pytest.fixture(scope="session")
def segmenter_model(tmp_path_factory):
    """See `tests.serving.label_models`."""
    from tests.serving import label_models

    return label_models.write_segmenter(tmp_path_factory.mktemp("segmenter") / "telling" / "1")


@pytest.fixture(scope="session")
def disc_painter(tmp_path_factory):
    """See `tests.serving.label_models`; so is the one below."""
    from tests.serving import label_models

    return label_models.write_discs(tmp_path_factory.mktemp("disc_painter") / "discs" / "1")


@pytest.fixture(scope="session")
def disc_segmenter(tmp_path_factory):
    from tests.serving import label_models

    return label_models.write_disc_segmenter(tmp_path_factory.mktemp("disc_segmenter") / "1")


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
    with steps_uncompiled():
        train.main([*flags, "--from_scratch", "--steps=2"])
    return folder


@pytest.fixture(scope="session")
def small_model(small_run):
    """Its SavedModel."""
    from serving import export

    out = small_run / "faces" / "1"
    export.main([f"--run_dir={small_run}", "--phase=2", f"--out={out}"])
    return out


@pytest.fixture(scope="session")
def face() -> np.ndarray:
    """68 landmarks of a face that is its own mirror image, in sides: float64 [68, 2]."""
    jaw, lip, gap = (np.arange(count) * np.pi / half for count, half in ((17, 16), (12, 6), (8, 4)))
    brow = [(0.27 + 0.04 * i, 0.41 - 0.02 * np.sin(i * np.pi / 4)) for i in range(5)]
    eye = [(0.33, 0.47), (0.36, 0.455), (0.39, 0.455), (0.42, 0.47), (0.39, 0.485), (0.36, 0.485)]
    other_eye = [(1 - eye[i][0], eye[i][1]) for i in (3, 2, 1, 0, 5, 4)]
    return np.array(
        [
            *zip(0.5 - 0.29 * np.cos(jaw), 0.45 + 0.45 * np.sin(jaw)),
            *brow,
            *((1 - x, y) for x, y in brow[::-1]),
            *((0.5, 0.46 + 0.05 * i) for i in range(4)),
            *zip((0.44, 0.47, 0.5, 0.53, 0.56), (0.65, 0.66, 0.665, 0.66, 0.65)),
            *eye,
            *other_eye,
            *zip(0.5 - 0.13 * np.cos(lip), 0.76 - 0.05 * np.sin(lip)),
            *zip(0.5 - 0.1 * np.cos(gap), 0.76 - 0.015 * np.sin(gap)),
        ]
    )


@pytest.fixture(scope="session")
def people(face) -> np.ndarray:
    """Landmarks of 600 such faces, each of its own shape and looking its own way; eyes stay put."""
    rng, eyes = np.random.default_rng(0), face[36:48].mean(axis=0)
    (x, y), many = (face - eyes).T, []
    nearness = 0.05 - x**2 - 0.2 * (np.arange(68) < 17) + 0.2 * (np.arange(68) == 30)
    nearness[17:27], nearness[36:48] = 0.01, 0
    for _ in range(600):
        turn, nod, tilt, smile, gap, lids, brows, width, chin, nose = rng.normal(size=10)
        one = face + rng.normal(size=[68, 2]) * 0.0015
        one[:, 0] += 0.1 * turn * nearness + 0.05 * width * x * (np.arange(68) < 17)
        one[:, 1] -= 0.1 * nod * nearness
        one[4:13, 1] += 0.05 * chin * y[4:13] + 0.007 * gap
        one[17:27, 1] -= 0.012 * brows
        one[29:36, 1] += 0.012 * nose * np.array([0.3, 0.7, 1, 1, 1, 1, 1])
        one[[37, 38, 43, 44], 1] -= 0.003 * lids
        one[[40, 41, 46, 47], 1] += 0.003 * lids
        one[48:, 0] += 0.1 * smile * x[48:]
        one[[48, 54, 60, 64], 1] -= 0.012 * smile
        one[[55, 56, 57, 58, 59, 65, 66, 67], 1] += 0.012 * (gap + 0.3 * smile)
        angle = np.radians(tilt)
        turned = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        many.append((one - eyes) @ turned + eyes)
    return np.array(many)


@pytest.fixture(scope="session")
def people_dir(people, tmp_path_factory) -> pathlib.Path:
    """Records of 16 pixels of the first 60 of them, grey."""
    import tensorflow as tf

    from input_pipeline.faces import drawing, schema

    folder = tmp_path_factory.mktemp("people")
    with tf.io.TFRecordWriter(str(folder / schema.shard_name(16, 0, 1))) as writer:
        for number, points in enumerate(people[:60] * 16 - 0.5):
            image, mask = np.full([16, 16, 3], 128, np.uint8), drawing.draw(points, 16)
            writer.write(schema.encode(image, mask, points, f"{number}.png"))
    return folder
