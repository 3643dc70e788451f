import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.faces import schema, tensors


def random_record(side, seed):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (side, side, 3), np.uint8)
    return image, rng.random((side, side)) < 0.3


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_has_colours_and_drawing_as_channels(count):
    made = [random_record(6, seed) for seed in range(count)]
    records = [schema.encode(*record, np.zeros([68, 2]), "a.jpg") for record in made]
    pixels = tensors.parsed(tf.constant(records), 6).numpy()
    assert (pixels.dtype, pixels.shape) == (np.uint8, (count, 4, 6, 6))
    images = [image.transpose(2, 0, 1) for image, _ in made]
    np.testing.assert_array_equal(pixels[:, :3], images)
    np.testing.assert_array_equal(pixels[:, 3], [255 * mask for _, mask in made])


def test_records_of_the_release_without_landmarks_and_source_are_parsed(release_record):
    image, _ = random_record(4, 0)
    mask = np.arange(16, dtype=np.uint8).reshape(4, 4)  # 0, then many non-zero values
    pixels = tensors.parsed(tf.constant([release_record(image, mask)]), 4).numpy()[0]
    np.testing.assert_array_equal(pixels[:3], image.transpose(2, 0, 1))
    np.testing.assert_array_equal(pixels[3].ravel(), [0] + [255] * 15)


def test_a_batch_of_a_known_size_has_it_in_the_graph_too():
    shapes = []
    for count in (None, 5):
        parse = tf.function(lambda batch: tensors.parsed(batch, 8))
        traced = parse.get_concrete_function(tf.TensorSpec([count], tf.string))
        shapes.append(traced.structured_outputs.shape.as_list())
    assert shapes == [[None, 4, 8, 8], [5, 4, 8, 8]]
