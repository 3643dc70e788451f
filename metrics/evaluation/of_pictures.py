"""Measures of pictures, whatever they show: a subject → figures, floors on real photos among them.

A floor is what real photos themselves score: no generator is expected to be better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from input_pipeline.processes import tracked
from metrics import sliced_wasserstein
from metrics.evaluation import by_features
from metrics.evaluation.figure_names import FLOOR, OF_PHOTOS, OVER_LATENTS, OVER_MASKS, named

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.subject import Subject

Figures = dict[str, float]
CHUNK = 128  # images between two steps of a progress bar


def wasserstein(subject: Subject) -> Figures:
    """Sliced Wasserstein distance at each level, and that of two halves of the photos."""
    photos, seed = subject.photos.image, subject.seed
    cut = sliced_wasserstein.squares(photos), sliced_wasserstein.squares(subject.images)
    distances = sliced_wasserstein.sliced_wasserstein(*cut, seed)
    floor = subject.statistics.figures(
        f"sliced Wasserstein distance of halves, seed {seed}",
        lambda: sliced_wasserstein.floor(photos, seed),
    )
    return {**distances, **named(floor, FLOOR)}


def varieties(subject: Subject) -> Figures:
    """Variety over latents with the mask kept, over masks with the latent kept, and of photos."""
    from metrics import variety  # loads TensorFlow

    crossed, seed = subject.crossed, subject.seed
    over_latents = variety.variety(crossed, seed)
    over_masks = variety.variety(crossed.swapaxes(0, 1), seed)
    real = subject.statistics.figures(
        f"variety, seed {seed}", lambda: variety.variety(subject.photos.image[None], seed)
    )
    return {
        **named(over_latents, OVER_LATENTS),
        **named(over_masks, OVER_MASKS),
        **named(real, OF_PHOTOS),
    }


def inception(subject: Subject) -> Figures:
    """Distances, precision and recall by Keras's InceptionV3; see `metrics.inception`."""
    from metrics import inception as network  # loads Keras

    loaded = network.load(subject.inception_weights)

    def described(images: np.ndarray, about: str) -> np.ndarray:
        starts = tracked(about, range(0, len(images), CHUNK))
        return np.concatenate([network.features(images[s : s + CHUNK], loaded) for s in starts])

    features = f"Inception features, {network.fingerprint(loaded)}"
    return by_features.figures(subject, features, described)
