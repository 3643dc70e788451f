"""Measures of pictures that are painted from label maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from input_pipeline.processes import tracked
from interface.command_line import UserError
from metrics import style_swaps
from metrics.confusion import confusion
from metrics.evaluation import of_label_maps
from metrics.evaluation.figure_names import OF_OTHERS_MASKS, OF_OTHERS_PHOTOS, OF_PHOTOS, named

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.painted_subject import PaintedSubject

Figures = dict[str, float]
LARGEST = 3  # regions of a picture whose styles are changed
MEANS = ("pixel_accuracy", "mean_iou")


def agreement(subject: PaintedSubject) -> Figures:
    """Whether a segmenter sees the label map that was asked for, in pictures and in photos.

    A picture that ignores its map agrees as well with the map of the picture before.
    """
    wanted = subject.counted_as[subject.photos.label]
    in_pictures = subject.told("classes of pictures", subject.images)
    in_photos = subject.told("classes of photos", subject.photos.image)
    names = subject.classes.names
    chance = _agreement(in_pictures, np.roll(wanted, 1, axis=0), names)
    return {
        **_agreement(in_pictures, wanted, names),
        **named(_agreement(in_photos, wanted, names), OF_PHOTOS),
        **named({name: chance[name] for name in MEANS}, OF_OTHERS_MASKS),
    }


def _agreement(told: np.ndarray, wanted: np.ndarray, names: tuple[str, ...]) -> Figures:
    """Of maps uint8 [N, H, W], all pixels together; see `of_label_maps.figures`."""
    counts = np.zeros([len(names)] * 2, np.int64)
    for one, other in zip(told, wanted):
        counts += confusion(one, other, len(names))
    return of_label_maps.figures(counts, names)


def ssim(subject: PaintedSubject) -> Figures:
    """How alike pictures and their photos are, and photos and the ones before."""
    from metrics import ssim as structural  # loads TensorFlow

    photos = subject.photos.image
    chance = subject.statistics.figures(
        "SSIM with the photo before",
        lambda: {"ssim": float(structural.ssim(photos, np.roll(photos, 1, axis=0)).mean())},
    )
    own = float(structural.ssim(subject.images, photos).mean())
    return {"ssim": own, **named(chance, OF_OTHERS_PHOTOS)}


def styles(subject: PaintedSubject) -> Figures:
    """What changes when one region has the style of another picture's: it, and all else.

    Returns:
      "inside", "outside": mean absolute changes of pixels, 0 to 255; "share_inside":
      inside / (inside + outside), left out where nothing changes; "regions": how many.

    Raises:
      UserError: no region's class is in another picture.
    """
    regions = [style_swaps.largest_first(keys) for keys in subject.regions]
    numbers = tracked("styles", range(len(regions)))
    changes = [change for number in numbers for change in _changes(subject, regions, number)]
    if not changes:
        raise UserError("--metrics styles: no class is in two of these label maps")
    inside, outside = np.mean(changes, axis=0).tolist()
    figures = {"inside": inside, "outside": outside, "regions": len(changes)}
    if inside + outside > 0:
        figures["share_inside"] = inside / (inside + outside)
    return figures


def _changes(
    subject: PaintedSubject, regions: list[list[int]], number: int
) -> list[tuple[float, float]]:
    """Of the largest regions of one picture: changes inside and outside."""
    keys, own = subject.regions, subject.encoded[number]
    masks, features = [], [own]
    for key in regions[number][:LARGEST]:
        inside = keys[number] == key
        donor = style_swaps.donor(regions, number, style_swaps.class_of(key))
        if donor is None or inside.all():  # nobody to ask, or nothing beside it
            continue
        other, there = donor
        given = own, inside, subject.encoded[other], keys[other] == there
        masks.append(inside)
        features.append(style_swaps.restyled(*given))
    before, *after = subject.in_styles(number, np.stack(features))
    return [style_swaps.change(before, each, inside) for each, inside in zip(after, masks)]
