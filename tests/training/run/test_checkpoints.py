import contextlib
import errno
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from training.run import checkpoints as checkpoints_module
from training.run.checkpoints import Checkpoints, DamagedError, Saver


def state(**values):
    return tf.train.Checkpoint(**{k: tf.Variable(v) for k, v in values.items()})


def test_the_newest_state_comes_back(tmp_path):
    checkpoints = Checkpoints(tmp_path / "saved")
    assert checkpoints.latest() is None
    for step in (5, 10):
        checkpoints.save(state(weight=[float(step)] * 3), step)
    fresh = state(weight=[0.0] * 3)
    assert checkpoints.latest() == 10
    checkpoints.restore(fresh, 10)
    np.testing.assert_array_equal(fresh.weight, [10.0] * 3)


def test_only_the_newest_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=2)
    for step in (1, 2, 3, 10):
        checkpoints.save(state(x=1.0), step)
    assert checkpoints.steps() == [3, 10]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step_00000003", "step_00000010"]


def test_a_cut_off_save_leaves_the_one_before_it(tmp_path, monkeypatch):
    checkpoints, saved = Checkpoints(tmp_path), state(x=1.0)
    checkpoints.save(saved, 1)

    def full(path):
        with open(path, "w") as file:
            file.write("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(saved, "write", full)
    with pytest.raises(OSError, match="No space"):
        checkpoints.save(saved, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["step_00000001"]


def test_matching_names_are_taken_and_the_rest_stays(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(state(both=1.0, old=2.0), 7)
    grown = state(both=0.0, new=5.0)
    checkpoints.restore_matching(grown, 7)
    assert (float(grown.both), float(grown.new)) == (1.0, 5.0)


def test_a_state_that_lacks_something_is_refused(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(state(x=1.0), 1)
    with pytest.raises(UserError, match="step_00000001: not a checkpoint of this stage"):
        checkpoints.restore(state(x=0.0, y=0.0), 1)


def cut_short(file):
    file.write_bytes(file.read_bytes()[:-3])


def change_one_bit(file):
    content = bytearray(file.read_bytes())
    content[5] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("name", ["state.data-00000-of-00001", "state.index"])
@pytest.mark.parametrize("damage", [cut_short, change_one_bit, lambda file: file.unlink()])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_taken(tmp_path, capsys, name, damage):
    checkpoints, saved = Checkpoints(tmp_path), state(x=[1.0] * 9)
    for step in (1, 2):
        checkpoints.save(saved, step)
    damage(tmp_path / "step_00000002" / name)
    assert checkpoints.latest_whole() == 1
    assert "step_00000002: damaged (" in capsys.readouterr().err
    checkpoints.save(saved, 2)
    assert checkpoints.latest_whole() == 2
    assert capsys.readouterr().err == ""


def test_where_all_are_damaged_there_is_nothing_to_go_on_from(tmp_path):
    checkpoints = Checkpoints(tmp_path / "phase_1" / "checkpoints")
    checkpoints.save(state(x=1.0), 1)
    change_one_bit(checkpoints.folder / "step_00000001" / "state.data-00000-of-00001")
    with pytest.raises(UserError, match="every checkpoint is damaged; delete .*phase_1 to train"):
        checkpoints.latest_whole()


@pytest.mark.parametrize("name", ["state.data-00000-of-00001", "state.index"])
@pytest.mark.parametrize("damage", [cut_short, change_one_bit, lambda file: file.unlink()])
def test_damage_found_while_restoring_is_named_once_and_known_from_then_on(
    tmp_path, capsys, name, damage
):
    checkpoints, saved = Checkpoints(tmp_path), state(x=[1.0] * 9)
    for step in (1, 2):
        checkpoints.save(saved, step)
    damage(tmp_path / "step_00000002" / name)
    assert checkpoints.latest() == 2 and capsys.readouterr().err == ""
    for read in (checkpoints.restore, checkpoints.restore_matching):
        with pytest.raises(DamagedError, match="step_00000002: damaged; run the same command"):
            read(state(x=[0.0] * 9), 2)
        assert "step_00000002: damaged (" in capsys.readouterr().err
        assert Checkpoints(tmp_path).latest() == 1
    checkpoints.save(saved, 2)
    assert checkpoints.latest() == 2


def test_a_state_of_another_shape_is_not_called_damaged(tmp_path, capsys):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(state(x=[1.0] * 9), 1)
    with pytest.raises(ValueError, match="ncompatible"):
        checkpoints.restore(state(x=[0.0] * 8), 1)
    assert checkpoints.latest() == 1 and capsys.readouterr().err == ""


def test_no_bit_that_is_wrong_is_restored(tmp_path):
    """Wherever it is, and whatever has been read of the file by then nothing is taken over."""
    saved = state(small=[1.0] * 9, large=np.ones(100_000, np.float32), last=3.0)
    checkpoints, random = Checkpoints(tmp_path, keep=99), np.random.default_rng(0)
    for step in range(1, 41):
        checkpoints.save(saved, step)
        file = tmp_path / f"step_{step:08d}" / "state.data-00000-of-00001"
        content = bytearray(file.read_bytes())
        content[random.integers(len(content))] ^= 1 << random.integers(8)
        file.write_bytes(content)
        fresh = state(small=[0.0] * 9, large=np.zeros(100_000, np.float32), last=0.0)
        with pytest.raises(DamagedError):
            checkpoints.restore(fresh, step)
        for each in (fresh.small, fresh.large, fresh.last):
            assert not np.any(each.numpy())


def test_what_a_killed_process_left_half_written_is_removed(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    (tmp_path / ".step_00000007.partial").mkdir()
    assert checkpoints.latest() is None
    checkpoints.save(state(x=1.0), 9)
    assert [path.name for path in tmp_path.iterdir()] == ["step_00000009"]


def test_a_checkpoint_is_due_after_so_many_steps_or_minutes(monkeypatch):
    clock, saved = [0.0], []
    monkeypatch.setattr(checkpoints_module.time, "monotonic", lambda: clock[0])
    saver = Saver(saved.append, steps=10, minutes=2)
    for step in range(1, 31):
        clock[0] += 20
        saver(step, {})
    assert saved == [6, 10, 16, 20, 26, 30]  # each tenth, and 120 s after the one before
    saver.now(30)
    saver.now(31)
    assert saved[-2:] == [30, 31]


def test_no_minutes_are_no_limit(monkeypatch):
    clock, saved = [0.0], []
    monkeypatch.setattr(checkpoints_module.time, "monotonic", lambda: clock[0])
    saver = Saver(saved.append, steps=10, minutes=0)
    clock[0] = 1e9
    saver(9, {})
    assert saved == []


def test_what_nobody_may_read_is_neither_damaged_nor_absent(tmp_path):
    stage = tmp_path / "phase_1"
    checkpoints = Checkpoints(stage / "checkpoints")
    for step in (1, 2):
        checkpoints.save(state(x=1.0), step)
    newest = checkpoints.folder / "step_00000002"
    for closed in (newest / "state.index", newest, checkpoints.folder):
        mode = closed.stat().st_mode
        with without_rights(tmp_path, stage, checkpoints.folder):
            closed.chmod(0)
            os.chdir(tmp_path)
            with as_nobody(), pytest.raises(UserError) as caught:
                Checkpoints(pathlib.Path("phase_1/checkpoints")).latest()
            closed.chmod(mode)
        assert str(caught.value).endswith("Permission denied; make it readable and retry")
        assert "damaged" not in str(caught.value) and "delete" not in str(caught.value)


@contextlib.contextmanager
def without_rights(*folders):
    """All may look into these; back to where one was at the end."""
    before = os.getcwd()
    for each in folders:
        each.chmod(0o755)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def as_nobody():
    """Not as root, whom no permission stops."""
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_path_that_the_locale_does_not_know_is_called_that(tmp_path):
    checkpoints = Checkpoints(tmp_path / "Gesichter_\u00fcben" / "checkpoints")
    checkpoints.save(state(x=1.0), 1)
    program = (
        "import pathlib, sys\n"
        "from training.run.checkpoints import Checkpoints\n"
        "print(Checkpoints(pathlib.Path(sys.argv[1])).latest())\n"
    )
    ascii_alone = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", program, str(checkpoints.folder)]
    root = pathlib.Path(checkpoints_module.__file__).parents[2]
    done = subprocess.run(
        command, env={**os.environ, **ascii_alone}, capture_output=True, text=True, cwd=root
    )
    told = done.stderr.splitlines()[-1]
    assert "this locale has no such letters; set LC_ALL=C.UTF-8" in told, done.stderr
    assert "damaged" not in done.stderr


def test_a_damaged_newer_one_does_not_displace_the_good_ones(tmp_path):
    checkpoints, saved = Checkpoints(tmp_path, keep=1), state(x=[1.0] * 9)
    checkpoints.save(saved, 75)
    Checkpoints(tmp_path, keep=2).save(saved, 100)
    change_one_bit(tmp_path / "step_00000100" / "state.data-00000-of-00001")
    for step in (80, 85, 90):
        checkpoints.save(saved, step)
        assert checkpoints.latest_whole() == step
    checkpoints.save(saved, 100)
    assert checkpoints.steps() == [100] and checkpoints.latest_whole() == 100


def test_another_course_forgets_what_lies_beyond_its_start(tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=9)
    for step in (5, 10, 20):
        checkpoints.save(state(x=1.0), step)
    checkpoints.forget_after(10)
    assert checkpoints.steps() == [5, 10]
    Checkpoints(tmp_path / "nothing").forget_after(0)


@pytest.mark.parametrize("look", ["_check_readable", "_damage"])
def test_where_a_training_removes_it_meanwhile_the_next_one_is_found(
    tmp_path, monkeypatch, capsys, look
):
    checkpoints, really = Checkpoints(tmp_path, keep=1), getattr(checkpoints_module, look)
    checkpoints.save(state(x=1.0), 1)

    def late(path):
        if "step_00000001" in str(path):
            checkpoints.save(state(x=2.0), 2)
        return really(path)

    monkeypatch.setattr(checkpoints_module, look, late)
    assert checkpoints.latest_whole() == 2
    assert capsys.readouterr().err == ""


def test_one_that_a_training_has_removed_meanwhile_is_called_that(tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=1)
    checkpoints.save(state(x=1.0), 1)
    step = checkpoints.latest()
    checkpoints.save(state(x=1.0), 2)
    for read in (checkpoints.restore, checkpoints.restore_matching):
        with pytest.raises(UserError, match="step_00000001: gone meanwhile: a training keeps"):
            read(state(x=0.0), step)
