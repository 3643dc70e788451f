"""A desk's parts, one below or beside the other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from nicegui import ui


@contextlib.contextmanager
def section(kind: str, heading: str) -> Iterator[ui.element]:
    """What is made inside is one part.

    Args:
      kind: its class in the stylesheets.
      heading: HTML; none if empty.
    """
    with ui.element("section").classes(kind) as part:
        if heading:
            ui.html(heading, sanitize=False, tag="h2")
        yield part
