"""The small evaluation of a segmenter in training: a few seconds every so many steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from input_pipeline.label_maps import schema
from input_pipeline.label_maps.record_files import Records
from metrics.confusion import agreement, confusion

Label = Callable[[np.ndarray], np.ndarray]  # photos uint8 [N, H, W, 3] → ids uint8 [N, H, W]


class LabelWatch:
    """Holds what a segmenter says of the same photos, each time, against their label maps.

    Args:
      records: of the photos; the first `count` of them.
      label: the segmenter.

    Attributes:
      decisive, highest_is_best: the figure that tells which of two segmenters is better.
      images: that figures are taken from.
    """

    decisive, highest_is_best = "mean_iou", True

    def __init__(self, records: Records, count: int, label: Label) -> None:
        self.label, self.classes = label, records.label_set.count
        self.images = min(count, records.count)
        self.records = records.read(np.arange(self.images))  # compressed as they are

    def __call__(self) -> dict[str, float]:
        """Figures of the moment: mean_iou, pixel_accuracy."""
        counts = np.zeros([self.classes] * 2, np.int64)
        for record in map(schema.decode, self.records):
            counts += confusion(self.label(record.image[None])[0], record.label, self.classes)
        figures = agreement(counts)
        return {name: figures[name] for name in ("mean_iou", "pixel_accuracy")}
