"""The table of a run, printed before its first step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

# Float32 values that each parameter of a trained network needs: itself, its gradient, two moments.
VALUES_A_PARAMETER = 4
# How many times over a step holds one activation of each layer, at its peak: their gradients, the
# second derivatives of the critic's pass for the penalty, what convolutions work in. Fitted to
# peaks measured in phases 2 to 7 at 128 and 512 features, all of which it meets within a tenth.
GENERATOR_PASSES, CRITIC_PASSES = 3, 5
WIDE_OPS = ("Conv2D", "Conv2DBackpropInput", "MatMul")  # what makes a layer's one kept activation


def table(rows: dict[str, Any]) -> str:
    """Two columns of text, numbers with thousands separated."""
    width = max(map(len, rows))
    shown = {k: f"{v:,}" if isinstance(v, int) else v for k, v in rows.items()}
    return "\n".join(f"{name:{width}}  {value}" for name, value in shown.items())


def parameters(model: Any) -> int:
    """How many numbers a built model trains."""
    return sum(math.prod(weight.shape) for weight in model.trainable_variables)


def estimated_memory(trainer: Any, batch: int) -> int:
    """Bytes that a device needs for one step, without what TensorFlow takes for itself.

    Args:
      trainer: with `generator`, `critic`, `averaged`.
      batch: samples on each device.
    """
    generator, critic = trainer.generator, trainer.critic
    side, weight = generator.resolution, tf.as_dtype(generator.variable_dtype).size
    mask, latent = [batch, side, side, 1], [batch, generator.latent_size]
    trained = parameters(generator) + parameters(critic)
    weights = weight * (VALUES_A_PARAMETER * trained + parameters(trainer.averaged))
    return (
        weights
        + GENERATOR_PASSES * activations(generator, [mask, latent])
        + CRITIC_PASSES * activations(critic, [[batch, side, side, 3], mask])
    )


def activations(network: Callable[..., Any], shapes: Sequence[Sequence[int]]) -> int:
    """Bytes of one activation for each layer of a forward pass over inputs of these shapes."""
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    traced = tf.function(lambda *inputs: network(*inputs), autograph=False)
    operations = traced.get_concrete_function(*specs).graph.get_operations()
    outputs = [op.outputs[0] for op in operations if op.type in WIDE_OPS]
    return sum(output.dtype.size * math.prod(output.shape) for output in outputs)
