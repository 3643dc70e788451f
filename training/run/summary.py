"""The table of a run, printed before its first step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Union

import tensorflow as tf
from tensorflow import keras

WIDE_OPS = ("Conv2D", "Conv2DBackpropInput", "MatMul")  # what makes a layer's one kept activation


def table(rows: Mapping[str, Union[str, int]]) -> str:
    """Two columns of text, numbers with thousands separated."""
    width = max(map(len, rows))
    shown = {k: f"{v:,}" if isinstance(v, int) else v for k, v in rows.items()}
    return "\n".join(f"{name:{width}}  {value}" for name, value in shown.items())


def parameters(model: keras.Model) -> int:
    """How many numbers a built model trains."""
    return sum(math.prod(weight.shape) for weight in model.trainable_variables)


def activations(network: Callable[..., tf.Tensor], shapes: Sequence[Sequence[int]]) -> int:
    """Bytes of one activation for each layer of a forward pass over inputs of these shapes."""
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    traced = tf.function(lambda *inputs: network(*inputs), autograph=False)
    operations = traced.get_concrete_function(*specs).graph.get_operations()
    outputs = [op.outputs[0] for op in operations if op.type in WIDE_OPS]
    return sum(output.dtype.size * math.prod(output.shape) for output in outputs)
