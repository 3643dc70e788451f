"""The small evaluation of a training run: a few seconds every so many steps."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from metrics import variety
from metrics.evaluation.face_photos import Photos
from metrics.sliced_wasserstein import sliced_wasserstein
from serving.painter import cross

CROSSED = 8  # masks, and latents
BATCH = 64


class Painter(Protocol):
    """A generator whose weights may change; latent_size: L."""

    latent_size: int

    def __call__(self, mask: np.ndarray, latent: np.ndarray) -> np.ndarray:
        """bool [N, H, H] and float32 [N, L] → uint8 [N, H, H, 3]."""


class Watch:
    """Measures a painter, always with the same photos, masks and latents.

    Args:
      photos: whose masks are painted and that the pictures are held against.
      paint: what is measured.
      seed: of latents and of the measures' draws.

    Attributes:
      decisive: the figure that tells which of two painters is better, by being lower.
      highest_is_best: false.
      images: that figures are taken from.
    """

    decisive, highest_is_best = "sliced_wasserstein", False

    def __init__(self, photos: Photos, paint: Painter, seed: int) -> None:
        self.photos, self.paint, self.seed = photos, paint, seed
        self.images = photos.count
        drawn = np.random.default_rng(seed)
        self.latent = drawn.standard_normal([photos.count, paint.latent_size], np.float32)

    def __call__(self) -> dict[str, float]:
        """Figures of the moment.

        Returns:
          sliced_wasserstein: mean over the levels; deviation_over_latents, deviation_over_masks.
        """
        images = self._painted(self.photos.mask, self.latent)
        crossed = cross(self._painted, self.photos.mask[:CROSSED], self.latent[:CROSSED])
        distance = sliced_wasserstein(self.photos.image, images, self.seed)
        return {
            "sliced_wasserstein": distance["mean"],
            "deviation_over_latents": variety.deviation(crossed),
            "deviation_over_masks": variety.deviation(crossed.swapaxes(0, 1)),
        }

    def _painted(self, mask: np.ndarray, latent: np.ndarray) -> np.ndarray:
        parts = [slice(start, start + BATCH) for start in range(0, len(mask), BATCH)]
        return np.concatenate([self.paint(mask[part], latent[part]) for part in parts])
