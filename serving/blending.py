"""A photo and what was painted of its edited label map, brought together."""

from __future__ import annotations

import numpy as np

# Parts of the shorter side: up to which distance from an edited pixel all is painted (a network
# that paints an eye changes the lid), and over which distance the photo comes back then.
MARGIN, FEATHER = 1 / 32, 1 / 16


def by_difference(
    photo: np.ndarray, picture: np.ndarray, label: np.ndarray, edited: np.ndarray
) -> np.ndarray:
    """The picture where the label map was edited, the photo elsewhere, softly between.

    Args:
      photo, picture: uint8 [H, W, 3].
      label, edited: the photo's label map, and that of the picture, uint8 [H, W].

    Returns:
      uint8 [H, W, 3]; the photo itself where nothing was edited.
    """
    share = share_of_picture(label != edited)[..., None]
    return np.round(photo + share * (picture.astype(float) - photo)).astype(np.uint8)


def share_of_picture(different: np.ndarray) -> np.ndarray:
    """How much of the picture is seen: bool [H, W], where it was edited → [H, W], 0 to 1."""
    from scipy import ndimage  # loads slowly, and is rarely wanted

    if not different.any():
        return np.zeros(different.shape)
    distance = ndimage.distance_transform_edt(~different)
    side = min(different.shape)
    return np.clip((side * (MARGIN + FEATHER) - distance) / (side * FEATHER), 0, 1)
