"""The functions of a SavedModel: what they take, and how they are called with arrays."""

from __future__ import annotations

import dataclasses
import inspect
import logging
import pathlib
from collections.abc import Callable, Mapping
from typing import Any, Optional

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from interface.command_line import UserError

Arrays = dict[str, np.ndarray]
DEFAULT = "serving_default"
INTERNAL = "__"  # what TensorFlow's own signatures begin with
NUMBERS = "fiub"  # kinds of NumPy's types

_log = logging.getLogger(__name__)


def rows(arrays: Mapping[str, np.ndarray]) -> int:
    """How many each of these, [N, …], has."""
    return len(next(iter(arrays.values())))


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input of a signature.

    Attributes:
      shape: of one row, without the first dimension; None where a side is free.
      dtype: NumPy's.
    """

    shape: tuple[Optional[int], ...]
    dtype: np.dtype

    def takes(self, array: np.ndarray) -> bool:
        """Whether rows [N, …] have this shape."""
        sides = array.shape[1:]
        return len(sides) == len(self.shape) and all(
            side > 0 if wanted is None else side == wanted
            for side, wanted in zip(sides, self.shape)
        )

    def __str__(self) -> str:
        """The shape of rows, as people write it: [N, 16, 16, 1]."""
        sides = ("any" if side is None else str(side) for side in self.shape)
        return f"[{', '.join(('N', *sides))}]"


@dataclasses.dataclass(frozen=True, eq=False)
class Signature:
    """A function of a SavedModel, row by row.

    Attributes:
      call: arrays by name, [N, …] each → arrays [N, …] by name.
      inputs: by name.
    """

    call: Callable[..., Arrays]
    inputs: Mapping[str, Tensor]

    def blank(self, side: int) -> Arrays:
        """A row of zeros for each input; `side` is taken where one is free."""
        shapes = {
            name: [side if each is None else each for each in tensor.shape]
            for name, tensor in self.inputs.items()
        }
        return {name: np.zeros([1, *shapes[name]], self.inputs[name].dtype) for name in shapes}


def of_model(model: Any, definitions: Mapping[str, Any]) -> dict[str, Signature]:
    """By name.

    Args:
      model: loaded.
      definitions: those of its folder.

    Raises:
      ValueError: an input that takes no rows of numbers.
    """
    return {
        name: Signature(_on_arrays(model, name), _inputs(definitions[name]))
        for name in model.signatures
        if not name.startswith(INTERNAL)
    }


def definitions_of(folder: pathlib.Path) -> dict[str, meta_graph_pb2.SignatureDef]:
    """As a SavedModel's file has them, by name."""
    content = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    return dict(content.meta_graphs[0].signature_def)


# As TensorFlow Serving's own JSON: zeros and empty names are there, names keep their underscores.
ZEROS = ("always_print_fields_with_no_presence", "including_default_value_fields")  # before 5.26
(zeros,) = {*ZEROS} & {*inspect.signature(json_format.MessageToDict).parameters}


def as_json(definition: meta_graph_pb2.SignatureDef) -> dict[str, Any]:
    """As TensorFlow Serving tells it."""
    told = {"preserving_proto_field_name": True, zeros: True}
    return dict(json_format.MessageToDict(definition, **told))


def _inputs(definition: meta_graph_pb2.SignatureDef) -> dict[str, Tensor]:
    return {name: _tensor(name, info) for name, info in definition.inputs.items()}


def _tensor(name: str, info: meta_graph_pb2.TensorInfo) -> Tensor:
    sides = [None if dim.size < 0 else int(dim.size) for dim in info.tensor_shape.dim]
    dtype = np.dtype(tf.as_dtype(info.dtype).as_numpy_dtype)
    if sides[:1] != [None] or dtype.kind not in NUMBERS:
        raise ValueError(f"input {name} takes no rows of numbers, any number of them")
    return Tensor(tuple(sides[1:]), dtype)


def _on_arrays(model: Any, name: str) -> Callable[..., Arrays]:
    """Through the model: a signature alone does not keep its variables."""

    def call(**inputs: np.ndarray) -> Arrays:
        tensors = {key: tf.convert_to_tensor(value) for key, value in inputs.items()}
        try:
            outputs = model.signatures[name](**tensors)
        except tf.errors.InvalidArgumentError:  # an odd size, or sizes that do not go together
            _log.exception("%s was called in vain", name)
            sides = ", ".join(f"{key} {[*value.shape[1:]]}" for key, value in tensors.items())
            raise UserError(
                f"the model can't be called with rows of these sides: {sides}"
            ) from None
        return {key: tensor.numpy() for key, tensor in outputs.items()}

    return call
