"""Whether two label maps say the same: intersection over union and pixel accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np

from input_pipeline.label_maps.label_sets import IGNORED


def confusion(
    predicted: np.ndarray, wanted: np.ndarray, classes: int, ignored: int = IGNORED
) -> np.ndarray:
    """Count pixels by what was wanted and what was predicted; counts of batches may be added.

    Args:
      predicted: whole numbers in 0 … classes - 1, of any shape; anything where `wanted` is ignored.
      wanted: the same, or `ignored` where a pixel does not count.

    Returns:
      int64 [classes, classes]: [wanted, predicted].

    Raises:
      ValueError: an id that counts is not one of the classes.
    """
    counted = wanted != ignored
    pairs = np.stack([wanted[counted], predicted[counted]]).astype(np.int64)
    if pairs.size and not 0 <= pairs.min() <= pairs.max() < classes:
        ids = f"ids from {pairs.min()} to {pairs.max()}"
        raise ValueError(f"{ids}; wanted 0 to {classes - 1}, or {ignored} to ignore")
    cells = pairs[0] * classes + pairs[1]
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def agreement(counts: np.ndarray) -> dict[str, Any]:
    """Measures of a `confusion` that counted at least one pixel.

    Returns:
      "pixel_accuracy": share of pixels whose class was predicted.
      "iou": {class: pixels both wanted and predicted as it / pixels either}, without classes that
        were neither wanted nor predicted.
      "mean_iou": mean of these, each class weighing the same.
    """
    both = np.diag(counts)
    either = counts.sum(axis=0) + counts.sum(axis=1) - both
    iou = {int(label): float(both[label] / either[label]) for label in np.flatnonzero(either)}
    return {
        "mean_iou": float(np.mean(list(iou.values()))),
        "pixel_accuracy": float(both.sum() / counts.sum()),
        "iou": iou,
    }
