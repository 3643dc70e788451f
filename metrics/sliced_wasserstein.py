"""Sliced Wasserstein distance between two sets of images (arXiv 1710.10196, section 5).

Levels of a Laplacian pyramid are compared by their 7×7 patches, each level by itself: the finest
one tells of the sharpness of details and of noise, the coarsest one of large shapes and colours.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

COARSEST = 16  # pixels: side of the pyramid's last level
FILTER = np.array([1, 4, 6, 4, 1], np.float32) / 16
PATCH, PATCHES = 7, 128  # pixels; of one image and level
DIRECTIONS = 4 * 128
SHOWN = 1000  # distances are given in thousandths
FLAT = 1e-3  # grey levels: a smaller standard deviation is rounding

CHUNK = 64  # images whose pyramids are in memory at once
PROJECTIONS = 2**26  # of each set that are in memory at once
OF_DIRECTIONS, OF_REAL, OF_GENERATED = range(3)  # streams of random numbers


def sliced_wasserstein(
    real: np.ndarray, generated: np.ndarray, seed: int = 0, patches: int = PATCHES
) -> dict[str, float]:
    """The distance at each level, times 1000; what equal distributions still give is `floor`.

    Args:
      real, generated: uint8 [N, H, H, 3], H a power of two of at least 8.
      seed: of patch places, which each set has of its own, and of directions.
      patches: of each image at each level.

    Returns:
      One figure for each level, named by its side ("64", "32", "16"), and their "mean".

    Raises:
      ValueError: the sets differ in number or size of images, are empty, or of another shape.
    """
    if real.shape != generated.shape or not len(real):
        raise ValueError(f"{real.shape} and {generated.shape}: wanted equally many images alike")
    side = real.shape[1]
    if real.shape[1:] != (side, side, 3) or side < COARSEST // 2 or side & (side - 1):
        raise ValueError(f"{real.shape}: wanted [N, H, H, 3], H a power of two of at least 8")
    distances = {}
    for side in sides(real.shape[1]):
        one, other = (
            normalised(descriptors(images, side, patches, np.random.default_rng([seed, side, of])))
            for images, of in ((real, OF_REAL), (generated, OF_GENERATED))
        )
        drawn = directions(np.random.default_rng([seed, side, OF_DIRECTIONS]))
        distances[str(side)] = SHOWN * distance(one, other, drawn)
    return {**distances, "mean": float(np.mean(list(distances.values())))}


def floor(real: np.ndarray, seed: int = 0, patches: int = PATCHES) -> dict[str, float]:
    """What so few images leave of the distance: that of two disjoint random halves of one set.

    Args:
      real: uint8 [N, H, W, 3], cut by `squares`; one image is left out where N is odd.
      seed, patches: see `sliced_wasserstein`.

    Returns:
      As `sliced_wasserstein`, and "images": how many each half has.

    Raises:
      ValueError: fewer than two images.
    """
    half = len(real) // 2
    order = np.random.default_rng(seed).permutation(len(real))
    # Cut now: squares of one image in both halves would make these alike.
    one, other = squares(real[order[:half]]), squares(real[order[half : 2 * half]])
    return {**sliced_wasserstein(one, other, seed, patches), "images": half}


def squares(images: np.ndarray) -> np.ndarray:
    """Images as the distance takes them: squares side by side from their middle, not scaled.

    Args:
      images: uint8 [N, H, W, 3].

    Returns:
      uint8 [N·k, S, S, 3], image by image, S and k as `fitting` says; images that are such
      squares as they are.
    """
    size = images.shape[1:3]
    side, *counts = fitting(*size)
    top, left = ((whole - count * side) // 2 for whole, count in zip(size, counts))
    down, across = counts
    inside = images[:, top : top + down * side, left : left + across * side]
    rows = inside.reshape(len(images), down, side, across, side, 3)
    return rows.swapaxes(2, 3).reshape(-1, side, side, 3)


def fitting(height: int, width: int) -> tuple[int, int, int]:
    """Side of the largest squares of a power of two that fit, how many below each other and
    beside each other."""
    side = 1 << min(height, width).bit_length() - 1
    return side, height // side, width // side


def sides(side: int) -> list[int]:
    """Those of the pyramid's levels, the finest first; a small image is its own only level."""
    return [side, *sides(side // 2)] if side > COARSEST else [side]


def laplacian(images: np.ndarray, side: int) -> np.ndarray:
    """One level of the pyramid: what the next one lacks, or at the coarsest level what is left.

    Args:
      images: uint8 [N, H, H, 3].
      side: of the level, one of `sides(H)`.

    Returns:
      float32 [N, 3, side, side], grey levels.
    """
    level = np.moveaxis(images, -1, 1).astype(np.float32, order="C")  # as BLAS wants it
    while level.shape[-1] > side:
        level = smaller(level)
    return level - larger(smaller(level)) if side > COARSEST else level


def smaller(images: np.ndarray) -> np.ndarray:
    """Float32 [..., H, H] → [..., H/2, H/2]: every other pixel of the blurred images."""
    rows = _blur(images.shape[-1])[::2]
    return rows @ images @ rows.T


def larger(images: np.ndarray) -> np.ndarray:
    """Float32 [..., H, H] → [..., 2H, 2H]: zeros put in between, blurred, times 4."""
    rows = 2 * _blur(2 * images.shape[-1])[:, ::2]
    return rows @ images @ rows.T


def _blur(side: int) -> np.ndarray:
    """Float32 [side, side]: the filter along one axis as a matrix; the border is a mirror."""
    pixels = np.pad(np.eye(side, dtype=np.float32), ((2, 2), (0, 0)), mode="reflect")
    return sum(weight * pixels[at : at + side] for at, weight in enumerate(FILTER))


def descriptors(
    images: np.ndarray, side: int, patches: int, rng: np.random.Generator
) -> np.ndarray:
    """Patches of one level at random places.

    Args:
      images: uint8 [N, H, H, 3].
      side: of the level, one of `sides(H)`.
      patches: of each image.
      rng: draws the places.

    Returns:
      float32 [N·patches, 3, 49], image by image, in grey levels.
    """
    rows, columns = rng.integers(side - PATCH + 1, size=[2, len(images), patches])
    drawn = np.empty([len(images), patches, 3, PATCH, PATCH], np.float32)
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        level = laplacian(images[part], side)
        windows = sliding_window_view(level, (1, 3, PATCH, PATCH))
        image = np.arange(len(level))[:, None]
        drawn[part] = windows[image, 0, rows[part], columns[part], 0]
    return drawn.reshape(-1, 3, PATCH * PATCH)


def normalised(patches: np.ndarray) -> np.ndarray:
    """Each channel with mean 0 and standard deviation 1; done in place.

    Args:
      patches: float32 [M, 3, P].

    Returns:
      float32 [M, 3·P], the same memory. A channel of one value only becomes 0.
    """
    # Few values in float32, the many in float64: millions would lose their last digits.
    patches -= patches.mean(axis=2).mean(axis=0, dtype=np.float64).astype(np.float32)[:, None]
    squares = np.einsum("mcp,mcp->mc", patches, patches) / patches.shape[2]
    deviation = np.sqrt(squares.mean(axis=0, dtype=np.float64))
    patches *= np.where(deviation > FLAT, 1 / np.maximum(deviation, FLAT), 0)[:, None]
    return patches.reshape(len(patches), -1)


def directions(rng: np.random.Generator) -> np.ndarray:
    """Float32 [512, 147], unit vectors of no preferred direction."""
    vectors = rng.standard_normal([DIRECTIONS, 3 * PATCH * PATCH], np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def distance(one: np.ndarray, other: np.ndarray, along: np.ndarray) -> float:
    """Mean over directions of the Wasserstein distance between two sets' projections.

    Args:
      one, other: float32 [M, D].
      along: float32 [K, D], unit vectors.
    """
    total, at_once = 0.0, max(1, PROJECTIONS // len(one))
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(along), at_once):
            block = along[start : start + at_once]
            mine, theirs = block @ one.T, block @ other.T  # each projection in a row of its own
            list(pool.map(np.ndarray.sort, [*mine, *theirs]))
            mine -= theirs
            total += float(np.abs(mine, out=mine).mean(axis=1, dtype=np.float64).sum())
    return total / len(along)
