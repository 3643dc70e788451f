"""Features of regions → clusters of each class (arXiv 1711.11585, section 3.4)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from serving.styles import CLUSTERS

LEAST = 1 / 64  # of a picture, which a region must cover to tell its class' styles


def regions(
    features: np.ndarray, label: np.ndarray, instance: np.ndarray, least: float = LEAST
) -> Iterator[tuple[int, np.ndarray]]:
    """The class and the features of each region of a picture that is large enough.

    Args:
      features: [H, W, C], means over regions.
      label: uint8 [H, W], classes; instance: ids [H, W], of what features are means over.
      least: part of the picture that is large enough.
    """
    for number in np.unique(instance):
        inside = instance == number
        if inside.mean() > least:
            counts = np.bincount(label[inside])
            yield int(counts.argmax()), features[inside][0]


def clustered(rows: np.ndarray, seed: int) -> np.ndarray:
    """K-means of rows [N, C]: centres [K, C], K at most CLUSTERS and the number of other rows."""
    from sklearn.cluster import KMeans

    apart = len(np.unique(rows, axis=0))
    means = KMeans(min(CLUSTERS, apart), n_init=10, random_state=seed).fit(rows)
    return means.cluster_centers_.astype(np.float32)
