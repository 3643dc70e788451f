"""A notice to stop (Ctrl-C, a cloud that takes its machine back) costs no step."""

import signal

import pytest

from tests.faults.test_kill import at_work, finish, wait_until
from tests.test_train import metrics
from training.run.stages import Stage

WORDS = ["--phase=1", "--checkpoint_every=1000"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_saves_says_so_and_goes_on(records_dir, tmp_path, number):
    stage, output = tmp_path / "phase_1", tmp_path / "output.txt"
    log = stage / "metrics.jsonl"
    with at_work(records_dir, tmp_path, [*WORDS, "--steps=100000"]) as process:
        wait_until(process, lambda: log.exists() and log.read_text().count("\n") >= 3)
        process.send_signal(number)
        assert process.wait(timeout=60) == 0, output.read_text()
    step = Stage(stage).checkpoints().latest()
    assert step >= 3
    assert [row["step"] for row in metrics(stage)] == list(range(1, step + 1))
    assert f"at step {step} of 100000; the same command goes on from here" in output.read_text()
    finish(records_dir, tmp_path, [*WORDS, f"--steps={step + 2}"])
    assert [row["step"] for row in metrics(stage)] == list(range(1, step + 3))
