"""How much memory a step of pix2pixHD takes."""

from __future__ import annotations

import tensorflow as tf

from siblings.pix2pixhd import networks
from siblings.pix2pixhd.trainer import Pix2PixHDTrainer
from training.run.summary import activations, parameters

VALUES_A_PARAMETER = 4  # itself, its gradient, two moments
# How many times over a step holds one activation of each layer, at its peak: norms and activations
# keep their own, gradients and what convolutions work in come on top. Beside them threads' buffers,
# batches and sheets. Fitted to peaks at 256×512 to 1024×2048, 16 to 64 wide, with and without
# recomputing, all of which it meets within a sixth.
GENERATOR_PASSES, RECOMPUTED_PASSES, CRITIC_PASSES, BESIDE = 5, 2, 9, 600_000_000


def estimated(trainer: Pix2PixHDTrainer, batch: int) -> int:
    """Bytes that a device needs for one step, without what TensorFlow takes for itself.

    Args:
      trainer: of the networks.
      batch: samples on each device.
    """
    generator, critics, encoder = trainer.generator, trainer.critics, trainer.encoder
    painters = [generator, *[encoder][: encoder is not None]]
    numbers = sum(parameters(each) for each in (*painters, critics))
    float_size = tf.as_dtype(generator.variable_dtype).size
    picture = [batch, *trainer.plan.size, networks.PICTURE]
    seen = [*picture[:3], trainer.channels]
    judged = [*picture[:3], trainer.channels + networks.PICTURE]
    passes = RECOMPUTED_PASSES if generator.whole.recomputes else GENERATOR_PASSES
    kept = passes * activations(generator, [seen if encoder is None else _wider(seen, encoder)])
    if encoder is not None:
        kept += GENERATOR_PASSES * activations(encoder, [picture])
    kept += CRITIC_PASSES * activations(critics, [judged])
    return float_size * VALUES_A_PARAMETER * numbers + kept + BESIDE


def _wider(shape: list[int], encoder: networks.Encoder) -> list[int]:
    return [*shape[:3], shape[3] + encoder.features]
