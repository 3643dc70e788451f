"""Files in local folders and behind URLs (gs://, s3://, …) by the same few words.

URLs go through tf.io.gfile. Local paths do not: it fails on a whole folder for one name that is
not UTF-8, and a worker that never loads TensorFlow is a quarter of the size.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple


def is_url(path: str) -> bool:
    """Whether `path` lies behind a URL such as gs://bucket/folder."""
    return "://" in path


def join(folder: str, name: str) -> str:
    """`folder`/`name`."""
    return f"{folder.rstrip('/')}/{name}" if is_url(folder) else os.path.join(folder, name)


@contextlib.contextmanager
def opened(path: str, mode: str) -> Iterator[IO[bytes]]:
    """A file for reading ("rb") or writing ("wb").

    Raises:
      OSError: it can't be read, or not be written to its last byte.
    """
    if is_url(path):
        with _as_os_errors(path), _gfile().GFile(path, mode) as file:
            yield file
        return
    with open(path, mode) as file:
        yield file
        if mode == "wb":
            file.flush()
            # Content before name: after a power cut a rename may be there, what it named not.
            os.fsync(file.fileno())


def read(path: str) -> bytes:
    """The whole content of a file."""
    with opened(path, "rb") as file:
        return file.read()


def write(path: str, content: bytes, aside: str | None = None) -> None:
    """Write a file, whole or not at all.

    Args:
      path: of the file.
      content: all of it.
      aside: where it is written first; of its own for each, where several may write the same file.
    """
    aside = aside or f"{path}.partial"
    try:
        with opened(aside, "wb") as file:
            file.write(content)
        rename(aside, path)
    except BaseException:
        remove(aside)
        raise


def size(path: str) -> int:
    """Bytes of a file. Raises OSError where there is none."""
    if not is_url(path):
        return os.stat(path).st_size
    with _as_os_errors(path):
        return _gfile().stat(path).length


def exists(path: str) -> bool:
    """Whether a file or a folder is there."""
    if not is_url(path):
        return os.path.lexists(path)
    with _as_os_errors(path):
        return _gfile().exists(path)


def names(folder: str) -> list[str]:
    """Names of all that lies in a folder, sorted; none where there is no such folder."""
    if not is_url(folder):
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    with _as_os_errors(folder):
        there = _gfile().exists(folder) and _gfile().isdir(folder)
        entries = _gfile().listdir(folder) if there else []
    return sorted(name.rstrip("/") for name in entries)


def files_below(
    folder: str, skipped: Callable[[list[str]], bool] = lambda names: False
) -> Iterator[str]:
    """Paths relative to `folder` of all files below it, hidden ones left out, in no set order.

    Local folders behind links are followed, each folder once; what lies below without links comes
    first, so that files have the same paths in whatever order a disk tells them. A link to nothing
    counts as a file, which whoever opens it will miss.

    Args:
      folder: local folder or URL.
      skipped: called with the names in a folder; says whether to pass over it and all below it.
    """
    waiting, behind_links, seen = [""], set[str](), set[object]()
    while waiting or behind_links:
        below = waiting.pop() if waiting else min(behind_links)
        behind_links.discard(below)
        place = join(folder, below)
        if _identity(place) in seen:
            continue
        seen.add(_identity(place))
        inside = _children(place)
        if skipped(inside.folders + inside.linked + inside.files):
            continue
        waiting += [join(below, name) for name in inside.folders]
        behind_links |= {join(below, name) for name in inside.linked}
        yield from (join(below, name) for name in inside.files)


class _Children(NamedTuple):
    """Names in a folder, hidden ones left out: of folders, links to folders, and files."""

    folders: list[str]
    linked: list[str]
    files: list[str]


def _children(folder: str) -> _Children:
    children = _Children([], [], [])
    if is_url(folder):
        with _as_os_errors(folder):
            for name in _gfile().listdir(folder):
                inside = name.endswith("/") or _gfile().isdir(join(folder, name))
                (children.folders if inside else children.files).append(name.rstrip("/"))
    else:
        with os.scandir(folder) as entries:
            for entry in entries:
                _kind(entry, children).append(entry.name)
    return _Children(*[[name for name in names if name[:1] != "."] for names in children])


def _kind(entry: os.DirEntry[str], children: _Children) -> list[str]:
    """The list that an entry belongs to; one of its own for sockets and the like."""
    if not entry.is_symlink():
        return children.folders if entry.is_dir() else children.files if entry.is_file() else []
    if os.path.isdir(entry.path):
        return children.linked
    is_other = os.path.exists(entry.path) and not os.path.isfile(entry.path)
    return [] if is_other else children.files


def _identity(folder: str) -> object:
    """The same for two paths to one folder."""
    if is_url(folder):
        return folder
    state = os.stat(folder)
    return state.st_dev, state.st_ino


def make_folder(path: str) -> None:
    """Make a folder and its parents; it may be there already."""
    if is_url(path):
        with _as_os_errors(path):
            _gfile().makedirs(path)
    else:
        os.makedirs(path, exist_ok=True)


def rename(path: str, to: str) -> None:
    """Give a file its final name; what had that name is replaced."""
    if is_url(path):
        with _as_os_errors(path):
            _gfile().rename(path, to, overwrite=True)
    else:
        os.replace(path, to)


def remove(path: str) -> None:
    """Remove a file or a whole folder, if it is there."""
    if is_url(path):
        with _as_os_errors(path):
            if _gfile().isdir(path):
                _gfile().rmtree(path)
            elif _gfile().exists(path):
                _gfile().remove(path)
    elif os.path.isdir(path):
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _gfile() -> Any:
    import tensorflow as tf

    return tf.io.gfile


@contextlib.contextmanager
def _as_os_errors(path: str) -> Iterator[None]:
    """TensorFlow's errors as Python's own, which every caller handles."""
    import tensorflow as tf

    numbers = {
        tf.errors.NotFoundError: errno.ENOENT,
        tf.errors.PermissionDeniedError: errno.EACCES,
    }
    try:
        yield
    except tf.errors.OpError as error:
        number = numbers.get(type(error), errno.EIO)
        said = " ".join(str(error).split())[:200]
        raise OSError(number, said or os.strerror(number), path) from None
