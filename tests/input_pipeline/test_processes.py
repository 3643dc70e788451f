import functools

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
