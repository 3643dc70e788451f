"""Whether something is clearly somewhere in a photo: which ones can teach where to paint it."""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE, WINDOW, STRIDE = 64, 16, 4  # pixels of the mask, of a window, and between two windows
# Of the windows' means, from 0 to 255; of the whole mask's mean.
LEAST_DEVIATION, LEAST_RANGE, MOST_COVERED = 60, 220, 0.8 * 255


def is_placed(mask: np.ndarray) -> bool:
    """Whether some windows are full of it, others empty, and not nearly all of the photo is.

    Args:
      mask: bool [H, W], where it is.
    """
    picture = Image.fromarray(mask.astype(np.uint8) * 255)
    picture = picture.resize((SIDE, SIDE), Image.Resampling.BOX)
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(picture), (WINDOW, WINDOW))
    means = windows[::STRIDE, ::STRIDE].mean((2, 3))
    return bool(
        means.std() > LEAST_DEVIATION
        and np.ptp(means) > LEAST_RANGE
        and np.asarray(picture).mean() < MOST_COVERED
    )
