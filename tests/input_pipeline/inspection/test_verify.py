import json
import os
import re
import shutil
import struct
import tracemalloc

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from input_pipeline import prepare, prepare_labels
from input_pipeline.inspection import verify
from interface.command_line import UserError

NAMES = [f"celeba-r{side}-0000{i}-of-00002.tfrecords" for side in (16, 8) for i in range(2)]


@pytest.fixture(scope="module")
def faces(tmp_path_factory, photo):
    """Four records at each of two resolutions, in two shards."""
    folder = tmp_path_factory.mktemp("faces")
    (folder / "photos").mkdir()
    for name, image in (
        ("a", photo),
        ("b", ImageOps.mirror(photo)),
        ("c", photo.convert("L")),
        ("d", ImageOps.invert(ImageOps.invert(photo).convert("L"))),
    ):
        image.save(folder / "photos" / f"{name}.png")
    flags = ["--resolutions=8,16", "--shards=2", "--workers=1"]
    prepare.main([f"--images={folder}/photos", f"--out={folder}/records", *flags])
    return folder / "records"


@pytest.fixture
def data(faces, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(faces, tmp_path / "records")


def edit(folder, change):
    """Change dataset.json; `change` is given its content."""
    content = json.loads((folder / "dataset.json").read_text())
    change(content)
    (folder / "dataset.json").write_text(json.dumps(content))


def found(folder, capsys):
    """The lines about files, and the error's; there must be an error, and nothing on stdout."""
    capsys.readouterr()
    with pytest.raises(UserError) as caught:
        verify.verify(str(folder))
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line.strip() for line in re.split(r"[\r\n]", err)]
    return [line for line in lines if line and not line.startswith("verifying:")], str(caught.value)


def starts(path):
    """Where each record of a file starts, by TensorFlow's own reader of the records."""
    lengths = [len(record.numpy()) for record in tf.data.TFRecordDataset(str(path))]
    return np.cumsum([0] + [12 + length + 4 for length in lengths]).tolist()


def told(folder, capsys):
    verify.verify(str(folder))
    return capsys.readouterr().out


def test_a_sound_data_set_is_told_in_one_line(faces, capsys):
    capsys.readouterr()
    size = sum((faces / name).stat().st_size for name in NAMES)
    assert told(faces, capsys) == f"sound: 4 files, 8 records, {size:,} bytes\n"


def test_a_data_set_behind_a_url_is_read_too(data, capsys):
    at_home = told(data, capsys)
    assert told(f"file://{data}", capsys) == at_home
    (data / NAMES[0]).unlink()
    lines, _ = found(f"file://{data}", capsys)
    assert lines == [f"{NAMES[0]}: missing"]


def test_other_files_in_the_folder_are_no_concern(data, capsys):
    (data / "notes.txt").write_text("mine")
    assert told(data, capsys).startswith("sound: 4 files")


# Of the second record: its length, the length's checksum, its content, the content's checksum.
@pytest.mark.parametrize("offset", [0, 9, 30, -1])
@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_byte_is_found_in_its_record(data, capsys, name, offset):
    content = bytearray((data / name).read_bytes())
    first, second, end = starts(data / name)
    content[second + offset if offset >= 0 else end + offset] ^= 1
    (data / name).write_bytes(content)
    (line,), error = found(data, capsys)
    assert line.startswith(f"{name}: record 1: ")
    assert "1 problem," in error
    assert error.startswith(f"{data}: ")


def test_a_file_cut_inside_a_record_is_told_with_both_sizes(data, capsys):
    size = (data / NAMES[1]).stat().st_size
    os.truncate(data / NAMES[1], size - 5)
    lines, error = found(data, capsys)
    assert lines == [
        f"{NAMES[1]}: record 1: the file ends inside it",
        f"{NAMES[1]}: {size - 5} bytes, dataset.json says {size}",
    ]
    assert "2 problems" in error


def test_a_file_cut_between_two_records_is_told_with_both_counts(data, capsys):
    first, second, end = starts(data / NAMES[1])
    os.truncate(data / NAMES[1], second)
    lines, _ = found(data, capsys)
    assert lines == [
        f"{NAMES[1]}: {second} bytes, dataset.json says {end}",
        f"{NAMES[1]}: 1 records, dataset.json says 2",
    ]


def test_records_added_to_a_file_are_told(data, capsys):
    with open(data / NAMES[2], "ab") as file:
        file.write((data / NAMES[3]).read_bytes())
    lines, _ = found(data, capsys)
    assert [line.split(":")[0] for line in lines] == [NAMES[2]] * 2
    assert lines[1] == f"{NAMES[2]}: 4 records, dataset.json says 2"


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(data, capsys, name):
    (data / name).unlink()
    assert found(data, capsys)[0] == [f"{name}: missing"]


def test_a_file_that_dataset_json_does_not_name_is_named(data, capsys):
    shutil.copy(data / NAMES[0], data / "celeba-r16-00002-of-00003.tfrecords")
    lines, _ = found(data, capsys)
    assert lines == ["celeba-r16-00002-of-00003.tfrecords: dataset.json does not name it"]


@pytest.mark.parametrize("first, second", [(0, 1), (0, 2), (1, 3)])
def test_two_files_that_changed_names_are_both_named(data, capsys, first, second):
    paths = data / NAMES[first], data / NAMES[second]
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, reversed(contents)):
        path.write_bytes(content)
    lines, _ = found(data, capsys)
    assert {line.split(":")[0] for line in lines} == {NAMES[first], NAMES[second]}


def test_another_content_of_the_same_size_is_told_by_its_checksum(data, capsys):
    path = data / NAMES[0]
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in reversed(records):
            writer.write(record)
    (line,), _ = found(data, capsys)
    assert line.startswith(f"{NAMES[0]}: checksum ")


def test_every_problem_is_told(data, capsys):
    os.truncate(data / NAMES[0], 0)
    (data / NAMES[1]).unlink()
    (data / NAMES[2]).write_bytes(b"\0" * 100)
    (data / "celeba-r4.tfrecords").touch()
    lines, error = found(data, capsys)
    assert {line.split(":")[0] for line in lines} == {*NAMES[:3], "celeba-r4.tfrecords"}
    assert f"{data}: {len(lines)} problems" in error
    assert "\n" not in error


def test_a_folder_with_the_name_of_a_file_is_told(data, capsys):
    (data / NAMES[0]).unlink()
    (data / NAMES[0]).mkdir()
    assert found(data, capsys)[0] == [f"{NAMES[0]}: unreadable: Is a directory"]


def test_counts_that_are_not_the_files_sums_are_told(data, capsys):
    edit(data, lambda content: content["counts"].update({"8": 5, "16": 3, "32": 1}))
    lines, _ = found(data, capsys)
    assert lines == [
        "celeba-r8: 4 records in its files, dataset.json counts 5",
        "celeba-r16: 4 records in its files, dataset.json counts 3",
        "celeba-r32: 0 records in its files, dataset.json counts 1",
    ]


def test_a_data_set_of_an_older_version_is_held_against_its_counts(data, capsys):
    edit(data, lambda content: content.pop("files"))
    assert told(data, capsys).startswith("sound: 4 files, 8 records, ")
    (data / NAMES[0]).unlink()
    lines, _ = found(data, capsys)
    assert lines == ["celeba-r16: 2 records in its files, dataset.json counts 4"]


@pytest.fixture
def release(tmp_path, release_record, write_records):
    """Single files, as the 2019 release has them."""
    (tmp_path / "release").mkdir()
    for side, count in ((8, 3), (16, 2)):
        image = np.full((side, side, 3), 7, np.uint8)
        mask = np.eye(side, dtype=np.uint8)
        records = [release_record(image, mask)] * count
        write_records(tmp_path / "release" / f"celeba-r{side}.tfrecords", records)
    return tmp_path / "release"


def test_the_releases_single_files_are_read(release, capsys):
    size = sum(path.stat().st_size for path in release.iterdir())
    unseen = "(no dataset.json to hold counts and checksums against)"
    assert told(release, capsys) == f"sound: 2 files, 5 records, {size:,} bytes {unseen}\n"


def test_damage_in_the_releases_files_is_told(release, capsys):
    os.truncate(release / "celeba-r8.tfrecords", 40)
    lines, _ = found(release, capsys)
    assert lines == ["celeba-r8.tfrecords: record 0: the file ends inside it"]


def test_images_of_another_size_than_the_files_name_are_told_once_for_a_file(release, capsys):
    shutil.copy(release / "celeba-r8.tfrecords", release / "celeba-r32.tfrecords")
    lines, _ = found(release, capsys)
    assert lines == [
        "celeba-r32.tfrecords: record 0: its image is 8x8, wanted 32x32 (and 2 more of its records)"
    ]


def test_records_that_cannot_be_decoded_are_told_though_their_checksums_are_right(
    release, write_records, capsys
):
    with open(release / "celeba-r8.tfrecords", "ab") as file:
        write_records(release / "more", [b"no example"])
        file.write((release / "more").read_bytes())
    lines, _ = found(release, capsys)
    assert lines == ["celeba-r8.tfrecords: record 3: not a tf.train.Example"]


@pytest.fixture
def maps(tmp_path):
    """Three records of photos and label maps."""
    for name in ("photos", "ids"):
        (tmp_path / name).mkdir()
    for number in range(3):
        ids = np.random.default_rng(number).integers(0, 5, (12, 20), np.uint8)
        Image.fromarray(ids).save(tmp_path / "ids" / f"{number}.png")
        Image.fromarray(ids * 50).convert("RGB").save(tmp_path / "photos" / f"{number}.png")
    flags = ["--label_count=5", f"--out={tmp_path}/maps", "--shards=1", "--workers=1"]
    prepare_labels.main([f"--images={tmp_path}/photos", f"--labels={tmp_path}/ids", *flags])
    return tmp_path / "maps"


def test_label_maps_are_verified_too(maps, capsys):
    capsys.readouterr()
    size = (maps / "labels-train-00000-of-00001.tfrecords").stat().st_size
    assert told(maps, capsys) == f"sound: 1 files, 3 records, {size:,} bytes\n"
    edit(maps, lambda content: content["counts"].update(train=4))
    lines, _ = found(maps, capsys)
    assert lines == ["labels-train: 3 records in its files, dataset.json counts 4"]


def test_a_label_map_whose_png_is_damaged_is_told(maps, write_records, capsys):
    (maps / "dataset.json").unlink()
    path = maps / "labels-train-00000-of-00001.tfrecords"
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    example = tf.train.Example.FromString(records[1])
    png = example.features.feature["label"].bytes_list.value
    png[0] = png[0][:50]
    write_records(path, [records[0], example.SerializeToString(), records[2]])
    (line,), _ = found(maps, capsys)
    assert line.startswith(f"{path.name}: record 1: its label cannot be decoded")


@pytest.mark.parametrize(
    "place, wanted",
    [
        ("nowhere", "nowhere: no such folder; name "),
        ("file", "file: a file; name the folder"),
        ("empty", "empty: no record file in it; name "),
        ("half", "half: its preparation has not finished; run the same prepare command again"),
        ("odd", "odd/dataset.json: damaged, it is no JSON object; copy it again"),
        ("list", "list/dataset.json: damaged, it is no JSON object; copy it again"),
    ],
)
def test_where_there_is_no_finished_data_set_advice_is_given(tmp_path, capsys, place, wanted):
    for name in ("empty", "half/unfinished", "odd", "list"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "odd" / "dataset.json").write_text('{"counts": ')
    (tmp_path / "list" / "dataset.json").write_text("[]")
    lines, error = found(tmp_path / place, capsys)
    assert error.startswith(str(tmp_path / wanted))
    assert lines == []
    assert "\n" not in error


def test_a_large_file_is_read_piece_by_piece(tmp_path, release_record, write_records):
    record = release_record(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8))
    write_records(tmp_path / "celeba-r64.tfrecords", [record] * 1000)
    assert (tmp_path / "celeba-r64.tfrecords").stat().st_size > 16e6
    verify.verify(str(tmp_path))  # what is imported and cached once
    tracemalloc.start()
    try:
        verify.verify(str(tmp_path))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2e6


def test_a_record_that_claims_to_be_huge_is_not_asked_for(tmp_path, capsys):
    length = struct.pack("<Q", 1 << 60)
    (tmp_path / "celeba-r8.tfrecords").write_bytes(length + b"\1\2\3\4" + bytes(100))
    (line,), _ = found(tmp_path, capsys)
    assert line.startswith("celeba-r8.tfrecords: record 0: ")


def test_the_flag_of_prepare_tells_problems_and_ends_with_a_users_mistake(data, capsys):
    (data / NAMES[0]).unlink()
    with pytest.raises(UserError, match=f"^{data}: 1 problem, "):
        prepare.main(["--verify", f"--out={data}"])
    assert f"{NAMES[0]}: missing\n" in capsys.readouterr().err
