"""Arrays → picture files that people look at."""

from __future__ import annotations

import base64
import io
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from interface import files

GAP = 2  # white pixels between tiles
LARGEST_FRAME = 256  # pixels; an animation's pictures are enlarged by a whole number up to this
FRAME = 80  # milliseconds that each is seen
# The palette of CelebAMask-HQ's own demo, from background and skin to neck and cloth.
CELEBAMASK = (
    *((0, 0, 0), (204, 0, 0), (76, 153, 0), (204, 204, 0), (51, 51, 255), (204, 0, 204)),
    *((0, 255, 255), (255, 204, 204), (102, 51, 0), (255, 0, 0), (102, 204, 0), (255, 255, 0)),
    *((0, 0, 153), (0, 0, 204), (255, 51, 153), (0, 204, 204), (0, 51, 0), (255, 153, 51)),
    (0, 204, 0),
)


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


def png(image: np.ndarray) -> bytes:
    """A PNG file of an image, uint8 [H, W, 3] or [H, W]."""
    content = io.BytesIO()
    Image.fromarray(image).save(content, format="PNG")
    return content.getvalue()


def data_url(image: np.ndarray) -> str:
    """That file inside an address, so that a page needs no other for it."""
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()


def gif(images: np.ndarray) -> bytes:
    """A GIF file of images, uint8 [N, H, H, 3]: there and back again, for ever."""
    side = images.shape[1] * max(1, LARGEST_FRAME // images.shape[1])
    there = [
        Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC) for image in images
    ]
    first, *others = [*there, *there[-2:0:-1]]
    content = io.BytesIO()
    first.save(content, "GIF", save_all=True, append_images=others, duration=FRAME, loop=0)
    return content.getvalue()


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float images in [-1, 1] → uint8 in [0, 255], rounded; values outside are clipped."""
    return np.clip(np.rint((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)


def label_colours(count: int) -> np.ndarray:
    """A colour for each label id: uint8 [count, 3], all different, id 0 black.

    For 19 labels CelebAMask-HQ's palette; for any other number that of PASCAL VOC, in which the
    lowest bits of an id are the highest of red, green and blue.
    """
    if count == len(CELEBAMASK):
        return np.array(CELEBAMASK, np.uint8)
    ids, rgb = np.arange(count)[:, None], np.arange(3)
    levels = sum((ids >> 3 * bit + rgb & 1) << 7 - bit for bit in range(8))
    return np.asarray(levels, np.uint8)
