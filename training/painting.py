"""What the progressive generator's moving average paints while it is trained, for people to see."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from interface import pictures
from training.trainer import AdversarialTrainer

VARIATIONS = 6  # pictures for each mask of a sample sheet


class Painter:
    """The moving average as a function of arrays.

    Attributes:
      latent_size: L.
    """

    def __init__(self, trainer: AdversarialTrainer) -> None:
        self.trainer, self.latent_size = trainer, trainer.generator.latent_size

    def __call__(self, mask: np.ndarray, latent: np.ndarray) -> np.ndarray:
        """bool [N, H, H] and float32 [N, L] → uint8 [N, H, H, 3]."""
        asked = tf.constant(mask[..., None], tf.float32)
        return pictures.to_uint8(self.trainer.sample(asked, tf.constant(latent)).numpy())


class Sheet:
    """Fixed masks × fixed latents: each row a mask, its photo, then variations.

    Args:
      trainer: what paints.
      mask: [N, H, H, 1] in {0, 1}; image: their photos [N, H, H, 3] in [-1, 1].
      seed: of the latents, one for each column.
    """

    def __init__(
        self, trainer: AdversarialTrainer, mask: np.ndarray, image: np.ndarray, seed: int
    ) -> None:
        self.trainer, self.mask, self.photos = trainer, mask, pictures.to_uint8(image)
        size = [VARIATIONS, trainer.generator.latent_size]
        self.latent = tf.random.stateless_normal(size, [seed, 0])

    def __call__(self) -> list[list[np.ndarray]]:
        rows = []
        for mask, photo in zip(self.mask, self.photos):
            same_mask = tf.repeat(mask[None], VARIATIONS, axis=0)
            drawn = self.trainer.sample(same_mask, self.latent)
            ink = (mask[..., 0] * 255).astype(np.uint8)
            rows.append([ink, photo, *pictures.to_uint8(drawn.numpy())])
        return rows
