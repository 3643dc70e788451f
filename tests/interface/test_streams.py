"""In processes of their own, whose streams are full, closed or know few letters."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = """
import os, pathlib, sys
from interface import command_line

def main(argv):
    from tqdm import tqdm
    with open(argv[0], "w") as result:
        for each in tqdm(range(3), "working …", dynamic_ncols=True):
            print("said × 1", file=sys.stderr)
            try:
                os.write(2, b"said by a library")
            except OSError:
                pass  # as C libraries do
            result.write(f"{each}")
    print("done ×")
    if argv[1:]:
        raise command_line.UserError("…")

command_line.run(main)
"""


def call(shell, result, *words, **variables):
    command = ["sh", "-c", f'"$@" {shell}', "sh", sys.executable, "-c", PROGRAM, str(result)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run([*command, *words], capture_output=True, text=True, env=env, timeout=60)


@pytest.mark.parametrize(
    ("shell", "said"),
    [("2>/dev/full", "done ×\n"), ("2>&-", "done ×\n"), (">&- 2>&-", ""), ("<&- >&- 2>&-", "")],
)
def test_work_is_done_whether_or_not_anybody_can_hear_of_it(tmp_path, shell, said):
    done = call(shell, tmp_path / "result")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "result").read_text() == "012"  # and nothing that was said
    assert done.stdout == said


def test_a_mistake_has_its_exit_code_whether_or_not_anybody_can_hear_of_it(tmp_path):
    assert call("2>/dev/full", tmp_path / "result", "wrong").returncode == 2
    assert call(">&- 2>&-", tmp_path / "result", "wrong").returncode == 2


def test_results_that_cannot_be_written_are_a_mistake(tmp_path):
    done = call(">/dev/full", tmp_path / "result")
    assert (done.returncode, done.stderr.splitlines()[-1][:25]) == (2, "error: the disk is full; ")


def test_letters_that_are_not_known_are_shown_as_escapes(tmp_path):
    done = call("", tmp_path / "result", "wrong", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.stdout == "done \\xd7\n" and done.stderr.endswith("error: \\u2026\n")
