"""Photo files as people have them → upright 8-bit sRGB, or the reason why not."""

from __future__ import annotations

import contextlib
import io
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import IO

import pi_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from input_pipeline import jpeg, srgb, storage, tiff

PIXEL_LIMIT = 100_000_000  # a larger photo would take gigabytes to decode
Image.MAX_IMAGE_PIXELS = None  # Pillow's limit would refuse to look which size a photo has
SHRINKS = (8, 4, 2)  # what a JPEG decoder can leave out while it decodes
TURNS = {  # EXIF's orientation: how to show the picture
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pictures that are not read, and a damaged one that is: place, bytes there, name.
FOREIGN = (
    *((4, b"ftyp" + brand, "HEIC") for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypcrx", "camera raw"),
    (0, b"FUJIFILMCCD-RAW", "camera raw"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (0, b"%PDF", "PDF"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "SVG or other XML"),
    (0, b"v/1\x01", "OpenEXR"),
    (4, b"ftyp", "video"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
)

pi_heif.register_heif_opener()  # from here on Pillow opens HEIC

_ONE_AT_A_TIME = threading.Lock()  # standard error is the whole process's


class Rejected(Exception):
    """A photo that gives no record; the message is the reason."""


def read(path: str, enough: int | None = None, limit: int | None = None) -> tuple[Image.Image, int]:
    """Decode a photo's first frame as upright RGB, whatever its name ends in.

    Args:
      path: local path or URL.
      enough: a shorter side of this many pixels will do; a JPEG of twice, four or eight times as
        many is then decoded at a half, a quarter or an eighth of its size.
      limit: pixels to decode, at most; PIXEL_LIMIT. A JPEG of more is made smaller likewise.

    Returns:
      The photo, and by how much it was shrunk (1, 2, 4 or 8).

    Raises:
      Rejected: unreadable, no image, or above the pixel limit.
    """
    with _reasons(), storage.opened(path, "rb") as file:
        # Beyond the end of a URL's file lies an error, where Pillow expects no bytes.
        seekable = io.BytesIO(file.read()) if storage.is_url(path) else file
        return _decoded(seekable, enough, limit)


def decode(
    content: bytes, enough: int | None = None, limit: int | None = None
) -> tuple[Image.Image, int]:
    """What `read` makes of a file with this content."""
    with _reasons():
        return _decoded(io.BytesIO(content), enough, limit)


def layered(content: bytes, limit: int | None = None) -> Image.Image:
    """Likewise, at its full size, with its transparency: of mode RGBA."""
    with _reasons():
        return _decoded(io.BytesIO(content), None, limit, srgb.layered)[0]


@contextlib.contextmanager
def _reasons() -> Iterator[None]:
    """Make whatever goes wrong with a photo the reason why it is rejected."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a million photos many are a little odd
            yield
    except Rejected:
        raise
    except srgb.Unknown as error:
        raise Rejected(str(error)) from None
    except UnidentifiedImageError:
        raise Rejected("not an image") from None
    except (FileNotFoundError, PermissionError) as error:
        raise Rejected(f"unreadable: {os.strerror(error.errno or 0)}") from None
    # A damaged file can make a decoder raise almost anything; none of it may stop the run.
    except Exception as error:
        raise Rejected(f"unreadable: {' '.join(str(error).split()) or 'damaged'}") from None


def _decoded(
    file: IO[bytes],
    enough: int | None,
    limit: int | None = None,
    pixels: Callable[[Image.Image], Image.Image] = srgb.of,
) -> tuple[Image.Image, int]:
    if not file.read(1):
        raise Rejected("unreadable: empty file")
    file.seek(0)
    limit = limit or PIXEL_LIMIT
    with _opened(file) as image:
        width, height = image.size
        shrink = _shrink(image, enough, limit)
        if image.width * image.height > limit:
            raise Rejected(f"too large: {width}x{height}, limit {limit} pixels")
        if image.format in jpeg.KINDS:
            return pixels(_upright(jpeg.loaded(image, file))), shrink
        if image.format != "TIFF":
            image.load()
            return pixels(_upright(image)), shrink
        tiff.check(image)
        with quietly():
            image.load()
        return pixels(_upright(tiff.uninverted(image))), shrink


def _opened(file: IO[bytes]) -> Image.Image:
    """Raises Rejected, by the name of its kind where it has one, or UnidentifiedImageError."""
    try:
        return Image.open(file)
    except UnidentifiedImageError:
        file.seek(0)
        head = file.read(32)
        for place, mark, name in FOREIGN:
            if head[place:].startswith(mark):
                raise Rejected(f"{name}: damaged, or not read; save it as JPEG or PNG") from None
        raise


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep libraries from the terminal: libtiff tells it, past Python, what it finds odd, and not
    in which file."""
    with _ONE_AT_A_TIME, open(os.devnull, "wb") as nowhere:
        kept = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _shrink(image: Image.Image, enough: int | None, limit: int) -> int:
    """Ask the decoder for fewer pixels; returns by how much it will shrink."""
    (width, height), factor = image.size, 1
    for each in SHRINKS:
        if enough and min(width, height) >= enough * each:
            factor = max(factor, each)
        # Half of it would not do. (Of a progressive one all is in memory whatever is decoded.)
        if width * height > limit * (each // 2) ** 2 and not image.info.get("progressive"):
            factor = max(factor, each)
    if image.format not in jpeg.KINDS or factor == 1:
        return 1
    image.draft(None, (width // factor, height // factor))
    return round(width / image.width)


def turn(image: Image.Image) -> Image.Transpose | None:
    """That its EXIF data ask for, where they can be read: pixels do not depend on them."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return None


def _upright(image: Image.Image) -> Image.Image:
    asked = turn(image)
    return image if asked is None else image.transpose(asked)
