"""The measures that one can ask for by name: what makes each, and what is to be known of it.

Loads nothing slow, so that `--help` can list them. A new one is one more line of `MEASURES`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from input_pipeline import RESOLUTIONS
from metrics import sliced_wasserstein
from metrics.evaluation import figure_names, of_faces, of_pictures

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.subject import Subject

LOWER, HIGHER = "lower", "higher"
SIDES = ("mean", *map(str, RESOLUTIONS))
DISTANCES = {
    "frechet_distance": LOWER,
    "kernel_distance": LOWER,
    "precision": HIGHER,
    "recall": HIGHER,
}
HOW_DISTANCES = (
    "Frechet distance, kernel distance (arXiv 1801.01401), precision and recall of 3 nearest "
    "neighbours (arXiv 1904.06991); floor: halves of the photos"
)


@dataclasses.dataclass(frozen=True)
class Measure:
    """Something to measure.

    Attributes:
      name: as one asks for it.
      figures: a subject → its figures, those of real photos among them (see `figure_names`).
      protocol: how they are taken, in one line.
      better: {figure: which way it is better}, named without what `figure_names` adds. Of variety
        and people, more is better up to what photos have.
      by_landmarks: whether the records must hold landmarks.
      of_training: whether it must be known which records the generator was trained on.
      slow: measured only where it is asked for.
    """

    name: str
    figures: Callable[[Subject], dict[str, float]]
    protocol: Callable[[Subject], str]
    better: Mapping[str, str]
    by_landmarks: bool = False
    of_training: bool = False
    slow: bool = False


def _of_variety(subject: Subject) -> str:
    from metrics import variety  # loads TensorFlow

    masks, latents = subject.crossed.shape[:2]
    return (
        f"{masks} masks by {latents} latents; MS-SSIM of scale 1 to "
        f"{variety.scales(subject.paint.resolution)} over {variety.PAIRS} pairs; standard "
        "deviation of pixels in [-1, 1]"
    )


_ALL = (
    Measure(
        "sliced_wasserstein",
        of_pictures.wasserstein,
        lambda subject: (
            f"arXiv 1710.10196 section 5: {sliced_wasserstein.PATCHES} patches of 7x7 from each "
            f"image and level, {sliced_wasserstein.DIRECTIONS} directions, times 1000; floor: "
            "halves of the photos"
        ),
        better=dict.fromkeys(SIDES, LOWER),
    ),
    Measure(
        "landmarks",
        of_faces.landmark_agreement,
        lambda subject: (
            "dlib's 68 landmarks where the mask's face is, no detection; mean distance over the "
            "distance of the eyes' outer corners; floor: the photos' own, found again; others' "
            "masks: each picture against the mask of the one before"
        ),
        better={"error": LOWER, "share_under_8_percent": HIGHER},
        by_landmarks=True,
    ),
    Measure(
        "masks",
        of_faces.mask_agreement,
        lambda subject: "lines drawn from those landmarks; within one pixel, means over images",
        better={"precision": HIGHER, "recall": HIGHER, "f1": HIGHER},
        by_landmarks=True,
    ),
    Measure(
        "variety",
        of_pictures.varieties,
        _of_variety,
        better={"ms_ssim": LOWER, "deviation": HIGHER},
    ),
    Measure(
        "people",
        of_faces.people,
        lambda subject: (
            f"{len(subject.crossed)} masks by {of_faces.LATENTS} latents: mean distance of dlib's "
            "face descriptors over the pairs of a mask's latents, and share of pairs "
            f"{of_faces.OTHERS} apart or more, dlib's bar for two people; of the cast: its first "
            f"{of_faces.LATENTS} seeds; of photos: all pairs"
        ),
        better={"distance": HIGHER, "others": HIGHER},
        by_landmarks=True,
        slow=True,
    ),
    Measure(
        "faces",
        of_faces.faces,
        lambda subject: f"dlib's 128-d face descriptor; {HOW_DISTANCES}",
        better=DISTANCES,
        by_landmarks=True,
        slow=True,
    ),
    Measure(
        "copies",
        of_faces.copies,
        lambda subject: (
            "dlib's face descriptor: distance to the nearest of "
            f"{subject.trained_on.count if subject.trained_on else 0} photos trained on; mean, "
            "and what 5 % are nearer than; beside it that of the photos"
        ),
        better={"nearest": HIGHER, "nearest_5_percent": HIGHER},
        by_landmarks=True,
        of_training=True,
        slow=True,
    ),
    Measure(
        "inception",
        of_pictures.inception,
        lambda subject: (
            f"Keras InceptionV3 ({subject.inception_weights}), 299x299 by antialiased bicubic: "
            f"not the literature's FID network; {HOW_DISTANCES}"
        ),
        better=DISTANCES,
        slow=True,
    ),
)
MEASURES = {measure.name: measure for measure in _ALL}
WATCH = "evaluations"  # what training notes down of them as it goes on: `watch`
BETTER = {
    **{measure.name: measure.better for measure in _ALL},
    WATCH: {
        "sliced_wasserstein": MEASURES["sliced_wasserstein"].better["mean"],
        "deviation": MEASURES["variety"].better["deviation"],
    },
}


def better(measure: str, figure: str) -> str:
    """LOWER or HIGHER; nothing for what only stands beside a figure, as its floor does."""
    return BETTER.get(measure, {}).get(figure_names.plain(figure), "")


def told(name: str, measure: str, figure: str) -> str:
    """A figure's name, and which way is better."""
    which = better(measure, figure)
    return f"{name} ({which} is better)" if which else name
