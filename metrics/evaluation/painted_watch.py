"""The small evaluation of a painter of label maps: a few seconds every so many steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

import numpy as np

from input_pipeline.label_maps.segmenter import Segmenter
from metrics.confusion import agreement, confusion
from metrics.evaluation import places
from metrics.sliced_wasserstein import sliced_wasserstein, squares
from metrics.ssim import ssim

BATCH = 8
Paint = Callable[[slice], np.ndarray]


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
