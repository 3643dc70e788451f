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


@pytest.mark.parametrize("batch_size, passes", [(2, 1), (7, 1), (2, 3), (16, 1)])
def test_each_pass_over_the_records_visits_every_one_once(records, batch_size, passes):
    elements = taken(records, 14, batch_size, passes=passes)
    visited = [index for element in elements for index in indices_in(element["image"])]
    epochs = [visited[start : start + COUNT] for start in range(0, 4 * COUNT, COUNT)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(COUNT))] * 4
    assert len({tuple(epoch) for epoch in epochs}) > 1  # each in an order of its own


def test_the_stream_follows_from_its_seed(records):
    first = taken(records, 6)
    assert_equal(taken(records, 6), first)
    other = taken(records, 6, seed=2)
    order, others = ([indices_in(x["image"]) for x in stream] for stream in (first, other))
    assert order != others


@pytest.mark.parametrize("replicas, passes", [(1, 1), (2, 1), (2, 2), (1, 3)])
def test_starting_at_a_step_equals_skipping_the_steps_before(records, replicas, passes):
    options = {"batch_size": 4, "replicas": replicas, "passes": passes}
    whole = taken(records, 5 * replicas, **options)
    assert_equal(
        taken(records, 2 * replicas, start_step=3, **options), whole[3 * replicas : 5 * replicas]
    )


def test_each_machine_is_served_its_own_replicas(records):
    """Three machines of two replicas, from step 1 on."""
    options = {"batch_size": 6, "replicas": 6}
    whole = taken(records, 18, **options)
    for first in (0, 2, 4):
        found = taken(records, 4, start_step=1, served=range(first, first + 2), **options)
        assert_equal(found, [whole[6 * step + first + i] for step in (1, 2) for i in (0, 1)])


@pytest.mark.parametrize("passes", [1, 2])
def test_replicas_share_the_very_batches_of_one_device(records, passes):
    whole = taken(records, 3, batch_size=4, passes=passes)
    parts = taken(records, 6, batch_size=4, passes=passes, replicas=2)
    for step, element in enumerate(whole):
        for name in ("image", "mask"):
            batches = element[name].reshape(passes, 4, *element[name].shape[1:])
            halves = [
                part[name].reshape(passes, 2, *part[name].shape[1:])
                for part in parts[2 * step : 2 * step + 2]
            ]
            np.testing.assert_array_equal(np.concatenate(halves, axis=1), batches)


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


@pytest.mark.parametrize("epoch", [0, 1, 10**12])
def test_the_places_of_one_pass_are_a_permutation(epoch):
    places = np.arange(epoch * 11, (epoch + 1) * 11, dtype=np.int64)
    order = dataset.position_to_index(places, 11, seed=4)
    assert sorted(order.tolist()) == list(range(11))
    np.testing.assert_array_equal(dataset.position_to_index(places[[6, 2]], 11, 4), order[[6, 2]])
