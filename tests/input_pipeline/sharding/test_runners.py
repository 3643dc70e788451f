"""Shards on this machine's cores and under Apache Beam; the jobs are programs of their own."""

import contextlib
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from input_pipeline.photos import Rejected
from input_pipeline.sharding import plans, runners
from input_pipeline.sharding.runners import Machines
from input_pipeline.sharding.shards import Outcome
from interface.command_line import UserError

ROOT = pathlib.Path(__file__).parents[3]
ITEMS = [f"item {number}" for number in range(10)] + ["unusable"]


@dataclasses.dataclass(frozen=True)
class Spelling:
    """A task whose records are the items themselves, in two files.

    Attributes:
      spoil: what becomes of `item 7`; "linger": it is never done.
      seconds: that each item takes.
    """

    spoil: str = ""
    seconds: float = 0

    stems = ("letters", "lengths")

    def process(self, item):
        time.sleep(self.seconds)
        if item == "unusable":
            raise Rejected("no use")
        if item == "item 7" and self.spoil == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if item == "item 7" and self.spoil == "linger":
            time.sleep(3600)
        if item == "item 7" and self.spoil == "complain":
            raise UserError("item 7 is not to be had; get it")
        return Outcome([("letters", item.encode()), ("lengths", b"%d" % len(item))], [{"is": item}])


def begin(folder):
    return plans.plan(str(folder), {"seed": 0}, [], 4, lambda: [*ITEMS])


def make(folder, task, machines):
    plan = begin(folder)
    with plans.at_work(str(folder), plan):
        return runners.make_missing(str(folder), plan, task, machines)


def content(folder):
    """{name: bytes} of a data set's files, its reports and its plan."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process writes."""
    folder = tmp_path_factory.mktemp("alone")
    make(folder, Spelling(), Machines(workers=1))
    return folder


def test_every_item_comes_once_in_every_file_or_in_the_list_of_the_rejected(alone):
    report = plans.reports(str(alone), begin(alone))
    assert (report.items, report.rejected) == (11, [("unusable", "no use")])
    assert sorted(row["is"] for row in report.rows) == ITEMS[:-1]
    whole = b"".join(path.read_bytes() for path in alone.glob("letters-*"))
    assert sorted(re.findall(rb"item \d", whole)) == [item.encode() for item in ITEMS[:-1]]


@pytest.mark.parametrize("workers", [2, 3])
def test_several_processes_write_the_bytes_of_one(alone, tmp_path, workers):
    make(tmp_path, Spelling(), Machines(workers=workers))
    assert content(tmp_path) == content(alone)


def test_processes_go_on_where_one_has_stopped(alone, tmp_path):
    with pytest.raises(UserError, match="item 7"):
        make(tmp_path, Spelling("complain"), Machines(workers=1))
    begun = content(tmp_path)
    assert 0 < len(list(tmp_path.glob("letters-*"))) < 4
    make(tmp_path, Spelling(), Machines(workers=2))
    assert begun.items() <= content(tmp_path).items()
    assert content(tmp_path) == content(alone)


def test_the_progress_bar_reaches_the_number_of_items(tmp_path, capsys):
    for workers in (1, 2):
        make(tmp_path / str(workers), Spelling(), Machines(workers=workers))
        assert " 11/11 " in capsys.readouterr().err.split("\r")[-1]


def test_the_progress_bar_goes_on_from_the_items_done_before(tmp_path, capsys):
    make(tmp_path, Spelling(), Machines(workers=1))
    for workers in (1, 2):
        for number in (2, 3):  # of shards of 3, 3, 3 and 2 items
            (tmp_path / "unfinished" / f"0000{number}.json").unlink()
        capsys.readouterr()
        make(tmp_path, Spelling(), Machines(workers=workers))
        bars = re.findall(r" (\d+)/11 ", capsys.readouterr().err)
        assert (bars[0], bars[-1]) == ("6", "11")


def test_what_a_worker_complains_of_ends_the_work(tmp_path):
    with pytest.raises(UserError, match="^item 7 is not to be had; get it$"):
        make(tmp_path, Spelling("complain"), Machines(workers=2))
    assert not list(tmp_path.rglob("*.partial"))


def test_a_workers_death_is_told_with_what_to_do(tmp_path):
    with pytest.raises(
        UserError, match="a worker died, .* run the same command .* fewer --workers"
    ):
        make(tmp_path, Spelling("kill"), Machines(workers=2))


PROGRAM = """
from input_pipeline.sharding.runners import Machines
from interface import command_line
from tests.input_pipeline.sharding.test_runners import Spelling, make

if __name__ == "__main__":
    command_line.run(lambda argv: make({folder!r}, {task}, {machines}))
"""


def start(folder, task, machines):
    """A program that makes shards in `folder`/out, in a group of processes of its own."""
    program = folder / "program.py"
    program.write_text(PROGRAM.format(folder=str(folder / "out"), task=task, machines=machines))
    return subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextlib.contextmanager
def at_work(folder, workers, task, ready):
    """Such a program, once `ready` is true."""
    running = start(folder, task, Machines(workers))
    try:
        wait_until(ready)
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()


def all_but_one_made(folder):
    """A program of which one shard of four is left, at work for ever: one of two workers waits."""
    made = folder / "out" / "unfinished"
    return at_work(folder, 2, Spelling("linger"), lambda: len(list(made.glob("0*.json"))) == 3)


def wait_until(true):
    """A deadline only so that a failure ends."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def members(group):
    """Processes of a group that still run."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                state, _, of = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
                if int(of) == group and state != "Z":
                    found.append(int(entry.name))
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_all_processes_and_leaves_no_half_a_file(tmp_path, workers):
    def all_have_begun():
        return len(list((tmp_path / "out").rglob("*.partial"))) >= 2 * workers

    with at_work(tmp_path, workers, Spelling(seconds=1), all_have_begun) as running:
        assert len(members(running.pid)) >= workers
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to every process
        _, told = running.communicate(timeout=60)
        assert running.returncode == 130
        assert told.rstrip().endswith("error: interrupted")
        assert "Traceback" not in told
        wait_until(lambda: not members(running.pid))
    assert content(tmp_path / "out").keys() == {"unfinished/plan.json"}  # a shard takes longer


def test_ctrl_c_is_not_raised_while_the_pool_holds_its_locks(tmp_path, monkeypatch):
    wait, left = runners.futures.wait, []

    def interrupted(*args):
        os.kill(os.getpid(), signal.SIGINT)
        finished = wait(*args)
        left.append("whole")
        return finished

    monkeypatch.setattr(runners.futures, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, Spelling(), Machines(workers=2))
    assert left == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_workers_end_with_the_process_that_started_them_however_it_ends(tmp_path):
    with all_but_one_made(tmp_path) as running:  # the one that waits would learn of nothing
        assert len(members(running.pid)) > 2
        os.kill(running.pid, signal.SIGKILL)
        wait_until(lambda: not members(running.pid))


def test_after_a_kill_the_same_bytes_come_out(tmp_path, alone):
    with all_but_one_made(tmp_path) as running:
        os.killpg(running.pid, signal.SIGKILL)
        wait_until(lambda: not members(running.pid))
    make(tmp_path / "out", Spelling(), Machines(workers=1))
    left = content(tmp_path / "out")
    assert {n: b for n, b in left.items() if not n.endswith(".partial")} == content(alone)


def test_flags_for_beam_without_its_runner_are_refused():
    with pytest.raises(UserError, match="^--parallelism=2 after a lone -- .* name its --runner"):
        runners.check(Machines(beam_flags=["--parallelism=2"]))


def test_without_beam_it_is_told_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    with pytest.raises(UserError, match=r"--runner DirectRunner .* pip install '\.\[beam\]'"):
        runners.check(Machines(runner="DirectRunner"))


KILLED_AFTER_A_SHARD = """
import os, signal
from input_pipeline import prepare
from input_pipeline.sharding import shards
from interface import command_line

make = shards.make

def make_one(*args, **kwargs):
    make(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

shards.make = make_one
command_line.run(prepare.main)
"""


def preparing(images, out, *words, program=("-m", "input_pipeline.prepare")):
    """The tool, as people start it."""
    command = [sys.executable, *program, f"--images={images}", f"--out={out}"]
    return subprocess.Popen(
        [*command, "--resolutions=8,16", "--shards=3", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def prepare(images, out, *words):
    """Its exit code and what it said."""
    with preparing(images, out, *words) as running:
        said, told = running.communicate()
    return running.returncode, said, told


DIRECT = ["--runner=DirectRunner", "--"]
IN_PROCESSES = [*DIRECT, "--direct_num_workers=2", "--direct_running_mode=multi_processing"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo):
    """Faces, one under a name that is not UTF-8, and a photo without."""
    folder = tmp_path_factory.mktemp("photos")
    for number, name in enumerate(["a.png", "b.png", "c.png", "na\udcefve.png"]):
        photo.rotate(3 * number, fillcolor="grey").save(folder / name)
    Image.fromarray(np.zeros((90, 90, 3), np.uint8)).save(folder / "nobody.png")
    return folder


@pytest.fixture(scope="module")
def prepared(photos, tmp_path_factory):
    """What one process here makes of them."""
    out = tmp_path_factory.mktemp("prepared") / "out"
    code, said, _ = prepare(photos, out, "--workers=1")
    assert (code, said.split("\n")[0]) == (0, "records per resolution: 8: 4, 16: 4")
    return out


@pytest.mark.slow
def test_beam_in_several_processes_writes_the_bytes_of_the_local_run(photos, prepared, tmp_path):
    code, _, told = prepare(photos, tmp_path / "out", *IN_PROCESSES)
    assert code == 0, told[-2000:]
    assert content(tmp_path / "out") == content(prepared)


@pytest.mark.slow
def test_beam_goes_on_where_a_local_run_was_killed(photos, prepared, tmp_path):
    out = tmp_path / "out"
    with preparing(photos, out, "--workers=1", program=["-c", KILLED_AFTER_A_SHARD]) as running:
        running.communicate()
    assert running.returncode == -signal.SIGKILL
    assert len(list(out.glob("celeba-*"))) == 2  # a shard of each resolution
    assert not (out / "dataset.json").exists()
    code, _, told = prepare(photos, out, *IN_PROCESSES)
    assert code == 0, told[-2000:]
    assert content(out) == content(prepared)


WRONG = {
    "runner": (["--runner=NoRunner"], "--runner NoRunner: .*NoRunner. Valid values are .*Direct"),
    "flag": ([*DIRECT, "--foo=1"], "--runner DirectRunner: Apache Beam knows no flag --foo"),
    "switch": ([*DIRECT, "--foo"], "--runner DirectRunner: Apache Beam knows no flag --foo"),
    "number": (
        [*DIRECT, "--direct_num_workers=two"],
        "Apache Beam: argument --direct_num_workers: invalid int value: 'two'",
    ),
    "missing": (["--runner=DataflowRunner"], "--runner DataflowRunner: .* required .*: project"),
}


@pytest.mark.slow
@pytest.mark.parametrize("words, message", WRONG.values(), ids=WRONG)
def test_what_beam_refuses_is_told_on_one_line_before_anything_is_written(
    photos, tmp_path, words, message
):
    code, said, told = prepare(photos, tmp_path / "out", *words)
    assert re.match(f"error: {message}", told.splitlines()[-1])
    assert "Traceback" not in told  # above it stand Beam's warnings, of itself
    assert (code, said) == (2, "")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["in_memory", "multi_processing"])
def test_what_is_wrong_on_another_machine_is_told_on_one_line(tmp_path, mode):
    machines = Machines(runner="DirectRunner", beam_flags=[f"--direct_running_mode={mode}"])
    with start(tmp_path, Spelling("complain"), machines) as running:
        _, told = running.communicate()
    assert told.splitlines()[-1].startswith("error: item 7 is not to be had; get it")
    assert running.returncode == 2
