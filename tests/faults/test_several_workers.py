"""Two workers on one machine: they compute what one does, stop together, outlive a loss."""

import contextlib
import json
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest

from tests.faults.systems import SYSTEMS, environment, rows_of, wait_until, with_models
from tests.test_train import ROOT, metrics
from training.run.stages import Stage

pytestmark = pytest.mark.slow


def free_ports(count):
    with contextlib.ExitStack() as open_ones:
        sockets = [open_ones.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def workers(folder, *commands):
    """A process for each command, which is worker number 0, 1, …; gone when the block ends.

    What number 0 says goes to `0.out` and `0.err` in `folder`, at once.
    """
    addresses = [f"127.0.0.1:{port}" for port in free_ports(len(commands))]
    processes = []
    try:
        for index, command in enumerate(commands):
            task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
            env = environment(TF_CONFIG=json.dumps(task))
            with (
                open(folder / f"{index}.out", "w") as out,
                open(folder / f"{index}.err", "w") as err,
            ):
                processes.append(
                    subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=err)
                )
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def assert_end_well(folder, processes):
    for index, process in enumerate(processes):
        assert process.wait(timeout=180) == 0, (folder / f"{index}.err").read_text()


def last_words(folder, index):
    """The last line on a worker's stderr."""
    return (folder / f"{index}.err").read_text().splitlines()[-1]


def test_two_workers_compute_what_one_does(records_dir, tmp_path):
    weights = []
    for count in (1, 2):
        files = [tmp_path / f"{index}_of_{count}.npz" for index in range(count)]
        script = [sys.executable, ROOT / "tests" / "faults" / "worker_float64.py", records_dir]
        with workers(tmp_path, *([*script, file] for file in files)) as processes:
            assert_end_well(tmp_path, processes)
        weights += [list(np.load(file).values()) for file in files]
    alone, *together = weights
    for of_worker in together:
        assert max(np.abs(a - b).max() for a, b in zip(alone, of_worker)) < 1e-9


class Pair:
    """Two workers that train the first stage of a system."""

    def __init__(self, system, records_dir, folder):
        self.folder, self.stage = folder, folder / system.first.folder
        words = [*system.first.words, "--batch_size=8", "--checkpoint_every=2"]
        self.command = system.command(folder, records_dir, *words)

    def train(self, *words):
        return workers(self.folder, *[[*self.command, *words]] * 2)

    def wait_for_steps(self, count, processes):
        wait_until(processes[0], lambda: rows_of(self.stage) >= count)

    def saved_step(self):
        return Stage(self.stage).checkpoints().latest()

    def assert_goes_on(self, steps):
        """The same commands finish, and every step was logged once."""
        with self.train(f"--steps={steps}") as processes:
            assert_end_well(self.folder, processes)
        assert [row["step"] for row in metrics(self.stage)] == list(range(1, steps + 1))


# pix2pixHD has no more than these that workers could lose, and takes minutes to be compiled twice.
@pytest.fixture(params=[name for name in SYSTEMS if name != "pix2pixHD"])
def system(request):
    return with_models(request, SYSTEMS[request.param])


@pytest.fixture
def pair(system, its_records, tmp_path):
    return Pair(system, its_records, tmp_path)


def test_a_signal_to_one_stops_both_at_the_same_step(pair, tmp_path):
    with pair.train("--steps=100000") as processes:
        pair.wait_for_steps(3, processes)
        processes[1].send_signal(signal.SIGTERM)
        assert_end_well(tmp_path, processes)
    step = pair.saved_step()
    assert [row["step"] for row in metrics(pair.stage)] == list(range(1, step + 1))
    for index in range(2):
        assert f"at step {step} of 100000; the same" in (tmp_path / f"{index}.out").read_text()
    writers = {path.name.split(".")[-2] for path in (pair.stage / "logs").iterdir()}
    assert writers == {str(processes[0].pid)}  # event files are named after their writer
    pair.assert_goes_on(step + 3)


@pytest.mark.parametrize(("lost", "early"), [(1, False), (0, False), (0, True)])
def test_a_lost_worker_ends_the_other_and_both_can_start_again(pair, tmp_path, lost, early):
    left = 1 - lost
    with pair.train("--steps=100000") as processes:
        if early:  # about to build its networks, for which both are needed
            said = tmp_path / f"{left}.out"
            wait_until(processes[left], lambda: "starts from" in said.read_text())
        else:
            pair.wait_for_steps(3, processes)
        processes[lost].kill()
        assert processes[left].wait(timeout=60) == 2
    assert last_words(tmp_path, left).startswith(f"error: worker {left} lost another one")
    pair.assert_goes_on((pair.saved_step() or 0) + 3)


def test_workers_go_back_together_when_training_diverges(pair, tmp_path):
    words = ["--steps=9", "--lr=1e30", "--on_nan=rollback", "--log_every=5"]
    with pair.train(*words) as processes:
        assert [process.wait(timeout=120) for process in processes] == [2, 2]
    assert "rolled back 3 times already" in last_words(tmp_path, 0)
    assert last_words(tmp_path, 1) == last_words(tmp_path, 0)
    notes = json.loads((pair.stage / "rollbacks.json").read_text())
    assert [note["back_to"] for note in notes] == [0, 0, 0]
    assert all(1 <= note["step"] <= 3 for note in notes)  # long before a row is due


@pytest.mark.parametrize(
    "flag, told", [("--lr=0.5", "worker 1 has lr 0.5, the chief "), ("--seed=9", "has seed 9")]
)
def test_workers_with_other_flags_do_not_train_together(records_dir, tmp_path, flag, told):
    pair = Pair(SYSTEMS["progressive GAN"], records_dir, tmp_path)
    command = [*pair.command, "--steps=100"]
    with workers(tmp_path, command, [*command, flag]) as processes:
        assert [process.wait(timeout=180) for process in processes] == [2, 2]
    assert told in last_words(tmp_path, 1)
    assert "another worker has other settings or records than the chief" in last_words(tmp_path, 0)
    assert not rows_of(pair.stage)
