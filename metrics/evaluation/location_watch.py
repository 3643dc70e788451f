"""The small evaluation of a painter that is told where: a few seconds every so many steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metrics.evaluation.places import Places
from metrics.location import location

BATCH = 64
Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]


class LocationWatch:
    """Looks for what is painted, always at the same places from the same latents.

    Args:
      paint: masks bool [N, H, W], latents float32 [N, …] → uint8 [N, H, W, 3].
      asked: bool [N, H, W], the places; latents: as many.
      places: who looks.

    Attributes:
      decisive, highest_is_best: the figure that tells which of two painters is better.
      images: that figures are taken from.
    """

    decisive, highest_is_best = "location_iou", True

    def __init__(
        self, paint: Paint, asked: np.ndarray, latents: np.ndarray, places: Places
    ) -> None:
        self.paint, self.asked, self.latents, self.places = paint, asked, latents, places
        self.images = len(asked)

    def __call__(self) -> dict[str, float]:
        """Figures of the moment: location_iou, and by chance location_iou_of_others_masks."""
        starts = range(0, self.images, BATCH)
        parts = [slice(start, start + BATCH) for start in starts]
        painted = [self.paint(self.asked[part], self.latents[part]) for part in parts]
        found = np.concatenate([self.places(pictures) for pictures in painted])
        return {f"location_{name}": value for name, value in location(found, self.asked).items()}
