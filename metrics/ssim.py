"""How alike two pictures are to the eye, window by window: SSIM."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

WINDOW = 11  # side of the Gaussian window in pixels; its standard deviation is 1.5
BATCH = 8  # pairs at a time


def ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Structural similarity of each pair: 1 = equal, 0 = nothing in common, negative = opposed.

    Wang, Bovik, Sheikh and Simoncelli (2004, equation 13), per colour channel, mean over channels
    and over all places of the window. Pictures narrower than it have a window of their side.

    Args:
      first, second: uint8 [N, H, W, 3].

    Returns:
      float32 [N].
    """
    parts = [slice(start, start + BATCH) for start in range(0, len(first), BATCH)]
    return np.concatenate([_of_batch(first[part], second[part]) for part in parts])


def _of_batch(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    given = tf.cast(first, tf.float32), tf.cast(second, tf.float32)
    window = min(WINDOW, *first.shape[1:3])
    return tf.image.ssim(*given, max_val=255.0, filter_size=window).numpy()
