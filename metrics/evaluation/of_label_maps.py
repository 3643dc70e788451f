"""What there is to measure of label maps, beside the same of a map of one class alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from input_pipeline.label_maps.label_sets import IGNORED
from interface.command_line import UserError
from metrics.confusion import agreement
from metrics.evaluation.figure_names import FLOOR, OF_CLASS, named

if TYPE_CHECKING:  # loads TensorFlow
    from metrics.evaluation.label_subject import LabelSubject


def label_maps(subject: LabelSubject) -> dict[str, float]:
    """`figures`, and those of "every pixel is of the commonest class"."""
    counts = subject.confusions.sum(axis=0)
    made = figures(counts, subject.records.label_set.names)
    floor = agreement(commonest(counts))
    means = {name: floor[name] for name in ("pixel_accuracy", "mean_iou")}
    return {**made, **named(means, FLOOR)}


def figures(counts: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Pixel accuracy, mean IoU, and the IoU of each class by name.

    Args:
      counts: int [classes, classes], see `metrics.confusion`; names: of the classes.

    Raises:
      UserError: no pixel counts.
    """
    if not counts.any():
        raise UserError(
            f"--data_dir: no pixel of these label maps counts, all are {IGNORED}; take other "
            "records, or more --images"
        )
    told = agreement(counts)
    iou = {OF_CLASS.format(names[id]): value for id, value in told.pop("iou").items()}
    return {"pixel_accuracy": told["pixel_accuracy"], "mean_iou": told["mean_iou"], **iou}


def commonest(counts: np.ndarray) -> np.ndarray:
    """The confusion, int [classes, classes], if every pixel were said to be of the class that most
    are of."""
    wanted = counts.sum(axis=1)
    said = np.zeros_like(counts)
    said[:, wanted.argmax()] = wanted
    return said
