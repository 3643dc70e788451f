"""A full disk stops preparation with one line; with more room the same command goes on."""

import random

import pytest

from input_pipeline import prepare
from tests.faults import preparation
from tests.faults.preparation import SMALL_DISK, command, environment, partial, run, tree

FULL = (
    "error: the disk is full; free some space and run the same command again "
    "([Errno 28] No space left on device)"
)


def whole(photos, out, *flags):
    """What is made in this process, where there is room enough."""
    _, _, _, *words = command(photos, out, 1, *flags)
    prepare.main(words)
    return tree(out)


def on_disk_of(room, folder, out, words):
    """Run where the files in `out` may take `room` bytes in all."""
    env = environment(folder / "start", SMALL_DISK, DISK=str(out), ROOM=str(room))
    return run(words, env)


def check_a_full_disk(result, out):
    code, errors = result
    assert (code, [line for line in errors if line]) == (2, [FULL])
    assert partial(out) == []


def phase(out):
    """How far the work has come."""
    if not (out / "unfinished" / "plan.json").exists():
        return "planned"
    names = [path.name for path in out.iterdir() if path.is_file()]
    return "described" if "rejected.csv" in names else "made" if names else "begun"


def size(files):
    return sum(map(len, files.values()))


def test_a_disk_that_is_full_at_once_and_then_not_any_more(photo, tmp_path):
    preparation.save_photos(tmp_path / "photos", photo, 3)
    words = command(tmp_path / "photos", tmp_path / "out", 1, "--shards=2")
    expected = whole(tmp_path / "photos", tmp_path / "whole", "--shards=2")
    for room in (0, 2_000):
        check_a_full_disk(on_disk_of(room, tmp_path, tmp_path / "out", words), tmp_path / "out")
    assert whole(tmp_path / "photos", tmp_path / "out", "--shards=2") == expected


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_disk_that_is_full_again_and_again_costs_nothing_but_time(photo, tmp_path, workers):
    preparation.save_photos(tmp_path / "photos", photo, 12)
    words = command(tmp_path / "photos", tmp_path / "out", workers, "--shards=6")
    expected = whole(tmp_path / "photos", tmp_path / "whole", "--shards=6")
    rng, out, full_at, room = random.Random(workers), tmp_path / "out", [], 0
    result = on_disk_of(room, tmp_path, out, words)
    while result[0] != 0:
        check_a_full_disk(result, out)
        full_at.append(phase(out))
        files = tree(out)
        named = [name for name in files if not name.startswith("unfinished/")]
        assert [name for name in named if files[name] != expected[name]] == []
        room += rng.randrange(size(expected) // 5)
        result = on_disk_of(room, tmp_path, out, words)
    assert {*full_at} == {"planned", "begun", "made", "described"}
    assert len(full_at) >= 6
    assert tree(out) == expected
