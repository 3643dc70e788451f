"""How much pictures differ from each other: MS-SSIM and each pixel's standard deviation.

Pictures come in groups, and only pictures of one group are compared: samples of one mask over
latents, of one latent over masks, or photos as they come.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, finest first
WINDOW = 11  # side of the Gaussian window in pixels; its standard deviation is 1.5
PAIRS = 2000
BATCH_PIXELS = 2**20  # compared at a time, so that memory does not grow with the side


def variety(groups: np.ndarray, seed: int) -> dict[str, float]:
    """Both measures of `groups`, uint8 [G, K >= 2, H, H, 3]; see `similarity` and `deviation`."""
    return {"ms_ssim": similarity(groups, seed), "deviation": deviation(groups)}


def deviation(groups: np.ndarray) -> float:
    """Standard deviation within a group, in pixel values from -1 to 1: 0 (all equal) to 1.

    Args:
      groups: uint8 [G, K, H, H, 3].

    Returns:
      The standard deviation (the sum of squares divided by K) of each pixel and channel over a
      group's pictures; its mean over pixels, channels and groups.
    """
    return float(np.mean([_deviation(group) for group in groups]))


def _deviation(group: np.ndarray) -> float:
    """Of one group, uint8 [K, H, H, 3]; in whole numbers, which neither round nor need a copy."""
    count = len(group)
    total = group.sum(axis=0, dtype=np.int64)
    squares = np.einsum("k...,k...->...", group, group, dtype=np.int64)
    return np.sqrt(count * squares - total**2).mean() / (count * 127.5)


def similarity(groups: np.ndarray, seed: int = 0, pairs: int = PAIRS) -> float:
    """Mean MS-SSIM over pairs of pictures of one group: 1 = all equal; lower = more variety.

    MS-SSIM is that of Wang, Simoncelli and Bovik (2003, equation 7), per colour channel. It has
    five scales, each half as fine as the one before. Small pictures have fewer: as many as leave
    the coarsest at least as wide as the window of 11 pixels (see `scales`), with their weights
    divided by their sum. Pictures narrower than that have one scale and a window of their side.
    So values of different sides are not comparable.

    Args:
      groups: uint8 [G, K, H, H, 3], K >= 2.
      seed: of the choice of pairs.
      pairs: compared at most, over all groups; where there are more, that many different ones
        are drawn, each as likely as any other.
    """
    _check(groups)
    count, size, side = groups.shape[:3]
    a_group = size * (size - 1) // 2
    total = count * a_group
    draw = np.random.default_rng(seed).choice
    numbers = np.arange(total) if total <= pairs else draw(total, pairs, replace=False)
    group, (first, second) = numbers // a_group, _pair(numbers % a_group)
    batches = np.array_split(np.arange(len(numbers)), -(-len(numbers) * side**2 // BATCH_PIXELS))
    parts = [_ms_ssim(groups[group[b], first[b]], groups[group[b], second[b]]) for b in batches]
    return float(np.mean(np.concatenate(parts), dtype=np.float64))


def _check(groups: np.ndarray) -> None:
    if groups.ndim != 5 or groups.shape[1] < 2 or groups.shape[4] != 3:
        raise ValueError(f"{groups.shape}: wanted [G, K, H, H, 3], K of 2 or more")


def scales(side: int) -> int:
    """How many of MS-SSIM's five scales pictures of `side` pixels are compared at."""
    return max(1, sum(side / 2**scale >= WINDOW for scale in range(len(WEIGHTS))))


def _pair(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(i, j) with i < j: the number-th of (0, 1), (0, 2), (1, 2), (0, 3), …"""
    second = ((1 + np.sqrt(1 + 8 * number)) / 2).astype(np.int64)
    return number - second * (second - 1) // 2, second


def _ms_ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Of N pairs, each uint8 [N, H, H, 3] → float32 [N]."""
    side = first.shape[1]
    weights = np.array(WEIGHTS[: scales(side)])
    return tf.image.ssim_multiscale(
        tf.cast(first, tf.float32),
        tf.cast(second, tf.float32),
        max_val=255.0,
        power_factors=tuple(weights / weights.sum()),
        filter_size=min(WINDOW, side),
    ).numpy()
