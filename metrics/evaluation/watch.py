"""The small evaluation of a training run: a few seconds every so many steps."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from metrics import variety
from metrics.evaluation.subject import Photos, cross
from metrics.sliced_wasserstein import sliced_wasserstein

CROSSED = 8  # masks, and latents
BATCH = 64


class Watch:
    """Measures whatever paints, always with the same photos, masks and latents.

    Args:
      photos: whose masks are painted and that the pictures are held against.
      latent_size: of the generator.
      seed: of latents and of the measures' draws.
    """

    def __init__(self, photos: Photos, latent_size: int, seed: int) -> None:
        self.photos, self.seed = photos, seed
        drawn = np.random.default_rng(seed)
        self.latent = drawn.standard_normal([photos.count, latent_size], np.float32)

    def __call__(self, paint: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> dict[str, float]:
        """Figures of the moment.

        Args:
          paint: mask bool [N, H, H] and latent float32 [N, L] → uint8 [N, H, H, 3].

        Returns:
          sliced_wasserstein: mean over the levels; deviation_over_latents, deviation_over_masks.
        """
        in_batches = functools.partial(self._painted, paint)
        images = in_batches(self.photos.mask, self.latent)
        crossed = cross(in_batches, self.photos.mask[:CROSSED], self.latent[:CROSSED])
        distance = sliced_wasserstein(self.photos.image, images, self.seed)
        return {
            "sliced_wasserstein": distance["mean"],
            "deviation_over_latents": variety.deviation(crossed),
            "deviation_over_masks": variety.deviation(crossed.swapaxes(0, 1)),
        }

    @staticmethod
    def _painted(
        paint: Callable[[np.ndarray, np.ndarray], np.ndarray], mask: np.ndarray, latent: np.ndarray
    ) -> np.ndarray:
        starts = range(0, len(mask), BATCH)
        return np.concatenate([paint(mask[s : s + BATCH], latent[s : s + BATCH]) for s in starts])
