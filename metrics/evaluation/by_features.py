"""Distances between photos and pictures by the features of any network, and their floor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from metrics.evaluation.figure_names import FLOOR, named
from metrics.feature_distances import frechet_distance, kernel_distance
from metrics.precision_recall import precision_recall

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.subject import Subject

Figures = dict[str, float]
Described = Callable[[np.ndarray, str], np.ndarray]  # images, a bar's name → features [N, D]


def figures(subject: Subject, features: str, described: Described) -> Figures:
    """Distances of the photos' features and the pictures', and of the photos' halves.

    Args:
      subject: has both.
      features: all that they depend on beside the images.
      described: makes them.
    """
    real, seed = of_photos(subject, features, described), subject.seed
    half = len(real) // 2
    floor = subject.statistics.figures(
        f"distances of halves, seed {seed}, {features}",
        lambda: distances(real[:half], real[half : 2 * half], seed),
    )
    generated = described(subject.images, "pictures")
    return {**distances(real, generated, seed), **named(floor, FLOOR)}


def of_photos(subject: Subject, features: str, described: Described) -> np.ndarray:
    """The photos' features [N, D], kept from one evaluation to the next; arguments as above."""
    photos = subject.photos.image
    return subject.statistics.array(features, lambda: described(photos, "photos"))


def distances(real: np.ndarray, generated: np.ndarray, seed: int) -> Figures:
    """All that are known of two sets of features [N, D]."""
    return {
        "frechet_distance": frechet_distance(real, generated),
        **kernel_distance(real, generated, seed),
        **precision_recall(real, generated),
    }
