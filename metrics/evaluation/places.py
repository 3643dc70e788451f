"""Where a segmenter sees something in pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from input_pipeline.label_maps import segmenter
from input_pipeline.label_maps.segmenter import Segmenter
from interface.command_line import UserError

PLACES = "places"  # what a model's metadata calls the classes whose place its mask is
BATCH = 64  # pictures in one call


@dataclasses.dataclass(frozen=True)
class Places:
    """A segmenter that is asked for some of its classes alone.

    Attributes:
      segmenter: that looks.
      ids: of the classes, as one.
    """

    segmenter: Segmenter
    ids: tuple[int, ...]

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures uint8 [N, H, W, 3] → where it is in them, bool [N, H, W]."""
        starts = range(0, len(pictures), BATCH)
        return np.concatenate([self._seen(pictures[start : start + BATCH]) for start in starts])

    def _seen(self, pictures: np.ndarray) -> np.ndarray:
        return np.isin(told(self.segmenter, pictures), self.ids)


def told(model: Segmenter, pictures: np.ndarray) -> np.ndarray:
    """What a segmenter sees in pictures of any size, uint8 [N, H, W, 3]: ids, uint8 [N, H, W]."""
    ids = model.labels(np.stack([model.seen(each) for each in pictures]))
    size = pictures.shape[1], pictures.shape[2]
    return np.stack([segmenter.scaled_ids(each, size) for each in ids])


def of_classes(flag: str, folder: str, names: Sequence[str]) -> Places:
    """Where a SavedModel sees the classes of these names.

    Args:
      flag: that gave the folder.

    Raises:
      UserError: it is no segmenter's, or knows no such class.
    """
    model = segmenter.read(folder, flag)
    known = model.label_set.by_name()
    for name in names:
        if name not in known:
            raise UserError(
                f"--{flag} {folder}: knows no class {name}; it tells {', '.join(known)[:200]}"
            )
    return Places(model, tuple(known[name] for name in names))
