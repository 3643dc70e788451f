"""Whether something lies where it was asked for: intersection over union of two masks."""

from __future__ import annotations

import numpy as np


def overlaps(found: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Of each picture: pixels of both masks over pixels of either; 1 where both are empty.

    Args:
      found, asked: bool [N, H, W].

    Returns:
      float64 [N].
    """
    both = (found & asked).sum((1, 2))
    either = (found | asked).sum((1, 2))
    return np.where(either, both / np.maximum(either, 1), 1.0)


def location(found: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    """Means over the pictures.

    Args:
      found: bool [N, H, W], where it is in each picture; asked: where it was to be.

    Returns:
      "iou", and by chance "iou_of_others_masks": each against the mask of the one before.
    """
    others = np.roll(asked, 1, axis=0)
    return {
        "iou": float(overlaps(found, asked).mean()),
        "iou_of_others_masks": float(overlaps(found, others).mean()),
    }
