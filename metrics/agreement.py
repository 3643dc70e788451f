"""Does the face follow the drawing: its landmarks, and its lines drawn again."""

from __future__ import annotations

import numpy as np

OUTER_CORNERS = 36, 45  # of the eyes: their distance is the unit of landmark errors
GOOD = 0.08  # of that distance: what face alignment calls a success (300-W)


def landmark_errors(predicted: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Mean distance of a face's landmarks from those asked for, in inter-ocular distances.

    Args:
      predicted, wanted: float [N, 68, 2], x and y in the same pixels.

    Returns:
      float64 [N]; the unit is the distance of the wanted eyes' outer corners.
    """
    right, left = (wanted[:, corner] for corner in OUTER_CORNERS)
    distances = np.linalg.norm(predicted - wanted, axis=-1).mean(axis=-1)
    return distances / np.linalg.norm(left - right, axis=-1)


def landmark_agreement(predicted: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """The mean error, and the share of faces with an error under 8 %; see `landmark_errors`."""
    errors = landmark_errors(predicted, wanted)
    return {"error": float(errors.mean()), "share_under_8_percent": float((errors < GOOD).mean())}


def mask_agreement(redrawn: np.ndarray, given: np.ndarray) -> dict[str, float]:
    """How much of two line drawings lies within one pixel (of eight neighbours) of the other.

    Args:
      redrawn: bool [N, H, H], drawn from the landmarks found in the pictures.
      given: bool [N, H, H], what was asked for.

    Returns:
      precision: of the pixels redrawn, the share near a given one; recall: of the pixels given,
      the share near a redrawn one; f1: their harmonic mean. Means over the drawings.
    """
    precision, recall = _share_near(redrawn, given), _share_near(given, redrawn)
    both = np.maximum(precision + recall, np.finfo(np.float64).tiny)
    parts = {"precision": precision, "recall": recall, "f1": 2 * precision * recall / both}
    return {name: float(values.mean()) for name, values in parts.items()}


def _share_near(drawn: np.ndarray, other: np.ndarray) -> np.ndarray:
    """float64 [N]: of each drawing's pixels, those within one pixel of the other's; 1 of none."""
    hits = (drawn & _thickened(other)).sum(axis=(1, 2))
    total = drawn.sum(axis=(1, 2))
    return np.where(total > 0, hits / np.maximum(total, 1), 1.0)


def _thickened(drawings: np.ndarray) -> np.ndarray:
    """Each pixel with its eight neighbours."""
    padded = np.pad(drawings, ((0, 0), (1, 1), (1, 1)))
    height, width = drawings.shape[1:]
    near = np.zeros_like(drawings)
    for y in range(3):
        for x in range(3):
            near |= padded[:, y : y + height, x : x + width]
    return near
