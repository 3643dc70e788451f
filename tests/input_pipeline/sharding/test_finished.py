import csv
import json
import os
import uuid

import pytest

from input_pipeline import storage
from input_pipeline.sharding import finished
from interface.command_line import UserError
from tests.input_pipeline.sharding.letters import (
    SETTINGS,
    made_whole,
    make_all,
    records,
    tree,
)

LATIN = os.fsdecode(b"na\xefve")


def crc32c(content):
    """Castagnoli's, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return f"{crc ^ 0xFFFFFFFF:08x}"


def test_the_summary_describes_every_file(tmp_path):
    assert crc32c(b"123456789") == "e3069283"  # its published check value
    content = made_whole(tmp_path)
    assert json.loads((tmp_path / "dataset.json").read_text()) == content
    files = {
        path.name: {
            "records": len(records(path)),
            "bytes": path.stat().st_size,
            "crc32c": crc32c(path.read_bytes()),
        }
        for path in tmp_path.glob("*.tfrecords")
    }
    assert content.pop("files") == files
    assert len(files) == 6
    assert content.pop("versions")["numpy"]
    assert content == {"said": 1, "rejected": 1, "shards": 3, "options": SETTINGS}


def test_a_whole_data_set_holds_nothing_but_itself(tmp_path):
    made_whole(tmp_path)
    names = [f"{s}-0000{i}-of-00003.tfrecords" for s in ("long", "short") for i in range(3)]
    names += ["dataset.json", "extra.txt", "rejected.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert (tmp_path / "extra.txt").read_bytes() == b"extra"
    with open(tmp_path / "rejected.csv", newline="") as file:
        wanted = [["file", "reason"], ["item 6", "number 6, that is why"]]
        assert list(csv.reader(file)) == wanted


def test_files_that_no_record_reached_are_dropped_but_not_a_reached_ones_empty_shard(tmp_path):
    items = ["item 5", "item 0", "item 6", "item 12"]  # only the last has a short record
    content = made_whole(tmp_path / "some", items=items, count=4)
    assert sum(name.startswith("short") for name in content["files"]) == 4
    content = made_whole(tmp_path / "none", items=items[:3], count=3)
    assert sorted(content["files"]) == [f"long-0000{i}-of-00003.tfrecords" for i in range(3)]
    assert not list((tmp_path / "none").glob("short*"))


def test_the_same_items_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        made_whole(tmp_path / name)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_a_data_set_behind_a_url_is_that_of_a_local_folder(tmp_path):
    url = f"ram://{uuid.uuid4().hex}/out"
    assert made_whole(url) == made_whole(tmp_path)
    assert storage.names(url) == sorted(tree(tmp_path))
    for name, content in tree(tmp_path).items():
        assert storage.read(storage.join(url, name)) == content


def test_a_whole_data_set_is_told_from_one_that_is_not(tmp_path):
    assert finished.whole(str(tmp_path / "nowhere"), SETTINGS, {}) is None
    plan, report = make_all(tmp_path)
    assert finished.whole(str(tmp_path), SETTINGS, {}) is None
    content = finished.finish(str(tmp_path), plan, report, {}, {})
    assert finished.whole(str(tmp_path), SETTINGS, {}) == content


@pytest.mark.parametrize("harm, told", [("remove", "is missing"), ("cut", "has 9 bytes of ")])
def test_a_data_set_that_is_not_whole_any_more_is_refused(tmp_path, harm, told):
    made_whole(tmp_path)
    path = tmp_path / "long-00001-of-00003.tfrecords"
    path.unlink() if harm == "remove" else os.truncate(path, 9)
    with pytest.raises(UserError, match=f"was whole, but {path.name} {told}.*--verify"):
        finished.whole(str(tmp_path), SETTINGS, {})


def test_a_whole_data_set_with_other_settings_is_refused(tmp_path):
    made_whole(tmp_path)
    with pytest.raises(UserError, match="made with --seed=3, now it is 4"):
        finished.whole(str(tmp_path), {**SETTINGS, "seed": 4}, {})


@pytest.mark.parametrize("content", ["[]", "no JSON", '{"labels": [["a.png", 3]]}'])
def test_somebody_elses_summary_is_no_data_set(tmp_path, content):
    (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(UserError) as caught:
        finished.whole(str(tmp_path), SETTINGS, {})
    told = f"--out {tmp_path}: its dataset.json is of something else; name a new folder"
    assert str(caught.value) == told


def test_what_a_kill_left_of_the_work_on_a_whole_data_set_goes(tmp_path):
    made_whole(tmp_path)
    whole = tree(tmp_path)
    (tmp_path / "unfinished").mkdir()
    (tmp_path / "unfinished" / "00002.json").touch()
    finished.whole(str(tmp_path), SETTINGS, {})
    assert tree(tmp_path) == whole
    assert not (tmp_path / "unfinished").exists()


def test_a_data_set_that_came_out_empty_is_removed(tmp_path):
    _, report = make_all(tmp_path / "out", items=["item 6"])
    finished.discard(str(tmp_path / "out"), report)
    assert list(tmp_path.iterdir()) == []


def test_tables_are_utf_8_whatever_the_names_and_keep_commas():
    content = finished.table(["file", "reason"], [(LATIN, 'a, "b"')])
    assert content == b'file,reason\r\nna\\xefve,"a, ""b"""\r\n'
