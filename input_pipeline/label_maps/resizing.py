"""The sizes that photos are scaled to before training sees them, or sees crops of them."""

from __future__ import annotations

import dataclasses
from typing import Any

# As pix2pixHD's release names them; those with a crop see a part of each photo at a time.
MODES = ("none", "scale_width", "crop", "scale_width_and_crop", "resize_and_crop")


@dataclasses.dataclass(frozen=True)
class Resizing:
    """How photos are scaled.

    Attributes:
      mode: one of MODES.
      load_size: the width that photos are scaled to; of resize_and_crop, both sides.
      divided: by which sides are divided then.
    """

    mode: str = "none"
    load_size: int = 1024
    divided: int = 1

    @property
    def crops(self) -> bool:
        """Whether crops are seen."""
        return self.mode.endswith("crop")

    def scaled(self, height: Any, width: Any) -> tuple[Any, Any]:
        """Height and width, before a crop, of a photo; whole numbers, or tensors of such."""
        if self.mode == "resize_and_crop":
            height = width = self.load_size
        elif self.mode.startswith("scale_width"):
            # Whole numbers alone, so that tensors and Python round alike.
            height, width = (2 * height * self.load_size + width) // (2 * width), self.load_size
        return height // self.divided, width // self.divided
