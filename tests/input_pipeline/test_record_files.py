import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import record_files, tfrecords
from input_pipeline.record_files import Part
from interface.command_line import UserError


@pytest.fixture
def make(write_records):
    """(path, count) → a file of that many records of any kind; returns them."""

    def make(path, count):
        records = [f"{path.name} {number}".encode() * (number + 1) for number in range(count)]
        write_records(path, records)
        return records

    return make


def part(folder):
    return Part(str(folder), "train", "train", "of train", "python -m tool --out")


def opened(folder, check=lambda path, places: None):
    of = part(folder)
    return of.read(sorted(path.name for path in folder.glob("x-*")), of.summary(), check)


def refusal(folder):
    with pytest.raises(UserError) as caught:
        opened(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def shard(folder, number, of):
    return folder / f"x-0000{number}-of-0000{of}.tfrecords"


def test_shards_are_read_one_after_the_other_and_an_empty_one_is_allowed(tmp_path, make):
    paths, checked = [shard(tmp_path, number, 4) for number in range(4)], []
    for path, count in zip(paths, (2, 0, 3, 1)):
        make(path, count)
    records = opened(tmp_path, lambda path, places: checked.append((path, len(places))))
    everything = [r.numpy() for r in tf.data.TFRecordDataset([str(path) for path in paths])]
    assert (records.count, records.read(np.arange(6))) == (6, everything)
    assert records.read(np.array([5, 0, 3, 3])) == [everything[i] for i in (5, 0, 3, 3)]
    assert checked == [(paths[0], 2), (paths[2], 3), (paths[3], 1)]


def test_threads_may_read_at_once(tmp_path, make):
    written = make(shard(tmp_path, 0, 1), 40)
    orders = [np.random.default_rng(seed).permutation(40) for seed in range(32)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        read = list(pool.map(opened(tmp_path).read, orders))
    assert read == [[written[i] for i in order] for order in orders]


def test_the_first_record_of_a_file_is_held_against_its_checksums(tmp_path, make):
    path = shard(tmp_path, 0, 1)
    written = make(path, 2)
    assert record_files.first_in(path) == written[0]


def test_a_missing_folder_is_named_with_the_command_that_makes_it(tmp_path):
    message = refusal(tmp_path / "nowhere")
    told = f"no such folder; make it: python -m tool --out {tmp_path / 'nowhere'}"
    assert message == f"--data_dir {tmp_path / 'nowhere'}: {told}"


def test_a_missing_shard_is_named(tmp_path, make):
    for number in (0, 2):
        make(shard(tmp_path, number, 3), 1)
    told = "belongs to 3 shards, but x-00001-of-00003.tfrecords is missing; prepare into a new"
    assert told in refusal(tmp_path)


def test_shards_of_two_data_sets_in_one_folder_are_refused(tmp_path, make):
    make(shard(tmp_path, 0, 1), 1)
    make(shard(tmp_path, 0, 2), 1)
    told = "x-00000-of-00001.tfrecords belongs to 1 shards, but x-00000-of-00002.tfrecords too"
    assert told in refusal(tmp_path)


@pytest.mark.parametrize("cut", [1, 4, 5, 30])
def test_a_truncated_file_is_named_with_the_record_that_is_cut(tmp_path, make, cut):
    path = shard(tmp_path, 0, 1)
    make(path, 3)
    os.truncate(path, path.stat().st_size - cut)
    assert f"{path}: record 2: the file ends inside it: truncated" in refusal(tmp_path)


@pytest.mark.parametrize("content, number", [(b"12345", 1), (bytes(range(1, 250)) * 9, 1)])
def test_what_is_no_record_is_told_from_those_before(tmp_path, make, content, number):
    path = shard(tmp_path, 0, 1)
    make(path, 1)
    with open(path, "ab") as file:
        file.write(content)
    message = refusal(tmp_path)
    assert f"{path}: record {number}: the file ends inside it: truncated, or no TFReco" in message


def test_files_without_a_single_record_are_refused(tmp_path):
    shard(tmp_path, 0, 1).touch()
    assert refusal(tmp_path) == f"--data_dir {tmp_path}: its train files hold no record"


def test_fewer_records_than_dataset_json_counts_are_noticed(tmp_path, make):
    make(shard(tmp_path, 0, 2), 3)
    shard(tmp_path, 1, 2).touch()  # a copy that was cut off
    (tmp_path / "dataset.json").write_text('{"counts": {"train": 5}}')
    assert "3 records of train, but its dataset.json counts 5: copied in" in refusal(tmp_path)
    (tmp_path / "dataset.json").write_text('{"counts": {"train": 3}}')
    assert opened(tmp_path).count == 3


def test_what_is_not_finished_is_refused_but_not_what_was_there_before(tmp_path, make):
    make(shard(tmp_path, 0, 1), 1)
    (tmp_path / "unfinished").mkdir()
    told = "its preparation has not finished; run the same prepare command again"
    assert f"--data_dir {tmp_path}: {told}" in refusal(tmp_path)
    (tmp_path / "dataset.json").write_text('{"counts": {"train": 1}}')  # more parts are added
    assert opened(tmp_path).count == 1


def test_no_single_bit_that_is_another_is_read(tmp_path, make):
    path = shard(tmp_path, 0, 1)
    written = make(path, 5)
    content = path.read_bytes()
    for bit in np.random.default_rng(0).choice(8 * len(content), 150, replace=False).tolist():
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        other = tmp_path / f"bit_{bit}"
        other.mkdir()
        (other / path.name).write_bytes(damaged)
        with pytest.raises(UserError) as caught:
            opened(other).read(np.arange(5))
        assert path.name in str(caught.value) and "prepare it again" in str(caught.value)
    assert opened(tmp_path).read(np.arange(5)) == written


def test_a_damaged_record_ends_a_program_with_one_line_though_tensorflow_reads_it(tmp_path, make):
    path = shard(tmp_path, 0, 1)
    make(path, 5)
    with open(path, "r+b") as file:
        file.seek(-6, os.SEEK_END)  # in the last record's content
        byte = file.read(1)
        file.seek(-6, os.SEEK_END)
        file.write(bytes([byte[0] ^ 1]))
    program = (
        "import pathlib\n"
        "from interface import command_line\n"
        "from tests.input_pipeline.test_record_files import opened\n"
        "def main(argv):\n"
        "    from input_pipeline import order\n"
        "    decode = lambda records, draws: {'it': records}\n"
        "    shares = order.Shares(5)\n"
        "    list(order.stream(opened(pathlib.Path(argv[0])), shares, decode, 1, seed=0).take(1))\n"
        "command_line.run(main)\n"
    )
    root = pathlib.Path(record_files.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, cwd=root
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {path}: the record at byte ")
    assert done.stderr.endswith(": wrong checksum; copy the file again, or prepare it again\n")


def test_the_fingerprint_follows_from_the_contents_and_their_order(tmp_path, make):
    def of(*contents):
        folder = tmp_path / "-".join(each.decode() for each in contents)
        folder.mkdir()
        with open(shard(folder, 0, 1), "wb") as file:
            for each in contents:
                tfrecords.write(file, each)
        return opened(folder).fingerprint

    same = of(b"one", b"two")
    assert len({same, of(b"two", b"one"), of(b"one"), of(b"one", b"twp")}) == 4
    shutil.copytree(tmp_path / "one-two", tmp_path / "copy")
    assert opened(tmp_path / "copy").fingerprint == same and len(same) == 8
