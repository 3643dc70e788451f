import os
import pathlib
import signal
import subprocess
import sys

import pytest

import interface
from interface.stopping import SIGNALS, Stopping

ROOT = pathlib.Path(interface.__file__).parents[1]
BUSY = """
import time
from interface.stopping import Stopping
with Stopping() as stopping:
    {before}
    print("busy", flush=True)
    while True:
        time.sleep(60)
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_the_question_is_answered_and_the_handler_that_was_there_comes_back(number):
    before = signal.getsignal(number)
    with Stopping() as stopping:
        assert not stopping()
        os.kill(os.getpid(), number)
        assert stopping()
    assert signal.getsignal(number) is before
    assert signal.set_wakeup_fd(-1) == -1


def ended(before, *numbers):
    """Exit code and words of a program that is busy for ever, after these signals."""
    command = [sys.executable, "-c", BUSY.format(before=before)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        assert process.stdout.readline() == "busy\n"
        process.send_signal(numbers[0])
        said = process.stderr.readline() + process.stderr.readline()
        for number in numbers[1:]:
            process.send_signal(number)
        said += process.communicate(timeout=60)[1]
    return process.returncode, said.split("\n")[1:-1:2]  # a bar's line is left first


def test_before_anybody_has_asked_a_signal_ends_at_once():
    said = ["interrupted before the first step was done; the same command starts it again"]
    assert ended("pass", signal.SIGINT) == (130, said)
    assert ended("pass", signal.SIGTERM) == (143, said)


def test_afterwards_the_second_of_a_kind_does():
    """Ctrl-C at a script reaches its program twice: from the terminal, and as SIGTERM."""
    code, said = ended("stopping()", signal.SIGINT, signal.SIGTERM, signal.SIGINT)
    assert code == 130
    assert said == [
        "stopping after this step; a second time stops at once",
        "interrupted at once; the same command goes on from the last checkpoint",
    ]
