"""How programs fetch what they lack, where a library does the fetching."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator

SILENCE = 30.0  # seconds of a server's, after which a download is given up


@contextlib.contextmanager
def mannerly() -> Iterator[None]:
    """Give up on a silent server; keep Keras's progress bar out of the program's own output."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        socket.setdefaulttimeout(before)
