import itertools

import numpy as np
import pytest

from input_pipeline.faces import dataset, record_files, schema

COUNT, SIDE = 7, 8


def pixels_of(index):
    """Red tells which record it is, whatever is cropped; green and blue tell what was cropped."""
    rng = np.random.default_rng(index)
    image = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    image[..., 0] = 30 * index
    return image, rng.random((SIDE, SIDE)) < 0.2


def indices_in(images):
    red = (np.asarray(images)[:, SIDE // 2, SIDE // 2, 0] * 127.5 + 127.5) / 30
    return np.rint(red).astype(int).tolist()


@pytest.fixture(scope="module")
def records(tmp_path_factory, release_record, write_records):
    folder = tmp_path_factory.mktemp("records")
    written = [release_record(*pixels_of(index)) for index in range(COUNT)]
    write_records(folder / f"celeba-r{SIDE}.tfrecords", written)
    return record_files.open_records(str(folder), SIDE)


def taken(records, count, batch_size=2, seed=1, **options):
    """The first elements of a stream, as NumPy arrays."""
    stream = dataset.batches(records, SIDE, batch_size, seed=seed, **options)
    return list(itertools.islice(stream.as_numpy_iterator(), count))


def assert_equal(found, wanted):
    assert len(found) == len(wanted) > 0
    for left, right in zip(found, wanted):
        assert left.keys() == right.keys()
        for name in left:
            np.testing.assert_array_equal(left[name], right[name])


def test_replicas_share_the_very_batches_of_one_device(records):
    whole = taken(records, 2, batch_size=4)
    parts = taken(records, 4, batch_size=4, replicas=2)
    for name in ("image", "mask"):
        halves = [np.concatenate([part[name] for part in parts[i : i + 2]]) for i in (0, 2)]
        np.testing.assert_array_equal(halves, [element[name] for element in whole])


def test_a_record_is_cropped_anew_each_time_it_is_seen(records):
    elements = taken(records, 4, batch_size=COUNT)
    seen = [x["image"][indices_in(x["image"]).index(3)].tobytes() for x in elements]
    assert len(set(seen)) == 4


@pytest.mark.parametrize("resolution", [4, 8, 16])
def test_elements_keep_their_promised_shapes_and_values(records, resolution):
    stream = dataset.batches(records, resolution, 6, seed=0, passes=2, replicas=3)
    shapes = {name: tuple(spec.shape) for name, spec in stream.element_spec.items()}
    assert shapes == {
        "image": (4, resolution, resolution, 3),
        "mask": (4, resolution, resolution, 1),
    }
    element = next(stream.as_numpy_iterator())
    assert {name: value.shape for name, value in element.items()} == shapes
    assert -1 <= element["image"].min() < element["image"].max() <= 1
    assert set(np.unique(element["mask"])) == {0.0, 1.0}


def test_records_with_landmarks_and_source_read_as_those_without(records, tmp_path, write_records):
    landmarks = np.zeros((68, 2))
    ours = [schema.encode(*pixels_of(index), landmarks, "a.jpg") for index in range(COUNT)]
    write_records(tmp_path / schema.shard_name(SIDE, 0, 2), ours[:4])
    write_records(tmp_path / schema.shard_name(SIDE, 1, 2), ours[4:])
    sharded = record_files.open_records(str(tmp_path), SIDE)
    assert_equal(taken(sharded, 5), taken(records, 5))


@pytest.mark.parametrize("count, wanted", [(3, 3), (COUNT, COUNT), (20, COUNT)])
def test_records_as_they_are_are_neither_cropped_nor_flipped(records, count, wanted):
    found = dataset.as_they_are(records, SIDE, count, seed=1)
    visited = indices_in(found["image"])
    assert len(set(visited)) == len(visited) == wanted
    images, masks = zip(*(pixels_of(index) for index in visited))
    np.testing.assert_allclose(found["image"] * 127.5 + 127.5, images, atol=0.01)
    np.testing.assert_array_equal(found["mask"][..., 0], masks)
    # The same that training sees first.
    first = taken(records, 1, batch_size=COUNT)[0]
    assert visited == indices_in(first["image"])[:wanted]
