import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.label_maps import schema, tensors


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
    record = schema.encode(content, label, numbers, "a.jpg")
    found = tensors.parsed(tf.constant(record), instances=True)
    with Image.open(io.BytesIO(content)) as image:
        np.testing.assert_array_equal(found["image"], np.asarray(image.convert("RGB")))
    np.testing.assert_array_equal(found["label"], label[..., None])
    np.testing.assert_array_equal(found["instance"], numbers[..., None])


def test_a_data_set_may_hold_records_of_several_sizes():
    made = [maps(height, width, height) for height, width in ((2, 3), (5, 4))]
    records = [
        schema.encode(np.zeros([*label.shape, 3], np.uint8), label, numbers, "a")
        for label, numbers in made
    ]
    data = tf.data.Dataset.from_tensor_slices(records)
    data = data.map(lambda record: tensors.parsed(record, instances=True))
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
    record = schema.encode(image, label, numbers, "a")
    assert sorted(tensors.parsed(tf.constant(record))) == ["image", "label"]
    without = schema.encode(image, label, None, "a")
    assert sorted(tensors.parsed(tf.constant(without))) == ["image", "label"]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tensors.parsed(tf.constant(without), instances=True)
