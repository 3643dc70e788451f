"""Folders of SavedModels → what is served: of each name the newest version, exchanged in one go."""

from __future__ import annotations

import dataclasses
import inspect
import logging
import pathlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Optional

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2

from input_pipeline.faces import shape
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from serving import about, cast, painter
from serving.about import About, Asks

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
INTERNAL = "__"  # what TensorFlow's own signatures begin with

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input of a signature.

    Attributes:
      shape: of one row, without the first dimension.
      dtype: NumPy's.
    """

    shape: tuple[int, ...]
    dtype: np.dtype


@dataclasses.dataclass(frozen=True, eq=False)
class Signature:
    """A function of a SavedModel, row by row.

    Attributes:
      call: arrays by name, [N, …] each → arrays [N, …] by name.
      inputs: by name.
    """

    call: Callable[..., dict[str, np.ndarray]]
    inputs: Mapping[str, Tensor]


@dataclasses.dataclass(frozen=True, eq=False)
class Version:
    """One SavedModel.

    Attributes:
      name, number: of the model and of its version.
      signatures: those that can be called, by name.
      definitions: all of them as protobuf's JSON has them.
      about: what it says it is.
      resolution: H of masks and images; latent_size: L.
      drawn_at: side at which landmarks are drawn, H or a multiple.
      framing: how photos are cut.
      shapes: how faces differ, or None where the export has no such file.
      cast: seeds whose faces are different people, the most different first; see `serving.cast`.
    """

    name: str
    number: int
    signatures: Mapping[str, Signature]
    definitions: Mapping[str, Any]
    about: About
    resolution: int
    latent_size: int
    drawn_at: int
    framing: Framing
    shapes: Optional[shape.Shapes]
    cast: tuple[int, ...]

    @property
    def asks(self) -> Asks:
        """What to bring it."""
        return self.about.asks


class NotServed(LookupError):
    """No such model, or no such version of it."""


class Models:
    """What is served under each name.

    Args:
      folders: by name, a SavedModel or numbered ones.

    Raises:
      UserError: a folder has no SavedModel of ours.
    """

    def __init__(self, folders: Mapping[str, pathlib.Path]) -> None:
        self._folders = dict(folders)
        self._refused: dict[pathlib.Path, Any] = {}  # what was in it then
        self._current: dict[str, Version] = {}
        for name, folder in folders.items():
            error = self._update(name, folder)
            if error:
                raise error

    def __iter__(self) -> Iterator[Version]:
        """The current versions, in the order in which they were named."""
        return iter(list(self._current.values()))

    def get(self, name: Optional[str] = None, number: Optional[int] = None) -> Version:
        """The current version of a model, the first one's unless told.

        Raises:
          NotServed: none of that name, or `number` is not its current version's.
        """
        found = self._current.get(name) if name is not None else next(iter(self))
        if found is None:
            raise NotServed(f"Servable not found for request: Latest({str(name)[:80]})")
        if number is not None and found.number != number:
            raise NotServed(f"Servable not found for request: Specific({name}, {number})")
        return found

    def refresh(self) -> list[Version]:
        """Load what has become the newest; returns it. Requests go on with the one before.

        A folder that can't be loaded is logged, passed over, and looked at again when something
        in it has changed.
        """
        before = dict(self._current)
        for name, folder in self._folders.items():
            self._update(name, folder)
        return [version for name, version in self._current.items() if before[name] is not version]

    def _update(self, name: str, folder: pathlib.Path) -> Optional[UserError]:
        """Serve the newest that can be loaded; tells what is wrong where none can."""
        found = self._current.get(name)
        first: Optional[UserError] = None
        try:
            versions = _versions(folder)
        except UserError as error:
            return error
        for number, path in versions:
            if found is not None and number == found.number:
                return None
            try:
                content = _content(path)
                if self._refused.get(path) == content:
                    continue
                self._refused[path] = content
                self._current[name] = _load(name, number, path)
                del self._refused[path]
                return None
            except (UserError, OSError) as error:
                _log.warning("version %d of %s is passed over: %s", number, name, error)
                first = first or UserError(str(error))
        return first


def named(flags: Sequence[str]) -> dict[str, pathlib.Path]:
    """`DIR` or `NAME=DIR` → folders by name; a folder's own name is that of its versions' parent.

    Raises:
      UserError: a name that does not fit into an address, or one given twice.
    """
    folders: dict[str, pathlib.Path] = {}
    for flag in flags:
        name, equals, place = flag.rpartition("=")
        path = pathlib.Path(place).absolute()
        if not equals:
            name = path.parent.name if path.name.isdecimal() else path.name
        if not NAME.fullmatch(name):
            raise UserError(
                f"--model {flag}: {name!r} is no name for an address; give NAME=DIR, the name of "
                "letters, digits, dots, dashes"
            )
        if name in folders:
            raise UserError(f"--model {flag}: two models are called {name}; give NAME=DIR")
        folders[name] = path
    if not folders:
        raise UserError("--model is missing: a folder, as models/portraits")
    return folders


def _versions(folder: pathlib.Path) -> list[tuple[int, pathlib.Path]]:
    """Numbers and places of what a folder has to serve, the newest first.

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


def _content(folder: pathlib.Path) -> list[tuple[str, int, int]]:
    """Of each file its name, size and time: while somebody copies, they change."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def _load(name: str, number: int, folder: pathlib.Path) -> Version:
    """Load a SavedModel and paint once: the first call takes a second."""
    paint = painter.of_model(str(folder))
    definitions = _definitions(folder)
    signatures = {
        key: Signature(_on_arrays(call), _inputs(definitions[key]))
        for key, call in paint.signatures.items()
        if not key.startswith(INTERNAL)
    }
    side = paint.resolution
    version = Version(
        name,
        number,
        signatures,
        {key: json_format.MessageToDict(d, **AS_SERVED) for key, d in definitions.items()},
        about.of_metadata(paint.about, folder),
        side,
        paint.latent_size,
        paint.records_side,
        paint.framing,
        _shapes(folder),
        cast.read(folder),
    )
    if "sample" not in signatures:
        raise UserError(f"{folder}: has no signature 'sample'; export it again: {painter.EXPORT}")
    signatures["sample"].call(mask=np.zeros([1, side, side, 1], "f"), seed=np.zeros(1, np.int64))
    _log.info("serving %s, version %d, from %s", name, number, folder)
    return version


# As TensorFlow Serving's own JSON: zeros and empty names are there, names keep their underscores.
ZEROS = ("always_print_fields_with_no_presence", "including_default_value_fields")  # before 5.26
(zeros,) = {*ZEROS} & {*inspect.signature(json_format.MessageToDict).parameters}
AS_SERVED = {"preserving_proto_field_name": True, zeros: True}


def _definitions(folder: pathlib.Path) -> dict[str, Any]:
    content = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    return dict(content.meta_graphs[0].signature_def)


def _inputs(definition: Any) -> dict[str, Tensor]:
    return {
        name: Tensor(
            tuple(int(dim.size) for dim in info.tensor_shape.dim)[1:],
            np.dtype(tf.as_dtype(info.dtype).as_numpy_dtype),
        )
        for name, info in definition.inputs.items()
    }


def _on_arrays(call: Callable[..., dict[str, tf.Tensor]]) -> Callable[..., dict[str, np.ndarray]]:
    def on_arrays(**inputs: np.ndarray) -> dict[str, np.ndarray]:
        found = call(**{name: tf.constant(array) for name, array in inputs.items()})
        return {name: tensor.numpy() for name, tensor in found.items()}

    return on_arrays


def _shapes(folder: pathlib.Path) -> Optional[shape.Shapes]:
    path = folder / "assets" / shape.FILE
    try:
        return shape.from_json(path.read_text()) if path.is_file() else None
    except ValueError as error:
        raise UserError(f"{path}: {error}; export the model again: {painter.EXPORT}") from None
