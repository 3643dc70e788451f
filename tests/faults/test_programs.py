"""What programs make of a run is whole or not there, whatever happens to them or to the run."""

import shutil

import pytest

from tests.faults.programs import PROGRAMS, kill_while_it_writes
from tests.faults.systems import SYSTEMS, finish, with_models

pytestmark = pytest.mark.slow
OWN_NUMBERS = {"saved_model.pb", "fingerprint.pb"}  # which TensorFlow draws anew each time


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Folders of systems' runs and records, each trained when it is first asked for."""
    known = {}

    def of(request, program):
        key = program.system, program.trained
        if key not in known:
            folder = tmp_path_factory.mktemp("trained")
            system = with_models(request, SYSTEMS[program.system])
            records = request.getfixturevalue(system.records)
            shutil.copytree(records, folder / "records")
            (folder / "run").mkdir()
            for words in program.trained:
                more = ["--steps=3", "--sample_every=1"]
                finish(system, records, folder / "run", [*words.split(), *more])
            known[key] = folder
        return known[key]

    return of


@pytest.fixture(params=PROGRAMS)
def program(request):
    return PROGRAMS[request.param]


@pytest.fixture
def folder(request, program, trained, tmp_path):
    """With the run, before the program is called."""
    folder = tmp_path / "folder"
    shutil.copytree(trained(request, program), folder)
    if program.before:
        code, said = program.run(folder, program.before)
        assert code == 0, said
    return folder


def made(program, folder):
    """{name: bytes} of what is there under its final name."""
    path = folder / program.made
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return {each.name: b"" if each.name in OWN_NUMBERS else each.read_bytes() for each in files}


def test_killed_while_it_writes_it_leaves_all_or_nothing_and_can_be_called_again(
    program, folder, tmp_path
):
    whole = tmp_path / "whole"
    shutil.copytree(folder, whole)
    code, said = program.run(whole)
    assert code == 0 and made(program, whole), said
    for number, seconds in enumerate((0, 0.02)):
        killed = tmp_path / f"killed_{number}"
        shutil.copytree(folder, killed)
        kill_while_it_writes(program.start(killed), killed, seconds)
        there = made(program, killed)
        assert there in ({}, made(program, whole))
        code, said = program.run(killed)
        assert code == 0 or (there and "already there" in said), said
        assert made(program, killed) == made(program, whole)
        assert [*killed.rglob("*.partial")] == []


def test_of_what_is_damaged_nothing_is_made(program, folder):
    harmed = [*folder.glob(program.reads)]
    for path in harmed:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    code, said = program.run(folder)
    (line,) = [line for line in said.splitlines() if "error: " in line]
    assert code == 2 and "Traceback" not in said and "damaged" in line
    assert any(str(path.parents[1].relative_to(folder)) in line for path in harmed)
    assert made(program, folder) == {} and [*folder.rglob("*.partial")] == []


def test_called_twice_at_once_it_makes_it_whole(program, folder):
    both = [program.start(folder), program.start(folder)]
    codes = sorted(each.wait(timeout=120) for each in both)
    assert codes in ([0, 0], [0, 2]), (folder / "output.txt").read_text()
    once = made(program, folder)
    shutil.rmtree(folder / "out", ignore_errors=True)
    assert program.run(folder)[0] == 0
    assert made(program, folder) == once
