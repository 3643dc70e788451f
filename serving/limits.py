"""How much one request may ask for, and how much images count where they are large."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from interface.command_line import UserError
from serving.signatures import rows


@dataclasses.dataclass(frozen=True)
class Limits:
    """Of a request.

    Attributes:
      body: bytes of it; pixels: of a picture in it; count: images; seconds: that it may take.
      image: pixels up to which an image counts as one; a larger one counts as several.
    """

    body: int = 16_000_000
    pixels: int = 25_000_000
    count: int = 64
    seconds: float = 30.0
    image: int = 2**20

    def images(self, inputs: Mapping[str, np.ndarray]) -> int:
        """How many images these inputs of a model, [N, …] each, count as."""
        areas = [array.shape[1] * array.shape[2] for array in inputs.values() if array.ndim > 2]
        return rows(inputs) * max([1, *(math.ceil(area / self.image) for area in areas)])

    def check(self, inputs: Mapping[str, np.ndarray]) -> None:
        """May a request call a model with these?

        Raises:
          UserError: no.
        """
        count, images = rows(inputs), self.images(inputs)
        if not 1 <= count <= self.count:
            raise UserError(f"wanted 1 to {self.count} rows")
        if images > self.count:
            raise UserError(
                f"{count} rows count as {images} images, one for each {self.image} pixels; wanted "
                f"at most {self.count}"
            )
