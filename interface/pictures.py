"""Arrays → picture files that people look at."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from interface import files

GAP = 2  # white pixels between tiles


def grid(rows: Sequence[Sequence[np.ndarray]], tile: int) -> Image.Image:
    """Lay tiles out in rows.

    Args:
      rows: uint8 images, [H, W, 3] or [H, W] (shown as grey), rows of any length.
      tile: side of each tile in pixels; images are enlarged in whole pixels' blocks.

    Returns:
      An RGB picture on white.
    """
    width = max(len(row) for row in rows) * (tile + GAP) + GAP
    sheet = Image.new("RGB", (width, len(rows) * (tile + GAP) + GAP), "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            shown = (
                Image.fromarray(image).convert("RGB").resize((tile, tile), Image.Resampling.NEAREST)
            )
            sheet.paste(shown, (GAP + x * (tile + GAP), GAP + y * (tile + GAP)))
    return sheet


def save_png(path: pathlib.Path, picture: Image.Image) -> None:
    """Write a PNG, whole or not at all."""
    with files.replacing(path) as aside:
        picture.save(aside, format="PNG")


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float images in [-1, 1] → uint8 in [0, 255], rounded; values outside are clipped."""
    return np.clip(np.rint((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)
