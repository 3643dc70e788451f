"""Measures of faces: do they follow their masks, and whose are they. A subject → figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from input_pipeline.faces import drawing, landmarks
from input_pipeline.processes import on_all_cores
from metrics import agreement
from metrics.evaluation import by_features
from metrics.evaluation.figure_names import (
    FLOOR,
    OF_CAST,
    OF_OTHERS_MASKS,
    OF_PHOTOS,
    OVER_LATENTS,
    named,
)

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.subject import Subject

Figures = dict[str, float]
DESCRIPTORS = "face descriptors"
LATENTS = 8  # whose people are compared, of each mask
OTHERS = 0.6  # dlib's own bar: faces that are further apart are of two people


def landmark_agreement(subject: Subject) -> Figures:
    """How far the faces' landmarks are from the masks', and the photos' own found again.

    A picture that ignores its mask agrees as well with another picture's mask.
    """
    wanted = subject.wanted
    errors = agreement.landmark_agreement(subject.landmarks, wanted)
    floor = agreement.landmark_agreement(_in_photos(subject), wanted)
    others = np.roll(wanted, 1, axis=0)
    chance = agreement.landmark_agreement(
        subject.find(subject.images, others, "landmarks of others' masks"), others
    )
    return {**errors, **named(floor, FLOOR), **named(chance, OF_OTHERS_MASKS)}


def mask_agreement(subject: Subject) -> Figures:
    """How much of the faces' lines, drawn again, is where the masks' lines are."""
    given = subject.photos.mask
    painted, again = (
        agreement.mask_agreement(_redrawn(points, given.shape[1]), given)
        for points in (subject.landmarks, _in_photos(subject))
    )
    return {**painted, **named(again, FLOOR)}


def _in_photos(subject: Subject) -> np.ndarray:
    """The photos' landmarks, found again."""
    return subject.statistics.array(
        f"landmarks found again, {subject.detector}",
        lambda: subject.find(subject.photos.image, subject.wanted, "photos' landmarks"),
    )


def _redrawn(points: np.ndarray, side: int) -> np.ndarray:
    return np.stack([drawing.draw(each, side) for each in points])


def people(subject: Subject) -> Figures:
    """Whether latents make different people of a mask: distances of dlib's face descriptors."""
    real = by_features.of_photos(subject, DESCRIPTORS, _described(subject))
    latents = subject.crossed[:, :LATENTS]
    known = on_crossed(landmarks.descriptors, "people", latents, subject.wanted)
    figures = {**named(apart(known), OVER_LATENTS), **named(apart(real[None]), OF_PHOTOS)}
    if subject.cast:
        first = subject.with_seeds(subject.cast[:LATENTS])
        known = on_crossed(landmarks.descriptors, "cast", first, subject.wanted)
        figures.update(named(apart(known), OF_CAST))
    return figures


def on_crossed(
    function: Callable[[np.ndarray, np.ndarray], np.ndarray],
    about: str,
    crossed: np.ndarray,
    places: np.ndarray,
) -> np.ndarray:
    """function(images, places) of M masks' K faces [M, K, H, H, 3], on all cores: [M, K, …]."""
    masks, count = crossed.shape[:2]
    where = np.repeat(places[:masks], count, axis=0)
    values = on_all_cores(function, about, crossed.reshape(-1, *crossed.shape[2:]), where)
    return values.reshape(masks, count, *values.shape[1:])


def apart(descriptors: np.ndarray) -> Figures:
    """Of [G, K, D], over pairs within a group: mean distance, share that dlib calls two people."""
    from scipy.spatial.distance import pdist  # slow to load

    distances = np.stack([pdist(group) for group in descriptors])
    return {"distance": float(distances.mean()), "others": float((distances >= OTHERS).mean())}


def faces(subject: Subject) -> Figures:
    """Distances, precision and recall by dlib's face descriptor: no FID, which has other features.

    Faces are described where the masks' landmarks are, or where a face is found in the photo.
    """
    seen = subject.with_faces
    return by_features.figures(seen, DESCRIPTORS, _described(seen))


def copies(subject: Subject) -> Figures:
    """Whether pictures are of people it was trained on: how far the nearest of these is.

    Photos of people held out are as far from them as a stranger is; copies would be nearer.
    """
    trained, described = subject.trained_on, _described(subject)
    assert trained is not None  # whoever asks for this measure gives them
    places = trained.known_landmarks()
    known = on_all_cores(landmarks.descriptors, "trained on", trained.image, places)
    real = by_features.of_photos(subject, DESCRIPTORS, described)
    pictures = described(subject.images, "pictures")
    return {**_nearest(pictures, known), **named(_nearest(real, known), OF_PHOTOS)}


def _nearest(descriptors: np.ndarray, known: np.ndarray) -> Figures:
    """Of [N, D], the distance to the nearest of [M, D]: mean, and what 5 % are nearer than."""
    from scipy.spatial.distance import cdist  # slow to load

    nearest = cdist(descriptors, known).min(axis=1)
    return {
        "nearest": float(nearest.mean()),
        "nearest_5_percent": float(np.quantile(nearest, 0.05)),
    }


def _described(subject: Subject) -> by_features.Described:
    return lambda images, about: on_all_cores(landmarks.descriptors, about, images, subject.wanted)
