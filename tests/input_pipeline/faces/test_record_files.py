import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import input_pipeline
from input_pipeline import prepare
from input_pipeline.faces import record_files
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError

ROOT = pathlib.Path(input_pipeline.__file__).parents[1]


@pytest.fixture
def make(release_record, write_records):
    """(path, count, side) → a file of that many random records; returns them."""

    def make(path, count, side=8):
        rng = np.random.default_rng(list(path.name.encode()))
        records = [
            release_record(
                rng.integers(0, 256, (side, side, 3), np.uint8), rng.random((side, side)) < 0.2
            )
            for _ in range(count)
        ]
        write_records(path, records)
        return records

    return make


def refusal(folder, resolution=8):
    with pytest.raises(UserError) as caught:
        record_files.open_records(str(folder), resolution)
    message = str(caught.value)
    assert "\n" not in message
    return message


def everything_in(*paths):
    return [record.numpy() for record in tf.data.TFRecordDataset([str(path) for path in paths])]


def test_the_releases_single_file_is_read(tmp_path, make):
    path = tmp_path / "celeba-r8.tfrecords"
    make(path, 5)
    records = record_files.open_records(str(tmp_path), 8)
    assert (records.count, records.resolution) == (5, 8)
    assert records.read(np.arange(5)) == everything_in(path)


def test_shards_are_read_one_after_the_other_and_an_empty_one_is_allowed(tmp_path, make):
    paths = [tmp_path / f"celeba-r8-0000{i}-of-00004.tfrecords" for i in range(4)]
    for path, count in zip(paths, (2, 0, 3, 1)):
        make(path, count)
    records = record_files.open_records(str(tmp_path), 8)
    assert records.count == 6
    assert records.read(np.arange(6)) == everything_in(*paths)


def test_records_are_read_in_the_order_asked_for_as_often_as_asked(tmp_path, make):
    for shard in range(2):
        make(tmp_path / f"celeba-r8-0000{shard}-of-00002.tfrecords", 3)
    records = record_files.open_records(str(tmp_path), 8)
    all_of_them = everything_in(*sorted(tmp_path.iterdir()))
    order = np.array([5, 0, 3, 3, 1])
    assert records.read(order) == [all_of_them[i] for i in order]


def test_threads_may_read_at_once(tmp_path, make):
    written = make(tmp_path / "celeba-r8.tfrecords", 40)
    records = record_files.open_records(str(tmp_path), 8)
    orders = [np.random.default_rng(seed).permutation(40) for seed in range(32)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(records.read, orders))
    assert found == [[written[i] for i in order] for order in orders]


def test_each_resolution_reads_its_own_files(tmp_path, make):
    make(tmp_path / "celeba-r8.tfrecords", 2)
    make(tmp_path / "celeba-r16-00000-of-00001.tfrecords", 3, side=16)
    for resolution, count in ((8, 2), (16, 3)):
        records = record_files.open_records(str(tmp_path), resolution)
        assert (records.count, records.resolution) == (count, resolution)


def test_a_missing_folder_is_named_with_the_command_that_makes_it(tmp_path):
    message = refusal(tmp_path / "nowhere")
    assert f"--data_dir {tmp_path / 'nowhere'}: no such folder" in message
    assert "python -m input_pipeline.prepare --images" in message


def test_a_missing_resolution_is_answered_with_those_that_are_there(tmp_path, make):
    make(tmp_path / "celeba-r8.tfrecords", 1)
    make(tmp_path / "celeba-r16-00000-of-00001.tfrecords", 1, side=16)
    message = refusal(tmp_path, 64)
    assert "no 64-pixel records (it has 8, 16); choose another --size or run: python" in message
    assert "--out NEW_DIR --resolutions 64" in message


@pytest.mark.parametrize(
    "resolution, painted, told",
    [
        (32, 16, "; phase 2 paints 16 pixels and reads records of twice that; read others with "),
        (32, 8, "; read others with --size 8 or "),  # --size 32, which phase 1 does not read
        (64, 32, "phase 3 paints 32 pixels and reads records of twice that; run: "),
    ],
)
def test_training_is_told_what_a_phase_reads_and_what_will_do(
    tmp_path, make, resolution, painted, told
):
    make(tmp_path / "celeba-r8.tfrecords", 1)
    make(tmp_path / "celeba-r16.tfrecords", 1, side=16)
    with pytest.raises(UserError) as caught:
        record_files.open_records(str(tmp_path), resolution, painted)
    assert told in str(caught.value)


@pytest.fixture
def prepared(tmp_path, photo):
    """Records in 8 and 16 pixels, made with flags and from a folder that a shell would split."""
    (tmp_path / "my photos").mkdir()
    photo.save(tmp_path / "my photos" / "a.png")
    flags = ["--noalign", "--faces=all", "--max_upscale=2", "--shards=3", "--name=mine"]
    folders = [f"--images={tmp_path / 'my photos'}", f"--out={tmp_path / 'my records'}"]
    prepare.main([*folders, *flags, "--resolutions=8,16", "--workers=1"])
    return tmp_path / "my records"


def test_the_command_that_adds_a_resolution_works_as_printed(prepared):
    with pytest.raises(UserError) as caught:
        record_files.open_records(str(prepared), 32, 16)
    _, told, command = str(caught.value).partition("add them: python ")
    assert told
    assert "--align" not in command.replace("--noalign", "")
    assert "--seed" not in command  # its default
    subprocess.run(f"{sys.executable} {command}", shell=True, check=True, cwd=ROOT, timeout=240)
    assert record_files.open_records(str(prepared), 32, 16).count == 1
    assert record_files.open_records(str(prepared), 8).count == 1


def test_where_all_faces_are_too_small_more_resolutions_are_not_advised(prepared):
    content = json.loads((prepared / "dataset.json").read_text())
    content["counts"]["512"] = 0
    (prepared / "dataset.json").write_text(json.dumps(content))
    message = refusal(prepared, 512)
    assert message.endswith("a larger --max_upscale: its faces are all too small")


def test_while_resolutions_are_added_those_that_were_there_can_be_read(prepared):
    (prepared / "unfinished").mkdir()
    assert record_files.open_records(str(prepared), 16).count == 1
    assert "its preparation has not finished" in refusal(prepared, 32)


@pytest.mark.parametrize("name", ["notes.txt", "celeba-r8-old-of-new.tfrecords", "celeba-r8.tar"])
def test_a_folder_of_other_files_has_no_records(tmp_path, name):
    (tmp_path / name).write_text("something else")
    assert "no 8-pixel records (it has no records at all)" in refusal(tmp_path)


def test_a_missing_shard_is_named(tmp_path, make):
    for shard in (0, 2):
        make(tmp_path / f"celeba-r8-0000{shard}-of-00003.tfrecords", 1)
    assert "celeba-r8-00001-of-00003.tfrecords is missing" in refusal(tmp_path)


def test_shards_of_two_data_sets_in_one_folder_are_refused(tmp_path, make):
    make(tmp_path / "celeba-r8-00000-of-00001.tfrecords", 1)
    make(tmp_path / "celeba-r8-00000-of-00002.tfrecords", 1)
    message = refusal(tmp_path)
    assert "celeba-r8-00000-of-00001.tfrecords belongs to 1 shards" in message
    assert "celeba-r8-00000-of-00002.tfrecords too" in message


def test_records_are_found_whatever_the_data_set_is_called(tmp_path, make):
    make(tmp_path / "my-faces_2-of-3-r8-00000-of-00001.tfrecords", 2)
    assert record_files.open_records(str(tmp_path), 8).count == 2
    make(tmp_path / "celeba-r8.tfrecords", 1)
    assert "celeba-r8 and my-faces_2-of-3-r8: records of two data sets" in refusal(tmp_path)


def test_a_single_file_beside_shards_is_refused(tmp_path, make):
    make(tmp_path / "celeba-r8-00000-of-00001.tfrecords", 1)
    make(tmp_path / "celeba-r8.tfrecords", 1)
    assert "celeba-r8.tfrecords too" in refusal(tmp_path)


@pytest.mark.parametrize("cut", [1, 4, 5, 200])
def test_a_truncated_file_is_named_with_the_record_that_is_cut(tmp_path, make, cut):
    path = tmp_path / "celeba-r8.tfrecords"
    make(path, 3)
    os.truncate(path, path.stat().st_size - cut)
    message = refusal(tmp_path)
    assert f"{path}: record 2: the file ends inside it" in message
    assert "truncated" in message


def test_a_file_cut_within_a_records_header_is_truncated_too(tmp_path, make):
    path = tmp_path / "celeba-r8.tfrecords"
    make(path, 1)
    with open(path, "ab") as file:
        file.write(b"12345")
    assert f"{path}: record 1: the file ends inside it" in refusal(tmp_path)


def test_random_bytes_are_no_record_file(tmp_path):
    path = tmp_path / "celeba-r8.tfrecords"
    path.write_bytes(np.random.default_rng(0).bytes(2000))
    message = refusal(tmp_path)
    assert str(path) in message
    assert "no TFRecord file" in message


def test_records_of_something_else_are_refused(tmp_path, write_records):
    path = tmp_path / "celeba-r8.tfrecords"
    feature = {"label": tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))}
    other = tf.train.Example(features=tf.train.Features(feature=feature))
    write_records(path, [other.SerializeToString()])
    message = refusal(tmp_path)
    assert f"{path}: holds records that can't be read (not a record of an image" in message
    assert "wanted 8x8" in message


def test_a_renamed_file_of_another_resolution_is_refused(tmp_path, make):
    path = tmp_path / "celeba-r16.tfrecords"
    make(path, 2, side=8)
    message = refusal(tmp_path, 16)
    assert f"{path}: holds records of 8x8 pixels, wanted 16x16; prepare them: " in message


def test_a_later_record_of_another_resolution_is_refused(tmp_path, make, write_records):
    path = tmp_path / "celeba-r8.tfrecords"
    small = make(tmp_path / "small", 2, side=8)
    large = make(tmp_path / "large", 1, side=64)
    write_records(path, small + large)
    assert f"{path}: record 2 has {len(large[0])} bytes, wanted about 256" in refusal(tmp_path)


@pytest.mark.parametrize("place, told", [(8, "no TFRecord header"), (40, "wrong checksum")])
def test_a_first_record_with_a_wrong_checksum_is_damaged(tmp_path, make, place, told):
    path = tmp_path / "celeba-r8.tfrecords"
    make(path, 2)
    content = bytearray(path.read_bytes())
    content[place] ^= 1  # of the length's checksum; of the record itself
    path.write_bytes(content)
    message = refusal(tmp_path)
    assert f"{path}: holds records that can't be read (record 0: {told}" in message


def test_a_folder_whose_preparation_has_not_finished_is_refused(tmp_path, make):
    make(tmp_path / "celeba-r8-00000-of-00001.tfrecords", 1)
    (tmp_path / "unfinished").mkdir()
    message = refusal(tmp_path)
    assert f"--data_dir {tmp_path}: its preparation has not finished" in message
    assert "run the same prepare command again" in message
    (tmp_path / "unfinished").rmdir()
    assert record_files.open_records(str(tmp_path), 8).count == 1


@pytest.mark.parametrize("name", ["celeba-r8.tfrecords", "celeba-r8-00000-of-00001.tfrecords"])
def test_files_without_a_single_record_are_refused(tmp_path, name):
    (tmp_path / name).touch()
    assert "8-pixel files hold no record" in refusal(tmp_path)


def test_fewer_records_than_dataset_json_counts_are_noticed(tmp_path, make):
    make(tmp_path / "celeba-r8-00000-of-00002.tfrecords", 3)
    (tmp_path / "celeba-r8-00001-of-00002.tfrecords").touch()  # a copy that was cut off
    (tmp_path / "dataset.json").write_text('{"counts": {"8": 5}}')
    assert "3 records of 8 pixels, but its dataset.json counts 5" in refusal(tmp_path)
    (tmp_path / "dataset.json").write_text('{"counts": {"8": 3}}')
    assert record_files.open_records(str(tmp_path), 8).count == 3


def test_records_know_how_faces_lie_in_them(tmp_path, make):
    make(tmp_path / "celeba-r8.tfrecords", 1)
    assert record_files.open_records(str(tmp_path), 8).framing is Framing.ALIGNED
    (tmp_path / "dataset.json").write_text('{"framing": "central square"}')
    assert record_files.open_records(str(tmp_path), 8).framing is Framing.CENTRAL
    (tmp_path / "dataset.json").write_text('{"framing": "tight"}')
    assert "dataset.json: framing 'tight' is not known here" in refusal(tmp_path)
    (tmp_path / "dataset.json").write_text('{"framing": ')
    assert "dataset.json: damaged, it is no JSON object" in refusal(tmp_path)
