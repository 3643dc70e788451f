"""Weights that PyTorch has written → arrays, and into the variables that they belong to.

A .pth file is a pickle, which could run whatever its author liked. Nothing of it is run here: the
few names that tensors are made of stand for functions of this module, any other is refused.
"""

from __future__ import annotations

import collections
import io
import pathlib
import pickle
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

import numpy as np

from interface.command_line import UserError

if TYPE_CHECKING:
    import tensorflow as tf

# What a file of before 2020 (torch.save's "legacy" format) begins with, pickled.
LEGACY = 0x1950A86A20F9469CFC6C
COUNTED = "num_batches_tracked"  # the end of names that batch norm keeps and nobody needs
PARALLEL = "module."  # before every name where several GPUs have trained
DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
# A kernel [out, in, kh, kw], of a transposed convolution [in, out, kh, kw], as TensorFlow has it.
KERNEL = (2, 3, 1, 0)
Arrays = dict[str, np.ndarray]


STATISTICS = (".running_mean", ".running_var")


class Files(NamedTuple):
    """Arrays of several networks, by their kind; and where each came from."""

    arrays: dict[str, Arrays]
    paths: dict[str, str]


class Slot(NamedTuple):
    """Where an array goes.

    Attributes:
      variable: whose value it becomes.
      axes: of the array, in the variable's order; None = as they are.
    """

    variable: tf.Variable
    axes: Optional[tuple[int, ...]] = None


def read(path: str) -> Arrays:
    """The tensors of a state dict, by name.

    Args:
      path: of a file that torch.save wrote, of a state dict or of a dict with one, "state_dict",
        in it.

    Raises:
      UserError: unreadable, no such file, or one that holds anything else.
    """
    try:
        content = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    try:
        loaded = _of_zip(content) if zipfile.is_zipfile(io.BytesIO(content)) else _legacy(content)
    except _Foreign as error:
        raise UserError(
            f"{path}: holds {error}, not weights alone; wanted what torch.save writes of a "
            "state_dict"
        ) from None
    # A damaged pickle can make its reader raise almost anything.
    except Exception as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"{path}: can't be read as PyTorch's ({why}); wanted what torch.save writes of a "
            "state_dict"
        ) from None
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict) or not all(
        isinstance(name, str) and isinstance(value, np.ndarray) for name, value in loaded.items()
    ):
        raise UserError(f"{path}: no state_dict, names with a tensor each; save that alone")
    names = {name: name for name in loaded}
    if loaded and all(name.startswith(PARALLEL) for name in loaded):
        names = {name: name[len(PARALLEL) :] for name in loaded}
    return {names[name]: value for name, value in loaded.items() if not name.endswith(COUNTED)}


def read_each(paths: Sequence[str], kind: Callable[[Arrays], str], wanted: str) -> Files:
    """State dicts of different networks, whichever comes first.

    Args:
      paths: of the files.
      kind: tells which network arrays are of, "" where it is none of them.
      wanted: what networks have that are meant, for the message.

    Raises:
      UserError: one is unreadable, of another network, or of the same as one before.
    """
    found = Files({}, {})
    for path in paths:
        arrays = used(read(path))
        of = kind(arrays)
        if not of:
            raise UserError(f"{path}: of another network: it has no kernel {wanted}")
        if of in found.paths:
            raise UserError(f"{path}: of the {of}, as {found.paths[of]}; wanted one of each")
        found.arrays[of], found.paths[of] = arrays, path
    return found


def used(arrays: Arrays) -> Arrays:
    """Without an instance norm's running statistics.

    PyTorch kept them until version 0.4 and normalised without them. Batch norms, which do not, have
    weights beside theirs.
    """
    stale = {
        name
        for name in arrays
        if name.endswith(STATISTICS) and f"{name.rpartition('.')[0]}.weight" not in arrays
    }
    return {name: array for name, array in arrays.items() if name not in stale}


def is_kernel(arrays: Arrays, name: str, axes: int = 4) -> bool:
    """Whether there is such an array, of a convolution (or of a dense layer: 2 axes)."""
    return name in arrays and arrays[name].ndim == axes and arrays[name].size > 0


def count(arrays: Arrays, pattern: str) -> int:
    """How many names fit a pattern."""
    return sum(re.fullmatch(pattern, name) is not None for name in arrays)


def convs(arrays: Arrays) -> Arrays:
    """Kernels of a translator (or a part of one) outside of its residual blocks, in their order.

    Its names are model.N, of which N counts every module.
    """
    found = [re.fullmatch(r"model\.(\d+)\.weight", name) for name in arrays]
    numbers = sorted(int(match[1]) for match in found if match)
    named = {name: arrays[name] for name in (f"model.{number}.weight" for number in numbers)}
    return {name: each for name, each in named.items() if each.ndim == 4}


def downs(arrays: Arrays) -> int:
    """Its steps down: there are as many up, and they alone have kernels of 3×3."""
    return max(sum(each.shape[2] == 3 for each in convs(arrays).values()) // 2, 1)


def assign(arrays: Arrays, slots: Mapping[str, Slot], where: str) -> None:
    """Give variables their values: all of them, of all arrays, or none.

    Args:
      arrays: by name; slots: where each goes.
      where: they come from, for the message.

    Raises:
      UserError: names that have no place, places without an array, or another shape.
    """
    foreign, missing = sorted({*arrays} - {*slots}), sorted({*slots} - {*arrays})
    if foreign or missing:
        told = [
            f"{about} {', '.join(names[:3])}{f' and {len(names) - 3} more' * (len(names) > 3)}"
            for about, names in (("holds also", foreign), ("lacks", missing))
            if names
        ]
        raise UserError(f"{where}: of another network: it {'; it '.join(told)}")
    values = {
        name: array if slots[name].axes is None else array.transpose(slots[name].axes)
        for name, array in arrays.items()
        if slots[name].axes is None or array.ndim == len(slots[name].axes or ())
    }
    for name, slot in slots.items():
        if name not in values or values[name].shape != tuple(slot.variable.shape):
            found = tuple(values.get(name, arrays[name]).shape)
            raise UserError(
                f"{where}: of another network: {name} has shape {found}, wanted "
                f"{tuple(slot.variable.shape)}"
            )
    for name, slot in slots.items():
        slot.variable.assign(values[name].astype(slot.variable.dtype.as_numpy_dtype))


class _Foreign(Exception):
    """A name that no tensor is made of."""


class _Storage(NamedTuple):
    """What a file's persistent ids name: a flat array, which in a legacy file comes last."""

    values: Callable[[], np.ndarray]


class _Later(NamedTuple):
    """A tensor whose storage has not been read yet."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> np.ndarray:
        flat = self.storage.values()
        if self.offset + _reach(self.size, self.stride) > len(flat):
            raise ValueError("a tensor is larger than its storage")
        steps = [step * flat.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(flat[self.offset :], self.size, steps).copy()


def _reach(size: tuple[int, ...], stride: tuple[int, ...]) -> int:
    """Values from a tensor's first to its last, both counted."""
    if any(step < 0 for step in stride) or any(count < 0 for count in size):
        raise ValueError("a tensor of negative size")
    if 0 in size:
        return 0
    return 1 + sum((count - 1) * step for count, step in zip(size, stride))


def _tensor(storage: Any, offset: int, size: Any, stride: Any, *_: Any) -> _Later:
    if not isinstance(storage, _Storage):
        raise ValueError("a tensor without storage")
    return _Later(storage, int(offset), tuple(map(int, size)), tuple(map(int, stride)))


def _parameter(tensor: Any, *_: Any) -> Any:
    return tensor


# By module and name, as pickles call them.
_KNOWN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch.nn.parameter", "Parameter"): _parameter,
    **{("torch", name): np.dtype(dtype) for name, dtype in DTYPES.items()},
}


class _Unpickler(pickle.Unpickler):
    """Builds what `_KNOWN` knows, and nothing else.

    Args:
      storage: (dtype, key, count) → the storage of this key.
    """

    def __init__(
        self, file: Any, storage: Callable[[np.dtype, str, int], _Storage] | None = None
    ) -> None:
        super().__init__(file, encoding="latin-1")  # names of Python 2's time
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise _Foreign(f"{module}.{name}")
        return _KNOWN[module, name]

    def persistent_load(self, told: Any) -> _Storage:
        kind, dtype, key, _, count = told[:5]
        if kind != "storage" or self._storage is None or not isinstance(dtype, np.dtype):
            raise ValueError("a reference to something that is no storage")
        if len(told) > 5 and told[5] is not None:
            raise ValueError("a storage that is part of another one; save the state_dict anew")
        return self._storage(dtype, str(key), int(count))


def _of_zip(content: bytes) -> Any:
    """The format of PyTorch 1.6 and later: a zip of a pickle and a file for each storage."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (pickled,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        folder = pickled[: -len("data.pkl")]
        order = f"{folder}byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ValueError("its numbers are big-endian")

        def storage(dtype: np.dtype, key: str, count: int) -> _Storage:
            flat = np.frombuffer(archive.read(f"{folder}data/{key}"), dtype)[:count]
            return _Storage(lambda: flat)

        return _resolved(_Unpickler(io.BytesIO(archive.read(pickled)), storage).load())


def _legacy(content: bytes) -> Any:
    """The format before: three pickles about the file, the object, its storages' keys, numbers."""
    file = io.BytesIO(content)
    if _Unpickler(file).load() != LEGACY:
        raise ValueError("neither of its formats")
    _, about = _Unpickler(file).load(), _Unpickler(file).load()
    if not about["little_endian"]:
        raise ValueError("its numbers are big-endian")
    dtypes: dict[str, tuple[np.dtype, int]] = {}
    flats: Arrays = {}

    def storage(dtype: np.dtype, key: str, count: int) -> _Storage:
        dtypes[key] = dtype, count
        return _Storage(lambda: flats[key])

    loaded = _Unpickler(file, storage).load()
    for key in _Unpickler(file).load():
        dtype, count = dtypes[key]
        if int.from_bytes(file.read(8), "little") != count:
            raise ValueError("a storage of another size than its tensors say")
        flats[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    return _resolved(loaded)


def _resolved(loaded: Any) -> Any:
    """With arrays for tensors."""
    if isinstance(loaded, dict):
        return {key: _resolved(value) for key, value in loaded.items()}
    return loaded.array() if isinstance(loaded, _Later) else loaded
