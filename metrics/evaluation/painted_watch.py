"""The small evaluation of a painter of label maps: a few seconds every so many steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import numpy as np

from input_pipeline.label_maps import segmenter
from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.label_maps.record_files import Records
from input_pipeline.label_maps.segmenter import Segmenter
from interface import pictures
from interface.command_line import UserError
from metrics.confusion import agreement, confusion
from metrics.evaluation import places
from metrics.sliced_wasserstein import sliced_wasserstein, squares
from metrics.ssim import ssim

BATCH = 8
PAINTED = 4  # label maps painted in one call: training has taken most of the memory
Paint = Callable[[slice], np.ndarray]


def looking(folder: Optional[str], records: Records) -> Optional[Segmenter]:
    """Who tells the classes in pictures; None = nobody.

    Args:
      folder: of --segmenter, or nothing.
      records: that are painted.

    Raises:
      UserError: none can be read, or it tells other classes.
    """
    if not folder:
        return None
    looks = segmenter.read(folder)
    if looks.label_set.names != records.label_set.names:
        raise UserError(
            f"--segmenter {folder}: tells {', '.join(looks.label_set.names)}; the records have "
            f"{', '.join(records.label_set.names) or 'none'}; wanted the same classes"
        )
    return looks


class Shown:
    """Records that are painted again and again while something learns to.

    Args:
      batch: of `dataset.first`; what a trainer paints from, "image" in [-1, 1] among it.
      classes: of the label maps.

    Attributes:
      photos, maps: as they look, uint8 [N, H, W, 3].
    """

    def __init__(self, batch: dict[str, np.ndarray], classes: LabelSet) -> None:
        self.batch, label = batch, batch["label"]
        self.photos = pictures.to_uint8(batch["image"])
        self.maps = classes.pictured(label) if classes.count else pictures.to_uint8(label)

    def painted(self, paint: Callable[[dict[str, np.ndarray]], np.ndarray], part: slice) -> Any:
        """What is painted of a part, uint8 [n, H, W, 3].

        Args:
          paint: a part of the batch → pictures in [-1, 1].
        """
        shown = {name: value[part] for name, value in self.batch.items()}
        starts = range(0, len(shown["label"]), PAINTED)
        each = [slice(start, start + PAINTED) for start in starts]
        rows = [paint({name: value[few] for name, value in shown.items()}) for few in each]
        return pictures.to_uint8(np.concatenate(rows))


class PaintedWatch:
    """Paints the same label maps, each time, and holds the pictures against maps and photos.

    Args:
      paint: which of the maps → their pictures, uint8 [n, H, W, 3].
      photos: uint8 [N, H, W, 3].
      labels: uint8 [N, H, W], the maps; `label_sets.IGNORED` where a pixel does not count.
      segmenter: tells the classes in pictures, of the same ids; None = nobody does.

    Attributes:
      decisive, highest_is_best: the figure that tells which of two painters is better.
      images: that figures are taken from.
    """

    def __init__(
        self,
        paint: Paint,
        photos: np.ndarray,
        labels: np.ndarray,
        segmenter: Optional[Segmenter] = None,
    ) -> None:
        self.paint, self.photos, self.labels, self.segmenter = paint, photos, labels, segmenter
        self.images = len(photos)
        self.highest_is_best = segmenter is not None
        self.decisive = "mean_iou" if self.highest_is_best else "sliced_wasserstein"

    def __call__(self) -> dict[str, float]:
        """Figures of the moment: ssim, and mean_iou and pixel_accuracy or sliced_wasserstein."""
        starts = range(0, self.images, BATCH)
        parts = [slice(start, min(start + BATCH, self.images)) for start in starts]
        painted = np.concatenate([self.paint(part) for part in parts])
        similarity = {"ssim": float(ssim(painted, self.photos).mean())}
        if self.segmenter is None:
            distance = sliced_wasserstein(squares(self.photos), squares(painted))
            return {"sliced_wasserstein": distance["mean"], **similarity}
        return {**self._agreement(self.segmenter, painted, parts), **similarity}

    def _agreement(
        self, segmenter: Segmenter, painted: np.ndarray, parts: list[slice]
    ) -> dict[str, float]:
        classes = segmenter.label_set.count
        counts = np.zeros([classes] * 2, np.int64)
        for part in parts:
            counts += confusion(places.told(segmenter, painted[part]), self.labels[part], classes)
        figures = agreement(counts)
        return {name: figures[name] for name in ("mean_iou", "pixel_accuracy")}
