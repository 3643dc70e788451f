import json
import shutil

import numpy as np
import pytest

from input_pipeline.label_maps import label_sets, record_files, schema
from interface.command_line import UserError

PHOTO = np.zeros([4, 6, 3], np.uint8)


@pytest.fixture
def make(write_records):
    """(path, ids…) → a file of records, each of one id; returns them."""

    def make(path, *ids):
        maps = [np.full([4, 6], id, np.uint8) for id in ids]
        records = [schema.encode(PHOTO, label, None, "a.png") for label in maps]
        write_records(path, records)
        return records

    return make


def refusal(folder, split="train"):
    with pytest.raises(UserError) as caught:
        record_files.open_records(str(folder), split)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_each_split_reads_its_own_shards(tmp_path, make):
    first = make(tmp_path / "labels-train-00000-of-00002.tfrecords", 0, 1)
    second = make(tmp_path / "labels-train-00001-of-00002.tfrecords", 2)
    other = make(tmp_path / "labels-test-00000-of-00001.tfrecords", 3)
    make(tmp_path / "labels-r64-00000-of-00001.tfrecords", 3)  # faces may be called so
    train, test = (record_files.open_records(str(tmp_path), split) for split in ("train", "test"))
    assert train.read(np.arange(train.count)) == [*first, *second]
    assert test.read(np.arange(test.count)) == other


def test_records_know_what_their_ids_mean(tmp_path, make):
    make(tmp_path / "labels-train-00000-of-00001.tfrecords", 1)
    assert record_files.open_records(str(tmp_path)).label_set == label_sets.numbered(256)
    classes = label_sets.CELEBAMASK.to_json()
    (tmp_path / "dataset.json").write_text(json.dumps({"label_set": classes}))
    assert record_files.open_records(str(tmp_path)).label_set == label_sets.CELEBAMASK


def test_what_cannot_work_is_one_line(tmp_path, make, write_records):
    assert "no such folder; make it: python -m input_pipeline.prepare_l" in refusal(tmp_path / "x")
    assert "no label maps of train (it has no label maps); prepare them: " in refusal(tmp_path)
    make(tmp_path / "labels-train-00000-of-00001.tfrecords", 7)
    told = "no label maps of test (it has train); prepare them: python -m input_pipeline.prepare_la"
    assert told in refusal(tmp_path, "test")
    (tmp_path / "dataset.json").write_text('{"label_count": 7, "counts": {"train": 1}}')
    assert "id 7 in its first record, but its dataset.json has 7 classes" in refusal(tmp_path)
    write_records(tmp_path / "labels-train-00000-of-00001.tfrecords", [b"nothing"])
    path = tmp_path / "labels-train-00000-of-00001.tfrecords"
    assert f"{path}: not a tf.train.Example; prepare it again: " in refusal(tmp_path)


def test_what_is_held_out_is_the_validation_split_where_there_is_one(label_records_dir, tmp_path):
    trained_on = record_files.open_records(str(label_records_dir))
    assert record_files.held_out(str(label_records_dir), trained_on, eval_every=1).count == 4
    copy = shutil.copytree(label_records_dir, tmp_path / "copy")
    for path in copy.glob("labels-validation*"):
        path.unlink()
    assert record_files.held_out(str(copy), trained_on, eval_every=0) is trained_on
    with pytest.raises(UserError, match="--eval_every 5: .* has no validation records; prepare it"):
        record_files.held_out(str(copy), trained_on, eval_every=5)


def test_what_a_network_works_with_is_told_by_records_or_by_classes(tmp_path, make):
    make(tmp_path / "labels-train-00000-of-00001.tfrecords", 0)
    (tmp_path / "dataset.json").write_text('{"label_count": 7, "counts": {"train": 1}}')
    there = record_files.described(str(tmp_path), None)
    assert (there.count, there.label_set.count) == (1, 7)
    classes = record_files.described(None, "cityscapes")
    assert (classes.paths, classes.label_set.count) == ((), 35)
    assert record_files.described(None, None) is None
    with pytest.raises(UserError, match="--data_dir and --classes: wanted one of them"):
        record_files.described(str(tmp_path), "cityscapes")
    with pytest.raises(UserError, match="--classes lakes: no such file, nor one of the words"):
        record_files.described(None, "lakes")
