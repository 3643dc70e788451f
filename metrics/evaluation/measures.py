"""The measures that one can ask for by name: what makes each, and what is to be known of it.

Loads nothing slow, so that `--help` can list them. A new one is one more line of `MEASURES`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from input_pipeline import RESOLUTIONS
from metrics import sliced_wasserstein
from metrics.evaluation import (
    figure_names,
    of_faces,
    of_label_maps,
    of_painted,
    of_pictures,
    of_places,
)

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.label_subject import LabelSubject
    from metrics.evaluation.painted_subject import PaintedSubject
    from metrics.evaluation.subject import Subject

# What models make. Of pictures with a place in them a segmenter tells where it is.
FACES, LABELS, PLACED = "faces", "label maps", "pictures with a place"
PAINTED, STYLED = "pictures of label maps", "pictures of label maps in styles"
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
      by_segmenter: whether somebody must tell the classes in pictures.
      slow: measured only where it is asked for.
      of: what the models make that it is taken of; FACES are a `Subject`, LABELS a `LabelSubject`,
        PLACED a `PlacedSubject`, PAINTED and STYLED a `PaintedSubject`.
    """

    name: str
    figures: Callable[[Any], dict[str, float]]
    protocol: Callable[[Any], str]
    better: Mapping[str, str]
    by_landmarks: bool = False
    of_training: bool = False
    by_segmenter: bool = False
    slow: bool = False
    of: tuple[str, ...] = (FACES,)


def _of_wasserstein(subject: Subject) -> str:
    height, width = subject.photos.image.shape[1:3]
    side, down, across = sliced_wasserstein.fitting(height, width)
    cut = (
        f"; each image cut into {down * across} of {side}x{side}, around the middle of its "
        f"{height}x{width} pixels, not scaled"
    )
    return (
        f"arXiv 1710.10196 section 5: {sliced_wasserstein.PATCHES} patches of 7x7 from each "
        f"image and level, {sliced_wasserstein.DIRECTIONS} directions, times 1000; floor: "
        f"halves of the photos{cut if (height, width) != (side, side) else ''}"
    )


def _of_variety(subject: Subject) -> str:
    from metrics import variety  # loads TensorFlow

    masks, latents = subject.crossed.shape[:2]
    return (
        f"{masks} masks by {latents} latents; MS-SSIM of scale 1 to "
        f"{variety.scales(subject.crossed.shape[2])} over {variety.PAIRS} pairs; standard "
        "deviation of pixels in [-1, 1]"
    )


def _of_faces(subject: Subject) -> str:
    seen = subject.with_faces
    left_out = (
        ""
        if seen is subject
        else f" where dlib finds a face in the photo; {subject.photos.count - seen.photos.count} "
        f"of {subject.photos.count} photos without one are left out"
    )
    return f"dlib's 128-d face descriptor{left_out}; {HOW_DISTANCES}"


def _of_agreement(subject: PaintedSubject) -> str:
    assert subject.segmenter is not None
    return (
        f"what a segmenter ({subject.segmenter.folder}) sees in pictures{_painted(subject)}, "
        "against the label maps asked for: pixels that count, of all pictures together; IoU as of "
        "label maps; of photos: what it sees in them; others' masks: each picture against the map "
        "of the one before"
    )


def _painted(subject: PaintedSubject) -> str:
    """Of which styles pictures are."""
    return " in styles of seeds, picture i of seed + i" if subject.has_styles else ""


def _of_label_maps(subject: LabelSubject) -> str:
    return (
        "pixels that count, of all photos together; IoU: pixels that both maps have of a class, of "
        "those that either has, classes that neither has left out; floor: every pixel of the "
        "commonest class"
    )


_ALL = (
    Measure(
        "sliced_wasserstein",
        of_pictures.wasserstein,
        _of_wasserstein,
        better=dict.fromkeys(SIDES, LOWER),
        of=(FACES, PLACED, PAINTED, STYLED),
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
        of=(FACES, PLACED),
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
        _of_faces,
        better=DISTANCES,
        by_landmarks=True,
        slow=True,
        of=(FACES, PAINTED, STYLED),
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
        of=(FACES, PLACED, PAINTED, STYLED),
    ),
    Measure(
        "label_maps",
        of_label_maps.label_maps,
        _of_label_maps,
        better={"pixel_accuracy": HIGHER, "mean_iou": HIGHER, "iou": HIGHER},
        of=(LABELS,),
    ),
    Measure(
        "location",
        of_places.location,
        lambda subject: (
            f"intersection over union of where a segmenter ({subject.places.segmenter.folder}) "
            "sees it and the mask, means over images; others' masks: each picture against the mask "
            "of the one before"
        ),
        better={"iou": HIGHER},
        of=(PLACED,),
    ),
    Measure(
        "agreement",
        of_painted.agreement,
        _of_agreement,
        better={"pixel_accuracy": HIGHER, "mean_iou": HIGHER, "iou": HIGHER},
        by_segmenter=True,
        of=(PAINTED, STYLED),
    ),
    Measure(
        "ssim",
        of_painted.ssim,
        lambda subject: (
            "SSIM (Wang et al. 2004, windows of 11 pixels, mean over colour channels) of pictures"
            f"{_painted(subject)} and their photos, mean over pictures; others' photos: each photo "
            "and the one before"
        ),
        better={"ssim": HIGHER},
        of=(PAINTED, STYLED),
    ),
    Measure(
        "styles",
        of_painted.styles,
        lambda subject: (
            f"of {len(subject.regions)} photos painted in their own encoded style: each of the "
            f"{of_painted.LARGEST} largest regions is given the mean style of the largest of its "
            "class in the next photo that has one; mean absolute change of pixels, 0 to 255, "
            "inside and outside of it, means over regions; share inside: inside / (inside + "
            "outside), 0.5 where a region's style changes all alike"
        ),
        better={"inside": HIGHER, "outside": LOWER, "share_inside": HIGHER},
        of=(STYLED,),
    ),
)
MEASURES = {measure.name: measure for measure in _ALL}
WATCH = "evaluations"  # what training notes down of them as it goes on: `watch`
BETTER = {
    **{measure.name: measure.better for measure in _ALL},
    WATCH: {
        "sliced_wasserstein": MEASURES["sliced_wasserstein"].better["mean"],
        "deviation": MEASURES["variety"].better["deviation"],
        **MEASURES["label_maps"].better,
        "location_iou": MEASURES["location"].better["iou"],
        **MEASURES["ssim"].better,
    },
}


def better(measure: str, figure: str) -> str:
    """LOWER or HIGHER; nothing for what only stands beside a figure, as its floor does."""
    return BETTER.get(measure, {}).get(figure_names.plain(figure), "")


def told(name: str, measure: str, figure: str) -> str:
    """A figure's name, and which way is better."""
    which = better(measure, figure)
    return f"{name} ({which} is better)" if which else name
