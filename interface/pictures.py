"""Arrays → picture files that people look at."""

from __future__ import annotations

import base64
import io
import pathlib
from collections.abc import Sequence
from typing import Union

import numpy as np
from PIL import Image

from interface import files

GAP = 2  # white pixels between tiles
LARGEST_FRAME = 256  # pixels; an animation's pictures are enlarged by a whole number up to this
FRAME = 80  # milliseconds that each is seen
SMALL, FAST = 6, 1  # zlib's levels
DASH = 3  # pixels of an outline's

Size = tuple[int, int]  # height, width


def grid(rows: Sequence[Sequence[np.ndarray]], tile: Union[int, Size]) -> Image.Image:
    """Lay tiles out in rows.

    Args:
      rows: uint8 images, [H, W, 3] or [H, W] (shown as grey), rows of any length.
      tile: height and width of each tile in pixels, or the side of square ones; images are
        enlarged in whole pixels' blocks.

    Returns:
      An RGB picture on white.
    """
    height, width = (tile, tile) if isinstance(tile, int) else tile
    columns = max(len(row) for row in rows)
    size = (columns * (width + GAP) + GAP, len(rows) * (height + GAP) + GAP)
    sheet = Image.new("RGB", size, "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            shown = Image.fromarray(image).convert("RGB")
            shown = shown.resize((width, height), Image.Resampling.NEAREST)
            sheet.paste(shown, (GAP + x * (width + GAP), GAP + y * (height + GAP)))
    return sheet


def enlarged(size: Sequence[int], longest: int) -> Size:
    """A picture's height and width times the largest whole number, 1 or more, that keeps the
    longer side within `longest` pixels."""
    height, width = size[:2]
    times = max(1, longest // max(height, width))
    return height * times, width * times


def save_png(path: pathlib.Path, picture: Image.Image) -> None:
    """Write a PNG, whole or not at all."""
    with files.replacing(path) as aside:
        picture.save(aside, format="PNG")


def png(image: np.ndarray, level: int = SMALL) -> bytes:
    """A PNG file of an image, uint8 [H, W, 3] or [H, W].

    Args:
      level: how hard it is compressed, SMALL or FAST: a third of the time, a tenth more bytes.
    """
    content = io.BytesIO()
    Image.fromarray(image).save(content, format="PNG", compress_level=level)
    return content.getvalue()


def palette_png(ids: np.ndarray, colours: np.ndarray) -> bytes:
    """A PNG file whose pixels are ids and which is shown in colours.

    Args:
      ids: uint8 [H, W].
      colours: uint8 [N, 3], of the ids from 0 on.
    """
    picture = Image.fromarray(ids, "P")
    picture.putpalette(colours.tobytes())
    content = io.BytesIO()
    picture.save(content, format="PNG")
    return content.getvalue()


def data_url(image: np.ndarray) -> str:
    """A PNG file of an image inside an address, so that a page needs no other for it."""
    return _address(png(image, FAST))


def palette_url(ids: np.ndarray, colours: np.ndarray) -> str:
    """Likewise that of `palette_png`."""
    return _address(palette_png(ids, colours))


def outline_url(inside: np.ndarray) -> str:
    """Likewise a mask's edge, dashed in black and white, on nothing.

    Args:
      inside: bool [H, W].
    """
    around = np.pad(inside, 1)
    core = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    rows, columns = np.indices(inside.shape, sparse=True)
    dashes = 1 + (rows + columns) // DASH % 2
    return _on_nothing(np.where(inside & ~core, dashes, 0))


def lines_url(places: np.ndarray) -> str:
    """Likewise white where `places`, bool [H, W], is True, on nothing."""
    return _on_nothing(places)


def _on_nothing(numbers: np.ndarray) -> str:
    """1 is white, 2 black."""
    picture = Image.fromarray(numbers.astype(np.uint8), "P")
    picture.putpalette([0, 0, 0, 255, 255, 255, 0, 0, 0])
    content = io.BytesIO()
    picture.save(content, format="PNG", transparency=0)
    return _address(content.getvalue())


def _address(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


def gif(images: np.ndarray) -> bytes:
    """A GIF file of images, uint8 [N, H, W, 3]: there and back again, for ever."""
    height, width = enlarged(images.shape[1:], LARGEST_FRAME)
    there = [
        Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC) for image in images
    ]
    first, *others = [*there, *there[-2:0:-1]]
    content = io.BytesIO()
    first.save(content, "GIF", save_all=True, append_images=others, duration=FRAME, loop=0)
    return content.getvalue()


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float images in [-1, 1] → uint8 in [0, 255], rounded; values outside are clipped."""
    return np.clip(np.rint((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)
