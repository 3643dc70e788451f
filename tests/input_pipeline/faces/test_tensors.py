import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.faces import schema, tensors
from input_pipeline.label_maps import schema as label_schema


def file_of(image, format, **how):
    file = io.BytesIO()
    image.save(file, format, **how)
    return file.getvalue()


def maps(height, width, seed=0):
    rng = np.random.default_rng(seed)
    numbers = rng.integers(-(2**31), 2**31, (height, width)).astype(np.int32)
    return rng.integers(0, 256, (height, width), np.uint8), numbers


@pytest.mark.parametrize(
    "format, how",
    [
        ("PNG", {}),
        ("JPEG", {"quality": 60}),
        ("JPEG", {"quality": 95, "progressive": True, "subsampling": 0}),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_tensors_hold_the_pixels_that_pillow_reads(photo, format, how, mode):
    content = file_of(photo.convert(mode).resize((97, 66)), format, **how)
    label, numbers = maps(66, 97)
    record = label_schema.encode(content, label, numbers, "a.jpg")
    found = tensors.label_maps(tf.constant(record), instances=True)
    with Image.open(io.BytesIO(content)) as image:
        np.testing.assert_array_equal(found["image"], np.asarray(image.convert("RGB")))
    np.testing.assert_array_equal(found["label"], label[..., None])
    np.testing.assert_array_equal(found["instance"], numbers[..., None])


def test_a_data_set_may_hold_records_of_several_sizes():
    made = [maps(height, width, height) for height, width in ((2, 3), (5, 4))]
    records = [
        label_schema.encode(np.zeros([*label.shape, 3], np.uint8), label, numbers, "a")
        for label, numbers in made
    ]
    data = tf.data.Dataset.from_tensor_slices(records)
    data = data.map(lambda record: tensors.label_maps(record, instances=True))
    assert data.element_spec == {
        "image": tf.TensorSpec([None, None, 3], tf.uint8),
        "label": tf.TensorSpec([None, None, 1], tf.uint8),
        "instance": tf.TensorSpec([None, None, 1], tf.int32),
    }
    for found, (label, numbers) in zip(data, made):
        assert found["image"].shape == (*label.shape, 3)
        np.testing.assert_array_equal(found["label"][..., 0], label)
        np.testing.assert_array_equal(found["instance"][..., 0], numbers)


def test_instances_are_given_only_if_asked_for():
    label, numbers = maps(3, 3)
    image = np.zeros([3, 3, 3], np.uint8)
    record = label_schema.encode(image, label, numbers, "a")
    assert sorted(tensors.label_maps(tf.constant(record))) == ["image", "label"]
    without = label_schema.encode(image, label, None, "a")
    assert sorted(tensors.label_maps(tf.constant(without))) == ["image", "label"]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tensors.label_maps(tf.constant(without), instances=True)


def random_record(side, seed):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (side, side, 3), np.uint8)
    return image, rng.random((side, side)) < 0.3


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_has_colours_and_drawing_as_channels(count):
    made = [random_record(6, seed) for seed in range(count)]
    records = [schema.encode(*record, np.zeros([68, 2]), "a.jpg") for record in made]
    pixels = tensors.faces(tf.constant(records), 6).numpy()
    assert (pixels.dtype, pixels.shape) == (np.uint8, (count, 4, 6, 6))
    images = [image.transpose(2, 0, 1) for image, _ in made]
    np.testing.assert_array_equal(pixels[:, :3], images)
    np.testing.assert_array_equal(pixels[:, 3], [255 * mask for _, mask in made])


def test_records_of_the_release_without_landmarks_and_source_are_parsed(release_record):
    image, _ = random_record(4, 0)
    mask = np.arange(16, dtype=np.uint8).reshape(4, 4)  # 0, then many non-zero values
    pixels = tensors.faces(tf.constant([release_record(image, mask)]), 4).numpy()[0]
    np.testing.assert_array_equal(pixels[:3], image.transpose(2, 0, 1))
    np.testing.assert_array_equal(pixels[3].ravel(), [0] + [255] * 15)


def test_a_batch_of_a_known_size_has_it_in_the_graph_too():
    shapes = []
    for count in (None, 5):
        parse = tf.function(lambda batch: tensors.faces(batch, 8))
        traced = parse.get_concrete_function(tf.TensorSpec([count], tf.string))
        shapes.append(traced.structured_outputs.shape.as_list())
    assert shapes == [[None, 4, 8, 8], [5, 4, 8, 8]]
