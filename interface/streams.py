"""What a program says, where letters are missing, or nobody can hear it."""

from __future__ import annotations

import io
import os
import sys


class _Forgiving(io.FileIO):
    """What can't be written is lost: days of work are not, for want of room for their log."""

    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError:
            return len(memoryview(data).cast("B"))  # type: ignore[arg-type]


def prepare() -> None:
    """Make standard output and error what a long run can rely on.

    Both show letters that they do not know as escapes. What is said on error is never a reason to
    stop; results that can't be written to output are. Closed ones lead nowhere.
    """
    _open_closed()
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None or _is_file(sys.stderr):
        error = io.BufferedWriter(_Forgiving(2, "w", closefd=False))
        letters = sys.stderr.encoding if sys.stderr else None
        sys.stderr = io.TextIOWrapper(error, letters, line_buffering=True)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _open_closed() -> None:
    """Else the next files that are opened got their numbers, and what is said into them."""
    number = os.open(os.devnull, os.O_RDWR)
    while number <= 2:
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)


def _is_file(stream: object) -> bool:
    """Whether it is the process' own, not one that a test or a notebook put there."""
    try:
        return isinstance(stream, io.TextIOWrapper) and stream.fileno() == 2
    except OSError:
        return False
