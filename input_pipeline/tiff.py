"""What a TIFF's tags say of its pixels and Pillow does not heed: made right, or told.

Numbers are those of TIFF 6.0: 258 bits, 262 what is black, 281 the largest value, 284 whether
channels lie in planes, 339 what kind of numbers.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from input_pipeline.srgb import Unknown

BITS, BLACK, LARGEST, PLANES, KIND = 258, 262, 281, 284, 339
WHITE_IS_ZERO, SEPARATE, SIGNED = 0, 2, 2
DARKEST = 1 / 16  # of what its bits can hold; a photo with no brighter pixel is none


def check(image: Image.Image) -> None:
    """Raise Unknown where what Pillow makes of it would not be the picture."""
    bits = max(_values(image, BITS, (1,)))
    if SIGNED in _values(image, KIND, (1,)):
        raise Unknown("signed pixels: save it with 8 or 16 bits from 0 on")
    if bits > 8 and SEPARATE in _values(image, PLANES, (1,)):
        raise Unknown(f"{bits}-bit channels in planes: save it with 8 bits, or pixel by pixel")
    # By the standard this tag is nobody's to heed, but 12 bits in 16 are told by nothing else.
    largest = max(_values(image, LARGEST, (2**bits - 1,)))
    if bits > 8 and largest < DARKEST * 2**bits:
        raise Unknown(f"{bits}-bit pixels of {largest} at most: save it with 8 bits")


def uninverted(image: Image.Image) -> Image.Image:
    """Grey of 16 bits of which 0 is white, which Pillow gives as it lies in the file."""
    inverted = WHITE_IS_ZERO in _values(image, BLACK, (1,))
    if not (inverted and image.mode.startswith("I")):
        return image
    grey = 65535 - np.asarray(image).astype(np.int64)
    return Image.fromarray(grey.astype(np.uint16))


def _values(image: Image.Image, tag: int, usual: tuple[int, ...]) -> tuple[int, ...]:
    """Of a tag; the usual ones where it is missing or no number."""
    tags = getattr(image, "tag_v2", {})
    value = tags.get(tag, usual)
    values = value if isinstance(value, tuple) else (value,)
    return values if values and all(isinstance(each, int) for each in values) else usual
