"""JPEG files that lack their last bytes, as copies that were interrupted do."""

from __future__ import annotations

import io
from typing import IO

import numpy as np
from PIL import Image

KINDS = ("JPEG", "MPO")  # the latter is a phone's: a JPEG with further ones behind it
END = b"\xff\xd9"
FILLED, MOST = 128, 0.5  # what stands for pixels that are missing; of the last row, at most


def loaded(image: Image.Image, file: IO[bytes]) -> Image.Image:
    """A JPEG with its pixels decoded, though up to half of its last row of blocks is missing, which
    is grey then.

    Blocks stand one after the other in the file, so all above is there. Not in a progressive one:
    of that nobody can tell how much is missing.

    Args:
      image: opened from `file`, perhaps to be decoded smaller.

    Raises:
      OSError: more is missing, or it is damaged.
    """
    size = image.size
    try:
        image.load()
        return image
    except OSError:
        if image.info.get("progressive"):
            raise
        file.seek(0)
        with Image.open(io.BytesIO(file.read() + END)) as ended:
            ended.draft(None, size)
            last = np.asarray(ended.convert("RGB"))[-1]
            if ended.size != size or (last == FILLED).all(axis=1).mean() > MOST:
                raise
            return ended.copy()
