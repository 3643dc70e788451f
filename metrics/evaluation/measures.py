"""The measures that one can ask for by name: a subject → figures, floors on real photos among them.

A floor is what real photos themselves score: no generator is expected to be better.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist, pdist

from input_pipeline.faces import drawing, landmarks
from input_pipeline.processes import on_all_cores, tracked
from metrics import agreement, precision_recall, sliced_wasserstein, variety
from metrics.evaluation.subject import Subject, of_faces
from metrics.feature_distances import frechet_distance, kernel_distance

Figures = dict[str, float]
Described = Callable[[np.ndarray, str], np.ndarray]  # images, a bar's name → features [N, D]
CHUNK = 128  # images between two steps of a progress bar
DESCRIPTORS = "face descriptors"
LATENTS = 8  # whose people are compared, of each mask
OTHERS = 0.6  # dlib's own bar: faces that are further apart are of two people
DISTANCES = (
    "Frechet distance, kernel distance (arXiv 1801.01401), precision and recall of 3 nearest "
    "neighbours (arXiv 1904.06991); floor: halves of the photos"
)


def wasserstein(subject: Subject) -> Figures:
    """Sliced Wasserstein distance at each level, and that of two halves of the photos."""
    photos, seed = subject.photos.image, subject.seed
    found = sliced_wasserstein.sliced_wasserstein(photos, subject.images, seed)
    floor = _kept(
        subject,
        f"sliced Wasserstein distance of halves, seed {seed}",
        lambda: sliced_wasserstein.floor(photos, seed),
    )
    return {**found, **_named(floor, "floor_{}")}


def landmark_agreement(subject: Subject) -> Figures:
    """How far the faces' landmarks are from the masks', and the photos' own found again.

    A picture that ignores its mask agrees as well with another picture's mask.
    """
    wanted = subject.wanted
    found = agreement.landmark_agreement(subject.found, wanted)
    floor = agreement.landmark_agreement(_found_in_photos(subject), wanted)
    others = np.roll(wanted, 1, axis=0)
    chance = agreement.landmark_agreement(
        subject.find(subject.images, others, "landmarks of others' masks"), others
    )
    return {**found, **_named(floor, "floor_{}"), **_named(chance, "{}_of_others_masks")}


def mask_agreement(subject: Subject) -> Figures:
    """How much of the faces' lines, drawn again, is where the masks' lines are."""
    found = agreement.mask_agreement(_redrawn(subject, subject.found), subject.photos.mask)
    again = _redrawn(subject, _found_in_photos(subject))
    return {**found, **_named(agreement.mask_agreement(again, subject.photos.mask), "floor_{}")}


def varieties(subject: Subject) -> Figures:
    """Variety over latents with the mask kept, over masks with the latent kept, and of photos."""
    crossed, seed = subject.crossed, subject.seed
    over_latents = variety.variety(crossed, seed)
    over_masks = variety.variety(crossed.swapaxes(0, 1), seed)
    real = _kept(
        subject,
        f"variety, seed {seed}",
        lambda: variety.variety(subject.photos.image[None], seed),
    )
    return {
        **_named(over_latents, "{}_over_latents"),
        **_named(over_masks, "{}_over_masks"),
        **_named(real, "{}_of_photos"),
    }


def people(subject: Subject) -> Figures:
    """Whether latents make different people of a mask: distances of dlib's face descriptors."""
    real = _photos_features(subject, DESCRIPTORS, _described(subject))
    latents = subject.crossed[:, :LATENTS]
    known = of_faces(landmarks.descriptors, "people", latents, subject.wanted)
    figures = {
        **_named(apart(known), "{}_over_latents"),
        **_named(apart(real[None]), "{}_of_photos"),
    }
    if subject.cast:
        first = subject.with_seeds(subject.cast[:LATENTS])
        known = of_faces(landmarks.descriptors, "cast", first, subject.wanted)
        figures.update(_named(apart(known), "{}_of_cast"))
    return figures


def apart(descriptors: np.ndarray) -> Figures:
    """Of [G, K, D], over pairs within a group: mean distance, share that dlib calls two people."""
    distances = np.stack([pdist(group) for group in descriptors])
    return {"distance": float(distances.mean()), "others": float((distances >= OTHERS).mean())}


def faces(subject: Subject) -> Figures:
    """Distances, precision and recall by dlib's face descriptor: no FID, which has other features.

    Faces are described where the masks' landmarks are.
    """
    return _by_features(subject, DESCRIPTORS, _described(subject))


def copies(subject: Subject) -> Figures:
    """Whether pictures are of people it was trained on: how far the nearest of these is.

    Photos of people held out are as far from them as a stranger is; copies would be nearer.
    """
    trained, described = subject.trained_on, _described(subject)
    places = trained.known_landmarks()
    known = on_all_cores(landmarks.descriptors, "trained on", trained.image, places)
    real = _photos_features(subject, DESCRIPTORS, described)
    return {
        **_nearest(described(subject.images, "pictures"), known),
        **_named(_nearest(real, known), "{}_of_photos"),
    }


def _nearest(descriptors: np.ndarray, known: np.ndarray) -> Figures:
    """Of [N, D], the distance to the nearest of [M, D]: mean, and what 5 % are nearer than."""
    nearest = cdist(descriptors, known).min(axis=1)
    return {
        "nearest": float(nearest.mean()),
        "nearest_5_percent": float(np.quantile(nearest, 0.05)),
    }


def _described(subject: Subject) -> Described:
    return lambda images, about: on_all_cores(landmarks.descriptors, about, images, subject.wanted)


def inception(subject: Subject) -> Figures:
    """The same by Keras's InceptionV3; see `metrics.inception` for what they compare with."""
    from metrics import inception as network  # loads Keras

    loaded = network.load(subject.inception_weights)

    def described(images: np.ndarray, about: str) -> np.ndarray:
        starts = tracked(about, range(0, len(images), CHUNK))
        return np.concatenate([network.features(images[s : s + CHUNK], loaded) for s in starts])

    return _by_features(subject, f"Inception features, {network.fingerprint(loaded)}", described)


class Measure(NamedTuple):
    """Something to measure, and how it is measured, in words."""

    figures: Callable[[Subject], Figures]
    protocol: Callable[[Subject], str]


MEASURES = {
    "sliced_wasserstein": Measure(
        wasserstein,
        lambda subject: (
            f"arXiv 1710.10196 section 5: {sliced_wasserstein.PATCHES} patches of 7x7 from each "
            f"image and level, {sliced_wasserstein.DIRECTIONS} directions, times 1000; floor: "
            "halves of the photos"
        ),
    ),
    "landmarks": Measure(
        landmark_agreement,
        lambda subject: (
            "dlib's 68 landmarks where the mask's face is, no detection; mean distance over the "
            "distance of the eyes' outer corners; floor: the photos' own, found again; others' "
            "masks: each picture against the mask of the one before"
        ),
    ),
    "masks": Measure(
        mask_agreement,
        lambda subject: "lines drawn from those landmarks; within one pixel, means over images",
    ),
    "variety": Measure(
        varieties,
        lambda subject: (
            f"{len(subject.crossed)} masks by {subject.crossed.shape[1]} latents; MS-SSIM of "
            f"scale 1 to {variety.scales(subject.paint.resolution)} over {variety.PAIRS} pairs; "
            "standard deviation of pixels in [-1, 1]"
        ),
    ),
    "people": Measure(
        people,
        lambda subject: (
            f"{len(subject.crossed)} masks by {LATENTS} latents: mean distance of dlib's face "
            f"descriptors over the pairs of a mask's latents, and share of pairs {OTHERS} apart or "
            f"more, dlib's bar for two people; of the cast: its first {LATENTS} seeds; of photos: "
            "all pairs"
        ),
    ),
    "faces": Measure(faces, lambda subject: f"dlib's 128-d face descriptor; {DISTANCES}"),
    "copies": Measure(
        copies,
        lambda subject: (
            "dlib's face descriptor: distance to the nearest of "
            f"{subject.trained_on.count} photos trained on; mean, and what 5 % are nearer "
            "than; beside it that of the photos"
        ),
    ),
    "inception": Measure(
        inception,
        lambda subject: (
            f"Keras InceptionV3 ({subject.inception_weights}), 299x299 by antialiased bicubic: "
            f"not the literature's FID network; {DISTANCES}"
        ),
    ),
}


def _by_features(subject: Subject, features: str, described: Described) -> Figures:
    """Distances of the photos' features and the pictures', and of the photos' halves.

    Args:
      subject: has both.
      features: all that they depend on beside the images.
    """
    real, seed = _photos_features(subject, features, described), subject.seed
    half = len(real) // 2
    floor = _kept(
        subject,
        f"distances of halves, seed {seed}, {features}",
        lambda: _distances(real[:half], real[half : 2 * half], seed),
    )
    generated = described(subject.images, "pictures")
    return {**_distances(real, generated, seed), **_named(floor, "floor_{}")}


def _photos_features(subject: Subject, features: str, described: Described) -> np.ndarray:
    photos = subject.photos.image
    return subject.statistics.get(features, lambda: {"found": described(photos, "photos")})["found"]


def _distances(real: np.ndarray, generated: np.ndarray, seed: int) -> Figures:
    return {
        "frechet_distance": frechet_distance(real, generated),
        **kernel_distance(real, generated, seed),
        **precision_recall.precision_recall(real, generated),
    }


def _found_in_photos(subject: Subject) -> np.ndarray:
    return subject.statistics.get(
        f"landmarks found again, {subject.landmark_model}",
        lambda: {"found": subject.find(subject.photos.image, subject.wanted, "photos' landmarks")},
    )["found"]


def _redrawn(subject: Subject, points: np.ndarray) -> np.ndarray:
    side = subject.photos.mask.shape[1]
    return np.stack([drawing.draw(each, side) for each in points])


def _kept(subject: Subject, recipe: str, compute: Callable[[], dict[str, Any]]) -> Figures:
    """Figures of the photos alone."""
    found = subject.statistics.get(
        recipe, lambda: {name: np.array(value) for name, value in compute().items()}
    )
    return {name: value.item() for name, value in found.items()}


def _named(figures: Figures, pattern: str) -> Figures:
    return {pattern.format(name): value for name, value in figures.items()}
