"""Errors that nobody thought of, told in one line."""

from __future__ import annotations

import re
import tempfile
import traceback

# A user's mistake that was found in a function that TensorFlow called: it raises its own error.
PASSED = re.compile(r"UserError: (.+)")


def told(error: Exception) -> tuple[str, int]:
    """A line on an error, and the exit code: 2 where it is a user's mistake after all.

    The traceback of ours goes to a file, or into the text where none can be written.
    """
    passed = PASSED.search(str(error))
    if passed:
        return passed[1], 2
    line = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    try:
        handle, path = tempfile.mkstemp(prefix="traceback_", suffix=".txt")
        with open(handle, "w", errors="backslashreplace") as file:
            file.writelines(lines)
    except OSError:
        return f"{line}\n{''.join(lines)}", 1
    return f"{line} (unexpected: a mistake of this program; please report it with {path})", 1
