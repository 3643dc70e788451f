"""Folders of numbered SavedModels, as servers want them: faces/1, faces/2, …"""

from __future__ import annotations

import pathlib

from interface import files
from interface.command_line import UserError


def newest_first(folder: pathlib.Path) -> list[tuple[int, pathlib.Path]]:
    """Numbers and places of what a folder has to serve; itself, if it is a SavedModel.

    Raises:
      UserError: there is nothing.
    """
    if (folder / "saved_model.pb").is_file():
        return [(int(folder.name) if folder.name.isdecimal() else 1, folder)]
    try:
        numbered = {int(path.name): path for path in folder.iterdir() if path.name.isdecimal()}
    except OSError as error:
        raise UserError(f"--model {folder}: {error.strerror}") from None
    whole = {n: path for n, path in numbered.items() if (path / "saved_model.pb").is_file()}
    if not whole:
        raise UserError(f"--model {folder}: no SavedModel in it, nor in numbered folders of it")
    return sorted(whole.items(), reverse=True)


def new(out: str) -> pathlib.Path:
    """Where an export may write its SavedModel. Raises UserError: it is taken, or can't be."""
    folder = pathlib.Path(out)
    if folder.exists():
        raise UserError(f"--out {out}: already there; give the next version's number")
    files.check_folder("out", folder.parent)
    return folder


def state(folder: pathlib.Path) -> list[tuple[str, int, int]]:
    """Of each file its name, size and time: while somebody copies, they change."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
