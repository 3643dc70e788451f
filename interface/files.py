"""Files that are whole or absent: written aside, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def replacing(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield a path beside `path` to write a file or a folder at; rename it when the block ends.

    If the block raises, what it wrote is removed and `path` is left as it was. Where `path` is a
    link, what it points to is replaced.
    """
    path = path.resolve()
    aside = path.with_name(f".{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    remove(aside)
    try:
        yield aside
        _flush_to_disk(aside)
        if aside.is_dir():
            remove(path)
        os.replace(aside, path)
    except BaseException:
        remove(aside)
        raise


def remove(path: pathlib.Path) -> None:
    """Remove a file or a whole folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_json(path: pathlib.Path, content: Any) -> None:
    """Write `content` as indented JSON, whole or not at all."""
    with replacing(path) as aside:
        aside.write_text(json.dumps(content, indent=2) + "\n")


def _flush_to_disk(path: pathlib.Path) -> None:
    """Ask the disk to hold the content before the name: a rename may outlive a power cut alone."""
    for file in path.rglob("*") if path.is_dir() else [path]:
        if file.is_file():
            with open(file, "rb") as handle:
                os.fsync(handle.fileno())
