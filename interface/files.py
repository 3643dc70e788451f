"""Files that are whole or absent: written aside, then renamed."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import pathlib
import re
import shutil
import socket
from collections.abc import Iterator
from typing import Any

from interface.command_line import UserError

MACHINE = re.sub(r"[^A-Za-z0-9]", "_", socket.gethostname())[:32]


class Locked(UserError):
    """Another process has a folder."""


@contextlib.contextmanager
def replacing(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield a path beside `path` to write a file or a folder at; rename it when the block ends.

    If the block raises, what it wrote is removed and `path` is left as it was. Where `path` is a
    link, what it points to is replaced.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_behind(path)
    aside = path.with_name(f".{path.name}.{MACHINE}-{os.getpid()}.partial")
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


def _remove_left_behind(path: pathlib.Path) -> None:
    """What processes of this machine that are gone wrote beside a path."""
    for aside in path.parent.glob(f".{glob.escape(path.name)}.{glob.escape(MACHINE)}-*.partial"):
        number = aside.name.split("-")[-1].split(".")[0]
        if number.isdecimal() and not pathlib.Path("/proc", number).exists():
            remove(aside)


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


@contextlib.contextmanager
def locked(folder: pathlib.Path) -> Iterator[None]:
    """Keep a folder to this process; the lock ends with the process, however that ends.

    Raises:
      Locked: another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Locked(
            f"{folder}: another process is at work in it; wait for it or stop it first"
        ) from None
    except OSError:  # a file system that knows no locks
        pass
    try:
        yield
    finally:
        os.close(handle)


def check_folder(flag: str, path: pathlib.Path) -> None:
    """Refuse a folder to write in that can't be made: a file is in the way, or no permission.

    Args:
      flag: that named it, for the message.
      path: the folder; it and its parents may be missing.
    """
    there = path.absolute()
    while not os.path.lexists(there):
        there = there.parent
    if not there.is_dir():
        raise UserError(f"--{flag} {path}: {there} is a file; name another folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UserError(f"--{flag} {path}: no permission to write in {there}; name another folder")


def _flush_to_disk(path: pathlib.Path) -> None:
    """Ask the disk to hold the content before the name: a rename may outlive a power cut alone."""
    for file in path.rglob("*") if path.is_dir() else [path]:
        if file.is_file():
            with open(file, "rb") as handle:
                os.fsync(handle.fileno())
