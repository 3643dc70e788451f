"""How much memory a step of the progressive GAN takes."""

from __future__ import annotations

import tensorflow as tf

from training.run.summary import activations, parameters
from training.trainer import AdversarialTrainer

# Float32 values that each parameter of a trained network needs: itself, its gradient, two moments.
VALUES_A_PARAMETER = 4
# How many times over a step holds one activation of each layer, at its peak: their gradients, the
# second derivatives of the critic's pass for the penalty, what convolutions work in. Fitted to
# peaks measured in phases 2 to 7 at 128 and 512 features, all of which it meets within a tenth.
GENERATOR_PASSES, CRITIC_PASSES = 3, 5


def table(
    records: int, records_side: int, trainer: AdversarialTrainer, batch: int
) -> dict[str, str]:
    """Rows that tell what is about to be trained.

    Args:
      records: how many there are; records_side: of their images.
      trainer: of the networks.
      batch: samples on each device.
    """
    generator, critic = trainer.generator, trainer.critic
    side, stage = generator.resolution, "fade" if generator.fading else "stable"
    needed = estimated(trainer, batch) / 1e6
    return {
        "stage": f"{stage}, {side} × {side} pixels",
        "records": f"{records:,} of {records_side} pixels",
        "generator": f"{parameters(generator):,} parameters",
        "critic": f"{parameters(critic):,} parameters",
        "memory": f"about {needed:,.0f} MB on each device, beside TensorFlow itself",
    }


def estimated(trainer: AdversarialTrainer, batch: int) -> int:
    """Bytes that a device needs for one step, without what TensorFlow takes for itself.

    Args:
      trainer: of the networks.
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
