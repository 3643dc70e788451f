import errno

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from training.checkpoints import Checkpoints


def state(**values):
    return tf.train.Checkpoint(**{k: tf.Variable(v) for k, v in values.items()})


def test_the_newest_state_comes_back(tmp_path):
    checkpoints = Checkpoints(tmp_path / "saved")
    assert checkpoints.latest() is None
    for step in (5, 10):
        checkpoints.save(state(weight=[float(step)] * 3), step)
    fresh = state(weight=[0.0] * 3)
    assert checkpoints.latest() == 10
    assert checkpoints.restore(fresh) == 10
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
    assert checkpoints.restore_matching(grown) == 7
    assert (float(grown.both), float(grown.new)) == (1.0, 5.0)


def test_a_state_that_lacks_something_is_refused(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(state(x=1.0), 1)
    with pytest.raises(UserError, match="step_00000001: not a checkpoint of this stage"):
        checkpoints.restore(state(x=0.0, y=0.0))


def test_a_damaged_state_is_named(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(state(x=1.0), 1)
    for name, damage in (("state.data-00000-of-00001", b""), ("state.index", b"noise")):
        (tmp_path / "step_00000001" / name).write_bytes(damage)
        with pytest.raises(UserError, match="step_00000001: damaged"):
            checkpoints.restore(state(x=0.0))
