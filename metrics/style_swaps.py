"""Regions of label maps whose styles change places: what is put where, and what that changes.

A region is the pixels of one id (of an instance, or of the class itself) and one class; arrays of
keys tell one region from the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

import numpy as np

from input_pipeline.label_maps.label_sets import IGNORED

IDS = 256  # of classes
NOWHERE = np.iinfo(np.int64).min  # the key of pixels that do not count


def keyed(ids: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which region each pixel is of.

    Args:
      ids: int32 [..., H, W], of instances or classes; labels: uint8, the classes.

    Returns:
      int64 [..., H, W]: keys; NOWHERE where a pixel does not count.
    """
    return np.where(labels == IGNORED, NOWHERE, ids.astype(np.int64) * IDS + labels)


def class_of(key: int) -> int:
    """The class of a region."""
    return key % IDS


def largest_first(keys: np.ndarray) -> list[int]:
    """The regions of one picture, int64 [H, W], by their pixels."""
    there, counts = np.unique(keys[keys != NOWHERE], return_counts=True)
    return [int(key) for key in there[np.argsort(-counts, kind="stable")]]


def donor(regions: Sequence[Sequence[int]], index: int, class_: int) -> Optional[tuple[int, int]]:
    """Another picture that has a region of a class: the next one that does, in a circle.

    Args:
      regions: of each picture, see `largest_first`.
      index: of the picture that asks.

    Returns:
      Its number and the key of its largest such region; None where no other has one.
    """
    for step in range(1, len(regions)):
        other = (index + step) % len(regions)
        for key in regions[other]:
            if class_of(key) == class_:
                return other, key
    return None


def restyled(
    features: np.ndarray, inside: np.ndarray, others: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """Features of a picture, one region of which has the mean of another's.

    Args:
      features: float32 [H, W, C], of the picture; inside: bool [H, W], its region.
      others: float32 [H, W, C], of the other picture; there: bool [H, W], the other's region.
    """
    return np.where(inside[..., None], others[there].mean(axis=0), features)


def change(before: np.ndarray, after: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """Mean absolute change of values, 0 to 255, inside of a region and outside of it.

    Args:
      before, after: uint8 [H, W, 3].
      inside: bool [H, W], neither empty nor everything.
    """
    changed = np.abs(after.astype(np.int16) - before).mean(axis=-1)
    return float(changed[inside].mean()), float(changed[~inside].mean())
