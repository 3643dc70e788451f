"""A process may be killed at any moment: what it leaves is what a run never killed leaves."""

import random
import shutil
import signal
import time

import pytest

from tests.faults.systems import at_work, finish, wait_until
from tests.test_train import metrics
from training.run.stages import Stage

OFTEN = ["--checkpoint_every=2", "--sample_every=3", "--eval_every=4", "--eval_images=8"]
MOMENTS = ["start-up", "save", "save", "step", "step", "step"]  # of each stage


class Watch:
    """What a process that starts now has done in a stage's folder."""

    def __init__(self, stage, first):
        self.stage, self.log, self.since = stage, stage / "metrics.jsonl", time.time_ns()
        self.kept = max([first, *Stage(stage).checkpoints().steps()]) - first

    def new(self, path):
        try:
            return path.stat().st_mtime_ns > self.since
        except FileNotFoundError:
            return False

    def rows(self):
        """New rows of metrics; -1 before the first."""
        return self.log.read_text().count("\n") - self.kept if self.new(self.log) else -1

    def saving(self):
        return any(map(self.new, (self.stage / "checkpoints").glob(".step_*.partial")))


def kill(process, watch, moment, rng):
    """Returns what it was doing: "start-up", "save" or "step"."""
    if moment == "start-up":
        time.sleep(rng.uniform(0, 4))  # longer, and a fast machine is at the stage's end
    elif moment == "save":
        rows = rng.randrange(-1, 4)
        wait_until(process, lambda: watch.rows() >= rows and watch.saving())
    else:
        rows = rng.randrange(1, 5)
        wait_until(process, lambda: watch.rows() >= rows)
        time.sleep(rng.uniform(0, 0.05))
    process.kill()
    assert process.wait() == -signal.SIGKILL
    return "save" if watch.saving() else "step" if watch.rows() > 0 else "start-up"


def lasting(stage):
    """{name: bytes} of every file but those of the clock; a checkpoint's hold all its tensors."""
    files = {str(path.relative_to(stage)): path for path in stage.rglob("*") if path.is_file()}
    clock = ("timing.jsonl", "logs/")
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(clock)}


@pytest.mark.slow
def test_a_killed_run_ends_as_one_never_killed_bit_for_bit(system, its_records, tmp_path):
    rng, hits = random.Random(0), []
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    for words in system.before:
        finish(system, its_records, whole, [*OFTEN, *words])
    shutil.copytree(whole, killed)
    for folder, words, first, last in system.killed:
        words = [*OFTEN, *words, f"--steps={last}"]
        for moment in rng.sample(MOMENTS, len(MOMENTS)):
            watch = Watch(killed / folder, first)
            with at_work(system, its_records, killed, words) as process:
                hits.append(kill(process, watch, moment, rng))
        for run in (killed, whole):
            finish(system, its_records, run, words)
        files, expected = lasting(killed / folder), lasting(whole / folder)
        assert files.keys() == expected.keys()
        assert [file for file in expected if files[file] != expected[file]] == []
        assert [row["step"] for row in metrics(killed / folder)] == [*range(first + 1, last + 1)]
        ends = (f"samples/step_{last:08d}.png", f"checkpoints/step_{last:08d}/state.index")
        assert {"config.json", "metrics.jsonl", *ends} <= files.keys()
    assert len(hits) == len(system.killed) * len(MOMENTS)
    assert min(hits.count("save"), hits.count("step")) >= len(hits) / 4
