"""Precision (pictures look real) and recall (all that is real is there) of a set of features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BLOCK = 1000  # rows of a distance matrix held at a time


def precision_recall(real: np.ndarray, generated: np.ndarray, k: int = 3) -> dict[str, float]:
    """Shares of each set that lie in the other's manifold, from 0 to 1.

    Kynkäänniemi et al. (arXiv 1904.06991, section 2). A set's manifold is what lies within its
    points' spheres, each as wide as the way to the point's k-th nearest neighbour in that set.
    Both depend on the sets' sizes, so only figures of equally large sets are comparable.

    Args:
      real, generated: float [N, D], N > k; the two N may differ.
      k: neighbours; the paper's choice is 3.

    Returns:
      {"precision": share of generated points in the real manifold, "recall": the reverse}.

    Raises:
      ValueError: a set has no more than k points.
    """
    if min(len(real), len(generated)) <= k:
        raise ValueError(f"{len(real)} and {len(generated)} points; wanted more than {k} of each")
    centre = real.mean(axis=0, dtype=np.float64)  # |x|² + |y|² - 2x·y rounds least around it
    real, generated = real - centre, generated - centre
    real_radii, generated_radii = _squared_radii(real, k), _squared_radii(generated, k)
    precise, recalled = np.zeros(len(generated), bool), np.zeros(len(real), bool)
    for rows, squared in _squared_distances(generated, real):
        precise[rows] = (squared <= real_radii).any(axis=1)
        recalled |= (squared <= generated_radii[rows, None]).any(axis=0)
    return {"precision": float(precise.mean()), "recall": float(recalled.mean())}


def _squared_radii(points: np.ndarray, k: int) -> np.ndarray:
    """Squared distance of each point [N, D] to its k-th nearest neighbour, itself left out."""
    radii = np.empty(len(points))
    for rows, squared in _squared_distances(points, points):
        squared[np.arange(len(rows)), rows] = np.inf
        radii[rows] = np.partition(squared, k - 1, axis=1)[:, k - 1]
    return radii


def _squared_distances(
    first: np.ndarray, second: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of rows of the squared distances: (numbers of the rows, [rows, len(second)])."""
    norms = np.square(second).sum(axis=1)
    for start in range(0, len(first), BLOCK):
        block = first[start : start + BLOCK]
        squared = block @ (-2 * second.T)
        squared += np.square(block).sum(axis=1)[:, None]
        squared += norms
        yield np.arange(start, start + len(block)), squared
