import itertools
import json

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import order
from input_pipeline.label_maps import augment, dataset, label_sets, schema
from input_pipeline.label_maps.record_files import open_records
from interface.command_line import UserError

COUNT, SIZE = 6, (8, 8)
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, (COUNT, 12, 16)).astype(np.uint8)
IMAGES = RNG.integers(0, 256, (COUNT, 12, 16, 3)).astype(np.uint8)
INSTANCES = RNG.integers(0, 40_000, (COUNT, 12, 16)).astype(np.int32)


def written(folder, instances):
    with tf.io.TFRecordWriter(str(folder / "labels-train-00000-of-00001.tfrecords")) as writer:
        for number in range(COUNT):
            instance = INSTANCES[number] if instances else None
            writer.write(schema.encode(IMAGES[number], LABELS[number], instance, f"{number}"))
    return open_records(str(folder))


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return written(tmp_path_factory.mktemp("records"), instances=False)


def batches(records, count, **options):
    view = augment.Boxes(SIZE, smallest=0.5, mirrors=augment.mirrors_of(records.label_set))
    stream = dataset.batches(records, view, 4, seed=3, **options)
    return list(itertools.islice(stream.as_numpy_iterator(), count))


def test_a_batch_is_as_it_is_told(records):
    (batch,) = batches(records, 1)
    assert batch["image"].shape == (4, *SIZE, 3)
    assert (batch["image"].dtype, batch["label"].dtype) == (np.float32, np.uint8)
    assert batch["label"].shape == (4, *SIZE)
    assert -1 <= batch["image"].min() < batch["image"].max() <= 1


def test_what_comes_at_a_step_depends_on_neither_start_nor_replicas(records):
    whole = batches(records, 4)
    late = batches(records, 2, start_step=2)
    halves = batches(records, 8, replicas=2)
    for name in ("image", "label"):
        np.testing.assert_array_equal(late[1][name], whole[3][name])
        joined = np.concatenate([halves[6][name], halves[7][name]])
        np.testing.assert_array_equal(joined, whole[3][name])


def test_as_they_are_gives_the_first_of_the_order_uncut(records):
    shown = dataset.as_they_are(records, (12, 16), 4, seed=3)
    places = order.position_to_index(np.arange(4), COUNT, 3)
    np.testing.assert_array_equal(shown["label"], LABELS[places])
    np.testing.assert_allclose(shown["image"], IMAGES[places] / 127.5 - 1, atol=1e-6)


def test_instances_come_with_their_label_maps(tmp_path, records):
    assert not records.instances
    with_instances = written(tmp_path, instances=True)
    assert with_instances.instances
    shown = dataset.first(with_instances, augment.Boxes((12, 16)), 4, 3, instances=True)
    places = order.position_to_index(np.arange(4), COUNT, 3)
    np.testing.assert_array_equal(shown["instance"], INSTANCES[places])
    (batch,) = batches(with_instances, 1, instances=True)
    assert (batch["instance"].shape, batch["instance"].dtype) == ((4, *SIZE), np.int32)
    pairs = {(i, j) for i, j in zip(LABELS.flat, INSTANCES.flat)}
    assert {*zip(batch["label"].flat, batch["instance"].flat)} <= pairs


def test_classes_of_a_data_set_that_says_nothing_are_numbers(records):
    assert records.label_set == label_sets.numbered(256)
    assert (records.sizes, records.pixels, records.framing) == ((), {}, None)


def test_label_maps_that_are_pictures_come_as_photos_do(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "labels-train-00000-of-00001.tfrecords")) as writer:
        for number in range(COUNT):
            writer.write(schema.encode(IMAGES[number], IMAGES[number][::-1], None, f"{number}"))
    (tmp_path / "dataset.json").write_text(json.dumps({label_sets.FIELD: []}))
    with pytest.raises(UserError, match="its label maps are pictures; wanted maps of classes"):
        open_records(str(tmp_path))
    records = open_records(str(tmp_path), pictures=True)
    shown = dataset.as_they_are(records, (12, 16), 4, seed=3)
    np.testing.assert_array_equal(shown["label"], shown["image"][:, ::-1])
    mirrors = augment.mirrors_of(records.label_set)
    for view in (
        augment.Boxes((12, 16), mirrors=mirrors),
        augment.Resized((12, 16), mirrors=mirrors),
    ):
        (batch,) = itertools.islice(dataset.batches(records, view, 16, seed=3), 1)
        np.testing.assert_allclose(batch["label"], batch["image"][:, ::-1], atol=1e-6)
        turned = [(each == IMAGES).all((1, 2, 3)).any() for each in levels(batch["image"])]
        assert 0 < np.mean(turned) < 1  # as they lie in the records, and mirrored


def levels(image):
    return np.round((np.array(image) + 1) * 127.5).astype(np.uint8)


def test_ids_where_pictures_are_told_are_refused(tmp_path):
    written(tmp_path, instances=False)
    (tmp_path / "dataset.json").write_text(json.dumps({label_sets.FIELD: []}))
    with pytest.raises(UserError, match="a label map of ids, other than its dataset.json says"):
        open_records(str(tmp_path), pictures=True)
