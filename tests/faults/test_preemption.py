"""A notice to stop (Ctrl-C, a cloud that takes its machine back) loses no step."""

import signal

import pytest
from test_kill import wait_until
from test_train import metrics, start

from training.growth import checkpoints_of


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_saves_says_so_and_goes_on(records_dir, tmp_path, number):
    stage = tmp_path / "phase_1"
    log = stage / "metrics.jsonl"
    with start(records_dir, tmp_path, "--phase=1", "--steps=100000") as process:
        wait_until(process, lambda: log.exists() and log.read_text().count("\n") >= 3)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    step = checkpoints_of(stage).latest()
    assert step >= 3
    assert [row["step"] for row in metrics(stage)] == list(range(1, step + 1))
    assert f"at step {step} of 100000; the same command goes on from here" in output
    with start(records_dir, tmp_path, "--phase=1", f"--steps={step + 2}") as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert [row["step"] for row in metrics(stage)] == list(range(1, step + 3))
