"""A notice to stop (Ctrl-C, a cloud that takes its machine back) costs no step."""

import signal

import pytest

from tests.faults.systems import at_work, finish, rows_of, wait_until
from tests.test_train import metrics
from training.run.stages import Stage


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_saves_says_so_and_goes_on(system, its_records, tmp_path, number):
    stage, output = tmp_path / system.first.folder, tmp_path / "output.txt"
    words = [*system.first.words, "--checkpoint_every=1000"]
    with at_work(system, its_records, tmp_path, [*words, "--steps=100000"]) as process:
        wait_until(process, lambda: rows_of(stage) >= 3)
        process.send_signal(number)
        assert process.wait(timeout=60) == 0, output.read_text()
    step = Stage(stage).checkpoints().latest()
    assert step >= 3
    assert [row["step"] for row in metrics(stage)] == list(range(1, step + 1))
    assert f"at step {step} of 100000; the same command goes on from here" in output.read_text()
    finish(system, its_records, tmp_path, [*words, f"--steps={step + 2}"])
    assert [row["step"] for row in metrics(stage)] == list(range(1, step + 3))
