"""A process may be killed at any moment: what it leaves is what a run never killed leaves."""

import contextlib
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.test_train import ROOT, TINY, metrics
from training.run.stages import Stage

OFTEN = ["--checkpoint_every=2", "--sample_every=3", "--eval_every=4", "--eval_images=8"]
STAGES = {  # folder: words, steps at the start
    "phase_2_fade": (["--phase=2", "--smooth", "--steps=40"], 0),
    "phase_2": (["--phase=2", "--steps=80"], 40),
}
MOMENTS = ["start-up", "save", "save", "step", "step", "step"]  # of each stage


@contextlib.contextmanager
def at_work(records_dir, folder, words):
    """`train.py` in `folder`, called the same wherever that is; gone when the block ends."""
    command = [sys.executable, ROOT / "train.py", *TINY, *OFTEN, *words, "--run_dir=."]
    with open(folder / "output.txt", "a") as output:
        process = subprocess.Popen(
            [*command, f"--data_dir={records_dir}"], cwd=folder, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def finish(records_dir, folder, words):
    with at_work(records_dir, folder, words) as process:
        assert process.wait(timeout=120) == 0, (folder / "output.txt").read_text()


def wait_until(process, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the process ended before that"
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.001)


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
def test_a_killed_run_ends_as_one_never_killed_bit_for_bit(records_dir, tmp_path):
    rng, hits = random.Random(0), []
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    finish(records_dir, whole, ["--phase=1", "--steps=3"])
    shutil.copytree(whole, killed)
    for name, (words, first) in STAGES.items():
        for moment in rng.sample(MOMENTS, len(MOMENTS)):
            watch = Watch(killed / name, first)
            with at_work(records_dir, killed, words) as process:
                hits.append(kill(process, watch, moment, rng))
        for folder in (killed, whole):
            finish(records_dir, folder, words)
        found, expected = lasting(killed / name), lasting(whole / name)
        assert found.keys() == expected.keys() >= {"config.json", "metrics.jsonl"}
        assert [file for file in expected if found[file] != expected[file]] == []
        steps = [row["step"] for row in metrics(killed / name)]
        assert steps == list(range(first + 1, first + 41))
        last = {
            f"samples/step_{steps[-1]:08d}.png",
            f"checkpoints/step_{steps[-1]:08d}/state.index",
        }
        assert last <= found.keys()
    assert len(hits) >= 10
    assert hits.count("save") >= 3
    assert hits.count("step") >= 3
