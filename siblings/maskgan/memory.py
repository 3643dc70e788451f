"""How much memory a step of MaskGAN takes, and how large a checkpoint is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

import tensorflow as tf

from siblings.maskgan.mask_trainer import MaskTrainer
from siblings.maskgan.networks import PICTURE
from siblings.maskgan.trainer import PainterTrainer
from training.run.summary import activations, parameters

VALUES_A_PARAMETER = 4  # itself, its gradient, two moments
# How many times over a step holds one activation of each layer, at its peak, and what is beside
# them: as measured for pix2pixHD, of whose layers these networks are.
PASSES, CRITIC_PASSES, BESIDE = 5, 9, 600_000_000
Trained = Union[MaskTrainer, PainterTrainer]


def estimated(trainer: Trained, batch: int, classes: int, size: tuple[int, int]) -> int:
    """Bytes that a device needs for one step, without what TensorFlow takes for itself.

    Args:
      trainer: of the networks.
      batch: samples on each device; classes: of label maps; size: their height and width.
    """
    trained = {name: parameters(trainer.networks[name]) for name in trainer.updates}
    fixed = [parameters(each) for name, each in trainer.networks.items() if name not in trained]
    numbers = VALUES_A_PARAMETER * sum(trained.values()) + sum(fixed)
    kept = _of_masks if isinstance(trainer, MaskTrainer) else _of_pictures
    return tf.float32.size * numbers + kept(trainer, [batch, *size], classes) + BESIDE


def _of_masks(trainer: Any, maps: Sequence[int], classes: int) -> int:
    latent = [maps[0], trainer.vae.to_mean.units]
    return PASSES * activations(trainer.vae, [[*maps, classes], latent])


def _of_pictures(trainer: Any, maps: Sequence[int], classes: int) -> int:
    label, photo = [*maps, classes], [*maps, PICTURE]
    painted = activations(trainer.painter, [label, photo, label])
    judged = activations(trainer.critics, [[*maps, classes + PICTURE]])
    if not trainer.editing:
        return PASSES * painted + CRITIC_PASSES * judged
    # Three masks are painted, two pictures judged beside each photo instead of one.
    blended = activations(trainer.editing.blender, [photo, photo])
    return PASSES * (3 * painted + blended) + CRITIC_PASSES * judged * 3 // 2


def checkpoint(trainer: Trained) -> int:
    """Bytes of a checkpoint: every weight, and two moments of each that is trained."""
    held = sum(each.count_params() for each in trainer.networks.values())
    moments = sum(int(tf.size(w)) for update in trainer.updates.values() for w in update.weights)
    return tf.float32.size * (held + 2 * moments)
