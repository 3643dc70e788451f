"""Numbers that people bring for a model's inputs → the arrays it is called with."""

from __future__ import annotations

from typing import Any

import numpy as np

from interface.command_line import UserError
from serving.about import INPUT, INSTANCES, About
from serving.signatures import Arrays, Signature, Tensor

KINDS = {"f": "iuf", "i": "iu", "u": "iu", "b": "b"}  # of numbers that each kind of input takes


def of_columns(columns: Any, signature: Signature, about: About) -> Arrays:
    """What a signature is called with: [N, …] by its inputs' names.

    Args:
      columns: nested lists by name, as JSON gives them.
      about: what the model says it takes.

    Raises:
      UserError: other names, shapes or kinds of numbers, a number that its type can't hold, a
        class that the model does not have, a size that it does not paint.
    """
    wanted = signature.inputs
    if not isinstance(columns, dict) or columns.keys() != wanted.keys():
        names = ", ".join(map(str, columns))[:80] if isinstance(columns, dict) else "no object"
        raise UserError(f"inputs: found {names}; wanted {', '.join(wanted)}")
    arrays = {name: _array(name, columns[name], tensor) for name, tensor in wanted.items()}
    if len({len(array) for array in arrays.values()}) > 1:
        raise UserError("inputs: wanted as many rows of one as of the others")
    if INPUT[about.asks] in arrays:
        _check_picture(arrays, about)
    return arrays


def _check_picture(arrays: Arrays, about: About) -> None:
    """What a model says it asks for is of a size that it paints, and of its classes."""
    name = INPUT[about.asks]
    height, width = arrays[name].shape[1:3]
    told = f"{height}x{width} pixels"
    wanted = about.refused(height, width)
    if wanted:
        raise UserError(f"{name}: {told}; wanted {wanted}")
    if INSTANCES in arrays and arrays[INSTANCES].shape[1:3] != (height, width):
        raise UserError(f"{INSTANCES}: wanted {told}, as {name} has")
    if about.asks == "landmarks":
        _check_drawing(name, arrays[name])
    if about.asks == "labels" and about.classes is not None:
        _check_range(name, arrays[name], about.classes.count - 1, "ids of classes")


def _check_drawing(name: str, array: np.ndarray) -> None:
    """A mask is 1 where a line is, as training's are: of 255 the network makes a ruin."""
    if array.size and not 0 <= array.min() <= array.max() <= 1:
        far = array.min() if array.min() < 0 else array.max()
        raise UserError(f"{name}: {far:g}; wanted 1 where a line is, 0 elsewhere")


def _array(name: str, value: Any, wanted: Tensor) -> np.ndarray:
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError, TypeError):  # ragged, or too deep
        array = np.empty(0, object)
    if not array.ndim or not wanted.takes(array):
        raise UserError(f"{name}: wanted numbers in nested lists of shape {wanted}")
    if array.dtype.kind not in KINDS[wanted.dtype.kind]:
        raise UserError(f"{name}: wanted {wanted.dtype.name} numbers")
    if wanted.dtype.kind in "iu":
        limits = np.iinfo(wanted.dtype)
        _check_range(name, array, limits.max, f"{wanted.dtype.name} numbers", limits.min)
    with np.errstate(over="ignore"):
        array = array.astype(wanted.dtype)
    if not np.isfinite(array).all():
        raise UserError(f"{name}: wanted finite {wanted.dtype.name} numbers")
    return np.asarray(array)


def _check_range(name: str, array: np.ndarray, most: int, wanted: str, least: int = 0) -> None:
    for value in (int(array.min()), int(array.max())) if array.size else ():
        if not least <= value <= most:
            raise UserError(f"{name}: {value}; wanted {wanted}, from {least} to {most}")
