import functools
import multiprocessing.synchronize
import os

import numpy as np
import pytest

from input_pipeline import processes


@pytest.mark.parametrize("count", [3, 10])
def test_many_processes_give_what_one_does(monkeypatch, count):
    monkeypatch.setattr(processes, "CHUNK", 4)
    rows = np.arange(3.0 * count).reshape(count, 3)
    found = processes.on_all_cores(functools.partial(np.add), "adding", rows, 2 * rows)
    np.testing.assert_array_equal(found, 3 * rows)


def test_a_bar_passes_its_steps_on(capsys):
    assert list(processes.tracked("counting", range(3))) == [0, 1, 2]
    assert "counting: 100%" in capsys.readouterr().err


def test_as_many_work_at_once_as_there_are_cores_to_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False)
    assert (processes.side_by_side(), processes.side_by_side(8)) == (3, 8)
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert processes.side_by_side() == 5


def test_one_works_where_several_can_have_no_locks(monkeypatch, capsys):
    """As in a container without /dev/shm."""

    def none(*_, **__):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", none)
    monkeypatch.setattr(processes, "CHUNK", 4)
    assert processes.side_by_side(1) == 1 and capsys.readouterr().err == ""
    assert processes.side_by_side(8) == 1
    assert "(No such file or directory; is /dev/shm there" in capsys.readouterr().err
    rows = np.arange(30.0).reshape(10, 3)
    np.testing.assert_array_equal(processes.on_all_cores(np.negative, "turning", rows), -rows)
    assert "turning: 100%" in capsys.readouterr().err
