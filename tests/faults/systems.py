"""Systems whose training is harmed on its way, and how each is called. A new one is an entry."""

import contextlib
import os
import subprocess
import sys
import time
from typing import NamedTuple

from tests.test_train import ROOT, TINY


class Called(NamedTuple):
    """A stage, and what its program is told."""

    folder: str  # below the run's
    words: list[str]
    first: int = 0  # steps done when it starts
    last: int = 40


class System(NamedTuple):
    """What is trained by a program of its own.

    Attributes:
      program: its module.
      records: the fixture that makes its records.
      words: of every call.
      first: a stage that starts from nothing.
      killed: the stages that are killed, in their order.
      before: words of the calls that these need to have been done before.
    """

    program: str
    records: str
    words: list[str]
    first: Called
    killed: list[Called]
    before: list[list[str]]

    def command(self, folder, records_dir, *words):
        where = [f"--data_dir={records_dir}", f"--run_dir={folder}"]
        return [sys.executable, "-m", self.program, *self.words, *where, *words]


SYSTEMS = {
    "progressive GAN": System(
        "train",
        "records_dir",
        TINY,
        first=Called("phase_1", ["--phase=1"]),
        killed=[
            Called("phase_2_fade", ["--phase=2", "--smooth"]),
            Called("phase_2", ["--phase=2"], 40, 80),
        ],
        before=[["--phase=1", "--steps=3"]],
    )
}


def environment(**variables):
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


@contextlib.contextmanager
def at_work(system, records_dir, folder, words):
    """Its program in `folder`, called the same wherever that is; gone when the block ends."""
    with open(folder / "output.txt", "a") as output:
        process = subprocess.Popen(
            system.command(".", records_dir, *words),
            cwd=folder,
            env=environment(),
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def finish(system, records_dir, folder, words):
    with at_work(system, records_dir, folder, words) as process:
        assert process.wait(timeout=120) == 0, (folder / "output.txt").read_text()


def wait_until(process, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the process ended before that"
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.001)


def rows_of(stage):
    """How many rows of metrics its folder has."""
    log = stage / "metrics.jsonl"
    return log.read_text().count("\n") if log.exists() else 0
