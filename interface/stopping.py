"""Ctrl-C and SIGTERM (a cloud's preemption): the first ends a program soon, a second at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import Any

from interface import tensorflow_start

SIGNALS = (signal.SIGINT, signal.SIGTERM)
EARLY = "interrupted before the first step was done; the same command starts it again"
AT_ONCE = "interrupted at once; the same command goes on from the last checkpoint"


class Stopping(contextlib.AbstractContextManager["Stopping"]):
    """A question while it is entered: has a signal arrived?

    Whoever asks it will end well. Until it is asked for the first time there is nothing to save,
    and a signal ends the process at once; so does the second one of a kind (a shell script may
    pass on as SIGTERM the Ctrl-C that its program has got as well).

    A thread listens: Python's own handlers wait for what TensorFlow is busy with, a compilation
    of minutes perhaps. What ends at once leaves files as a SIGKILL does: see `files.replacing`.
    """

    def __init__(self) -> None:
        self._asked = self._arrived = False

    def __call__(self) -> bool:
        self._asked = True
        return self._arrived

    def __enter__(self) -> Stopping:
        ear, self._mouth = os.pipe()
        os.set_blocking(self._mouth, False)
        self._handlers = {number: signal.signal(number, self._note) for number in SIGNALS}
        self._wakeup = signal.set_wakeup_fd(self._mouth)
        threading.Thread(target=self._listen, args=[ear], daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._mouth)

    def _note(self, *_: Any) -> None:
        self._arrived = True

    def _listen(self, ear: int) -> None:
        """Until the other end is closed."""
        heard: list[int] = []
        with open(ear, "rb", buffering=0) as numbers:
            while byte := numbers.read(1):
                if not self._asked:
                    _end(byte[0], EARLY)
                if byte[0] in heard:
                    _end(byte[0], AT_ONCE)
                if not heard:
                    tensorflow_start.say("\nstopping after this step; a second time stops at once")
                heard.append(byte[0])


def _end(number: int, story: str) -> None:
    tensorflow_start.say(f"\n{story}")  # a progress bar's line is left first
    os._exit(128 + number)
