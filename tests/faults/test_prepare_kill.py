"""Preparation may be killed at any moment: the same command goes on, to the same bytes."""

import contextlib
import os
import random
import re
import signal
import time

import pytest

from input_pipeline.faces import record_files
from interface.command_line import UserError
from tests.faults import preparation
from tests.faults.preparation import (
    KILLED_AT,
    PAUSING,
    at_work,
    command,
    environment,
    partial,
    run,
    tree,
)

SHARDS = "--shards=18"
# Between which two changes of the folder everything is killed, in this order.
MOMENTS = [
    r"os.rename .*/plan\.json$",  # all is written aside
    r"os.rename .*/celeba-r8-",
    r"os.rename .*/celeba-r16-",  # one of two files of a shard has its name
    r"os.rename .*/unfinished/\d+\.json$",  # both have; it is not on record
    *["any"] * 8,
    r"os.rename .*/rejected\.csv$",
    r"os.rename .*/faces\.csv$",
    r"os.rename .*/preview\.png$",
    r"os.rename .*/dataset\.json$",
    r"shutil.rmtree .*/unfinished$",  # all is there
    r"os.remove 00003\.json$",
    r"os.rmdir .*unfinished$",
]


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo):
    folder = tmp_path_factory.mktemp("kill") / "photos"
    preparation.save_photos(folder, photo, 36)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory, photos):
    """What one worker makes that nobody interrupts."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert run(command(photos, out, 1, SHARDS))[0] == 0
    return tree(out)


def reports(out):
    """{number of a shard that is on record: when it was written}."""
    paths = (out / "unfinished").glob("[0-9]*.json")
    return {path.stem: path.stat().st_mtime_ns for path in paths}


def wait_for_a_shard(process, out, more=0):
    """Until `more` shards have been finished and another one is written."""
    known, before = (
        {path.name for path in (out / "unfinished").glob("*.partial")},
        len(reports(out)),
    )
    end = time.monotonic() + 120
    while len(reports(out)) < before + more or not {*partial(out)} - known:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.001)


def kill_at_any_moment(process, out, rng):
    if rng.random() < 0.25:
        time.sleep(rng.uniform(0, 0.5))  # while it starts, most likely
    else:
        wait_for_a_shard(process, out, more=rng.randrange(2))
        time.sleep(rng.uniform(0, 0.08))
    os.killpg(process.pid, signal.SIGKILL)
    return process.wait(60)


def check_what_is_there(out, whole):
    """Files that have their names are whole; a shard on record has all of its own."""
    files = tree(out)
    named = {name: content for name, content in files.items() if not name.startswith("unfinished")}
    assert {name for name in named if named[name] != whole.get(name)} <= {
        f"{name}.partial" for name in ("rejected.csv", "faces.csv", "preview.png", "dataset.json")
    }
    for shard in reports(out):
        for size in (8, 16):
            assert f"celeba-r{size}-{shard}-of-00018.tfrecords" in files


def wait_for_the_end_of(group):
    """Until no process of a group is left."""
    end = time.monotonic() + 60
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.killpg(group, 0)
            time.sleep(0.05)
        raise AssertionError("orphans")


@pytest.mark.slow
def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(photos, whole, tmp_path):
    out, rng = tmp_path / "out", random.Random(0)
    words = command(photos, out, 2, SHARDS)
    for moment in MOMENTS:
        on_record = reports(out)
        if moment == "any":
            env = environment(tmp_path / "start", PAUSING)
            with at_work(words, env) as process:
                assert kill_at_any_moment(process, out, rng) == -signal.SIGKILL
        else:
            env = environment(tmp_path / "start", KILLED_AT, KILLED_AT=moment, KILLED="all")
            assert run(words, env)[0] == -signal.SIGKILL, moment
        check_what_is_there(out, whole)
        if not (out / "dataset.json").exists():  # no shard is made again that was on record
            assert on_record.items() <= reports(out).items()
    assert run(words)[0] == 0
    assert tree(out) == whole


MOMENTS_OF_ADDING = [
    r"os.rename .*/unfinished/plan\.json$",
    r"os.rename .*/celeba-r32-",
    r"os.rename .*/unfinished/\d+\.json$",
    *["any"] * 4,
    r"os.rename .*/faces\.csv$",
    r"os.rename .*/out/plan\.json$",
    r"os.rename .*/dataset\.json$",
    r"shutil.rmtree .*/unfinished$",
    r"os.remove plan\.json$",
]


@pytest.mark.slow
def test_killed_while_it_adds_a_resolution_no_data_set_is_lost_nor_looks_whole(
    photos, whole, tmp_path
):
    fresh, out, rng = tmp_path / "fresh", tmp_path / "out", random.Random(0)
    assert run(command(photos, fresh, 2, SHARDS, "--resolutions=32"))[0] == 0
    assert run(command(photos, out, 2, SHARDS))[0] == 0
    words = command(photos, out, 2, SHARDS, "--resolutions=32")
    for moment in MOMENTS_OF_ADDING:
        if moment == "any":
            with at_work(words, environment(tmp_path / "start", PAUSING)) as process:
                kill_at_any_moment(process, out, rng)
        else:
            env = environment(tmp_path / "start", KILLED_AT, KILLED_AT=moment, KILLED="all")
            assert run(words, env)[0] == -signal.SIGKILL, moment
        files = tree(out)
        for name, content in whole.items():
            assert not name.endswith(".tfrecords") or files[name] == content
        assert record_files.open_records(str(out), 16).count == 36
        if b"celeba-r32-" in files["dataset.json"]:
            assert record_files.open_records(str(out), 32).count == 36
        elif (out / "unfinished" / "plan.json").exists():
            with pytest.raises(UserError, match="has not finished"):
                record_files.open_records(str(out), 32)
    assert run(words)[0] == 0
    files, wanted = tree(out), tree(fresh)
    assert files.keys() == wanted.keys()
    for name in wanted.keys() - {"dataset.json"}:
        is_old = name.startswith(("celeba-r8-", "celeba-r16-"))
        assert files[name] == (whole if is_old else wanted)[name]


@pytest.mark.slow
def test_after_a_kill_of_the_first_process_alone_its_workers_end_and_harm_nothing(
    photos, whole, tmp_path
):
    words = command(photos, tmp_path / "out", 2, SHARDS)
    for more in (0, 2, 4):
        with at_work(words) as process:
            wait_for_a_shard(process, tmp_path / "out", more)
            process.kill()
            process.wait(60)
            # At once, beside what is left of the first one.
            if more == 4:
                assert run(words)[0] == 0
            wait_for_the_end_of(process.pid)
    assert tree(tmp_path / "out") == whole


@pytest.mark.slow
def test_a_worker_that_is_killed_ends_the_run_with_advice_and_the_next_goes_on(
    photos, whole, tmp_path
):
    words = command(photos, tmp_path / "out", 2, SHARDS)
    moment = r"os.rename .*/celeba-r16-0000[2-9]"
    env = environment(tmp_path / "start", KILLED_AT, KILLED_AT=moment, KILLED="one")
    code, errors = run(words, env)
    assert (code, len("".join(errors).split("error: "))) == (2, 2)
    assert re.search(
        "^error: a worker died, .* fewer --workers: it goes on", "\n".join(errors), re.M
    )
    assert 0 < len(reports(tmp_path / "out")) < 18
    assert run(words)[0] == 0
    assert tree(tmp_path / "out") == whole


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_ctrl_c_ends_all_processes_and_leaves_no_half_shard(photos, tmp_path, workers):
    out = tmp_path / "out"
    with at_work(command(photos, out, workers, SHARDS)) as process:
        wait_for_a_shard(process, out, more=1)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        told = "error: interrupted; the same command goes on from here"
        assert errors.split("\n")[-2:] == [told, ""]
        wait_for_the_end_of(process.pid)
    assert partial(out) == []
    assert 0 < len(reports(out)) < 18
