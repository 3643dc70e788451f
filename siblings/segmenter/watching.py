"""What people see of a segmenter that is trained: a table before, sheets and figures on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from input_pipeline.label_maps import dataset
from input_pipeline.label_maps.record_files import Records
from interface import pictures
from siblings.segmenter.trainer import SegmenterTrainer
from training.run import summary


def said(records: Records) -> dict[str, Any]:
    """What config.json keeps of the records, for whoever exports the network."""
    classes = records.label_set
    return {"label_count": classes.count, "classes": classes.to_json(), **records.framed}


def table(records: Records, trainer: SegmenterTrainer, batch: int) -> dict[str, str]:
    """Rows that tell what is about to be trained; `batch`: samples on each device."""
    height, width = trainer.plan.size
    names = ", ".join(records.label_set.names)
    return {
        "photos": f"{records.count:,}, seen at {height} × {width} pixels",
        "classes": f"{records.label_set.count}: {names}",
        "network": f"{summary.parameters(trainer.network):,} parameters",
    }


class Sheet:
    """Fixed photos: each row a photo, its label map, and what the network makes of it.

    Args:
      records: of the photos.
      size: height and width at which they are shown.
      count: of rows.
      trainer: of the network.
    """

    def __init__(
        self, records: Records, size: tuple[int, int], count: int, trainer: SegmenterTrainer
    ) -> None:
        shown = dataset.as_they_are(records, size, count, seed=0)
        self.photos, self.wanted = pictures.to_uint8(shown["image"]), shown["label"]
        self.label_set, self.trainer = records.label_set, trainer

    def __call__(self) -> list[list[np.ndarray]]:
        labelled = self.trainer.labels(self.photos)
        maps = (self.label_set.pictured(ids) for ids in (self.wanted, labelled))
        return [[*row] for row in zip(self.photos, *maps)]
