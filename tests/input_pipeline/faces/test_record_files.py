import json
import shlex

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import prepare
from input_pipeline.faces import record_files
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError


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


def refusal(folder, resolution=8, painted=None):
    with pytest.raises(UserError) as caught:
        record_files.open_records(str(folder), resolution, painted)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_each_resolution_reads_its_own_files_and_the_releases_single_ones(tmp_path, make):
    made = {
        8: make(tmp_path / "celeba-r8.tfrecords", 2),
        16: make(tmp_path / "celeba-r16-00000-of-00001.tfrecords", 3, side=16),
    }
    for resolution, written in made.items():
        records = record_files.open_records(str(tmp_path), resolution)
        assert records.resolution == resolution
        assert records.read(np.arange(records.count)) == written


def test_a_missing_folder_is_named_with_the_command_that_makes_it(tmp_path):
    message = refusal(tmp_path / "nowhere")
    assert f"--data_dir {tmp_path / 'nowhere'}: no such folder" in message
    assert "python -m input_pipeline.prepare --images" in message


@pytest.mark.parametrize(
    "resolution, painted, told",
    [
        (64, None, "no 64-pixel records (it has 8, 16); choose another --size or run: python"),
        (64, None, "--out NEW_DIR --resolutions 64"),
        (32, 16, "; phase 2 paints 16 pixels and reads records of twice that; read others with "),
        (32, 8, "; read others with --size 8 or "),  # --size 32, which phase 1 does not read
        (64, 32, "phase 3 paints 32 pixels and reads records of twice that; run: "),
    ],
)
def test_a_missing_resolution_is_answered_with_what_is_there_and_what_will_do(
    tmp_path, make, resolution, painted, told
):
    make(tmp_path / "celeba-r8.tfrecords", 1)
    make(tmp_path / "celeba-r16.tfrecords", 1, side=16)
    assert told in refusal(tmp_path, resolution, painted)


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
    _, told, command = refusal(prepared, 32, 16).partition("add them: ")
    python, module, program, *flags = shlex.split(command)
    assert (python, module, program) == ("python", "-m", "input_pipeline.prepare")
    prepare.main([*flags, "--workers=1"])
    assert record_files.open_records(str(prepared), 32, 16).count == 1
    assert record_files.open_records(str(prepared), 8).count == 1


def test_more_resolutions_are_advised_only_where_faces_are_large_enough(prepared):
    content = json.loads((prepared / "dataset.json").read_text())
    content["counts"]["512"] = 0
    (prepared / "dataset.json").write_text(json.dumps(content))
    message = refusal(prepared, 512)
    assert message.endswith("a larger --max_upscale: its faces are all too small")
    (prepared / "unfinished").mkdir()  # while they are added, those there before can be read
    assert record_files.open_records(str(prepared), 16).count == 1
    assert "its preparation has not finished" in refusal(prepared, 32)


@pytest.mark.parametrize(
    "name, told",
    [
        ("notes.txt", "it has no records at all"),
        ("celeba-r8-old-of-new.tfrecords", "it has no records at all"),
        ("celeba-r8.tar", "it has no records at all"),
        ("labels-train-00000-of-00001.tfrecords", "it has label maps, for other systems"),
    ],
)
def test_a_folder_of_other_files_has_no_records(tmp_path, name, told):
    (tmp_path / name).write_text("something else")
    assert f"no 8-pixel records ({told})" in refusal(tmp_path)


def test_records_are_found_whatever_the_data_set_is_called(tmp_path, make):
    make(tmp_path / "my-faces_2-of-3-r8-00000-of-00001.tfrecords", 2)
    assert record_files.open_records(str(tmp_path), 8).count == 2
    make(tmp_path / "celeba-r8.tfrecords", 1)
    assert "celeba-r8 and my-faces_2-of-3-r8: records of two data sets" in refusal(tmp_path)


def test_a_single_file_beside_shards_is_refused(tmp_path, make):
    make(tmp_path / "celeba-r8-00000-of-00001.tfrecords", 1)
    make(tmp_path / "celeba-r8.tfrecords", 1)
    assert "celeba-r8.tfrecords too" in refusal(tmp_path)


def test_random_bytes_are_no_record_file(tmp_path):
    path = tmp_path / "celeba-r8.tfrecords"
    path.write_bytes(np.random.default_rng(0).bytes(2000))
    assert f"{path}: record 0: the file ends inside it: truncated, or no TFR" in refusal(tmp_path)


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


@pytest.mark.parametrize(
    "place, told",
    [
        (8, "record 0: its length is damaged"),
        (40, "holds records that can't be read (record 0: wrong checksum"),
    ],
)
def test_a_first_record_with_a_wrong_checksum_is_damaged(tmp_path, make, place, told):
    path = tmp_path / "celeba-r8.tfrecords"
    make(path, 2)
    content = bytearray(path.read_bytes())
    content[place] ^= 1  # of the length's checksum; of the record itself
    path.write_bytes(content)
    assert f"{path}: {told}" in refusal(tmp_path)


def test_the_counts_of_dataset_json_are_those_of_resolutions(tmp_path, make):
    make(tmp_path / "celeba-r8.tfrecords", 3)
    (tmp_path / "dataset.json").write_text('{"counts": {"8": 5}}')
    assert "3 records of 8 pixels, but its dataset.json counts 5" in refusal(tmp_path)


def test_records_know_how_faces_lie_in_them(tmp_path, make):
    make(tmp_path / "celeba-r8.tfrecords", 1)
    assert record_files.open_records(str(tmp_path), 8).framing is Framing.ALIGNED
    (tmp_path / "dataset.json").write_text('{"framing": "central square"}')
    assert record_files.open_records(str(tmp_path), 8).framing is Framing.CENTRAL
    (tmp_path / "dataset.json").write_text('{"framing": "tight"}')
    assert "dataset.json: framing 'tight' is not known here" in refusal(tmp_path)
    (tmp_path / "dataset.json").write_text('{"framing": ')
    assert "dataset.json: damaged, it is no JSON object; copy it again" in refusal(tmp_path)
