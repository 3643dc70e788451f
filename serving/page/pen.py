"""Lines that are drawn freehand, as pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw

Pixel = tuple[int, int]  # x and y
Place = tuple[float, float]  # x and y in sides of the picture, from 0 to 1 inside it

APART = 0.25  # radii between two discs of a wider line: no edge is a pixel off for that


def draw(picture: Image.Image, places: Sequence[Place], width: float, fill: int) -> None:
    """Draw a line with round ends.

    Args:
      picture: of mode L.
      places: it goes through.
      width: in pixels; one at least is drawn.
      fill: what it is drawn in.
    """
    width = max(1, round(width))
    pixels = [(math.floor(x * picture.width), math.floor(y * picture.height)) for x, y in places]
    pen, radius = ImageDraw.Draw(picture), (width - 1) / 2
    if width == 1:
        pen.line(pixels, fill=fill)
        pen.point(pixels, fill=fill)  # a line of one place is none
        return
    for x, y in _along(pixels, max(1.0, APART * radius)):
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=fill)


def _along(pixels: Sequence[Pixel], apart: float) -> Iterator[Pixel]:
    """All places, and others between them that are about so far from each other."""
    yield pixels[0]
    for (x, y), (across, down) in zip(pixels, pixels[1:]):
        count = max(1, math.ceil(math.hypot(across - x, down - y) / apart))
        for step in range(1, count + 1):
            yield round(x + (across - x) * step / count), round(y + (down - y) * step / count)
