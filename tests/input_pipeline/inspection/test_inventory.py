import json
import os

import numpy as np
import pytest

from input_pipeline import tfrecords
from input_pipeline.inspection import inventory
from interface.command_line import UserError


@pytest.fixture
def folder(tmp_path, release_record, write_records):
    """Files of 3 and 2 records of 8 and 16 pixels, as the 2019 release names them."""
    for side, count in ((8, 3), (16, 2)):
        records = [release_record(np.zeros((side, side, 3), np.uint8), np.eye(side))] * count
        write_records(tmp_path / f"celeba-r{side}.tfrecords", records)
    return tmp_path


@pytest.mark.parametrize("start", ["", "file://"])
def test_files_without_dataset_json_are_counted(folder, start):
    data = inventory.take(f"{start}{folder}")
    assert data.present == ["celeba-r16.tfrecords", "celeba-r8.tfrecords"]
    assert (data.noted, data.counts) == ({}, {})
    for name, count in zip(data.present, (2, 3)):
        size = (folder / name).stat().st_size
        assert data.part(name) == inventory.Part(name, count, size)


def test_an_empty_file_holds_no_record(tmp_path):
    (tmp_path / "celeba-r8.tfrecords").touch()
    assert inventory.count(str(tmp_path / "celeba-r8.tfrecords")) == 0


def test_what_dataset_json_says_is_not_counted_again(folder):
    note = {"records": 7, "bytes": 70, "crc32c": "00000000"}
    content = {"counts": {"8": 7, "train": 4}, "files": {"celeba-r8.tfrecords": note}}
    (folder / "dataset.json").write_text(json.dumps(content))
    data = inventory.take(str(folder))
    assert data.part("celeba-r8.tfrecords") == inventory.Part("celeba-r8.tfrecords", 7, 70)
    assert data.counts == {"celeba-r8": 7, "labels-train": 4}


@pytest.mark.parametrize("lost", [1, 5, 400])
def test_a_file_that_ends_inside_a_record_is_no_data_set(folder, lost):
    path = folder / "celeba-r8.tfrecords"
    os.truncate(path, path.stat().st_size - lost)
    with pytest.raises(UserError, match="celeba-r8.tfrecords: record [12]: .* --verify --out "):
        inventory.take(str(folder)).part("celeba-r8.tfrecords")


def test_a_text_is_no_record_file(tmp_path):
    (tmp_path / "x").write_text("a letter")
    with pytest.raises(tfrecords.Damaged):
        inventory.count(str(tmp_path / "x"))


def test_records_of_two_data_sets_in_one_folder_are_refused(folder):
    (folder / "portraits-r8-00000-of-00001.tfrecords").touch()
    with pytest.raises(UserError, match="celeba-r8 and portraits-r8: records of two data sets"):
        inventory.take(str(folder))


def test_faces_called_labels_are_faces(release_record):
    record = release_record(np.zeros((8, 8, 3), np.uint8), np.eye(8))
    assert inventory.decoder("labels-r8.tfrecords")(record).image.shape == (8, 8, 3)
    assert not inventory.holds_labels("labels-r8-00000-of-00001.tfrecords")
    assert inventory.holds_labels("labels-train-00000-of-00001.tfrecords")


def test_a_face_of_another_size_than_its_file_says_is_damage(release_record):
    record = release_record(np.zeros((8, 8, 3), np.uint8), np.eye(8))
    assert inventory.decoder("celeba-r8.tfrecords")(record).image.shape == (8, 8, 3)
    with pytest.raises(tfrecords.Damaged, match="8x8, wanted 16x16"):
        inventory.decoder("celeba-r16-00000-of-00001.tfrecords")(record)


def test_a_name_that_is_not_utf8_is_a_name_like_any_other(tmp_path, write_records):
    folder = os.path.join(os.fsencode(tmp_path), b"\xff")
    os.mkdir(folder)
    open(os.path.join(folder, b"celeba-r8.tfrecords"), "wb").close()
    assert inventory.take(os.fsdecode(folder)).present == ["celeba-r8.tfrecords"]
