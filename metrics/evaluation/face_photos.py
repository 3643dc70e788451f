"""Photos of faces as an evaluation holds them: with their masks and, where known, landmarks."""

from __future__ import annotations

import dataclasses
import sys
from typing import Optional

import numpy as np

from input_pipeline import order
from input_pipeline.faces import dataset, landmarks, record_files, schema
from input_pipeline.faces.record_files import Records
from interface import pictures
from interface.command_line import UserError
from serving.painter import Painter

CHUNK = 64  # photos that are read at a time
NO_LANDMARKS = (
    "the records hold no landmarks (the 2019 release's hold none), which tell where faces are; "
    "prepare the photos again: python -m input_pipeline.prepare"
)


@dataclasses.dataclass(frozen=True)
class Photos:
    """Real photos and their masks.

    Attributes:
      image: uint8 [N, H, H, 3]; mask: bool [N, H, H].
      landmarks: float64 [N, 68, 2] in pixels of the images; None where the records have none.
    """

    image: np.ndarray
    mask: np.ndarray
    landmarks: Optional[np.ndarray]

    @property
    def count(self) -> int:
        return len(self.image)

    def known_landmarks(self) -> np.ndarray:
        """The landmarks.

        Raises:
          UserError: the records have none.
        """
        if self.landmarks is None:
            raise UserError(NO_LANDMARKS)
        return self.landmarks


def open_records(paint: Painter, data_dir: str, size: int, fewest: int = 1) -> Records:
    """The records that a painter is held against.

    Args:
      size: their side; 0 = that of the records it was trained on.

    Raises:
      UserError: no records of this side, smaller ones than its pictures, or too few.
    """
    if 0 < size < paint.resolution:
        raise UserError(f"--size {size}: smaller than its pictures, {paint.resolution}")
    records = record_files.open_records(data_dir, size or paint.records_side)
    if records.count < fewest:
        raise UserError(f"--data_dir {data_dir}: {records.count} records; wanted {fewest} or more")
    if records.framing is not paint.framing:
        print(
            f"--data_dir {data_dir}: framing of its records {records.framing.value}, of those that "
            f"the generator was trained on {paint.framing.value}: its masks are of another kind",
            file=sys.stderr,
        )
    return records


def load(records: Records, resolution: int, count: int, seed: int) -> Photos:
    """The first `count` photos of the shuffled order, or all if there are fewer."""
    count = min(count, records.count)
    image = np.empty([count, resolution, resolution, 3], np.uint8)
    mask, points = np.empty(image.shape[:3], bool), []
    for start in range(0, count, CHUNK):
        rows = slice(start, min(start + CHUNK, count))
        share = rows.stop - start
        batch = dataset.as_they_are(records, resolution, share, seed, start)
        image[rows], mask[rows] = pictures.to_uint8(batch["image"]), batch["mask"][..., 0] > 0
        places = order.position_to_index(np.arange(start, rows.stop), records.count, seed)
        points += [schema.decode(record).landmarks for record in records.read(places)]
    known = [each for each in points if each is not None]
    if len(known) < count:
        return Photos(image, mask, None)
    return Photos(image, mask, landmarks.scaled(np.stack(known), resolution / records.resolution))
