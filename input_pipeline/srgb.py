"""What a picture's pixels mean → 8-bit sRGB, which is what networks and screens take them for."""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms

BACKGROUND = (255, 255, 255)  # is seen where a picture is transparent, as on most pages
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
STEPS = 9  # of each channel, of the colours by which a profile is told to be sRGB's own
NEAR = 2  # levels that such a profile may move them by


class Unknown(Exception):
    """Pixels of which nobody knows what they mean; the message says what to do."""


def of(image: Image.Image) -> Image.Image:
    """8-bit sRGB of any image; what is transparent lies on white. Raises Unknown: see `layered`."""
    colours, alpha = _parts(image)
    if alpha is None or alpha.getextrema() == (255, 255):
        return colours
    return Image.composite(colours, Image.new("RGB", colours.size, BACKGROUND), alpha)


def layered(image: Image.Image) -> Image.Image:
    """Likewise with its transparency, of mode RGBA.

    Its colour profile is heeded, one that is damaged or of another kind of pixels is not.

    Raises:
      Unknown: floating-point or 32-bit pixels, whose range no file tells.
    """
    colours, alpha = _parts(image)
    colours.putalpha(255 if alpha is None else alpha)
    return colours


def _parts(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours, of mode RGB, and how opaque they are, where that is told."""
    profile = image.info.get("icc_profile")
    image = _of_8_bits(image)
    alpha = None
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    colours = _in_srgb(image, profile) if profile else image
    return colours.convert("RGB"), alpha


def _of_8_bits(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise Unknown("floating-point pixels: save it with 8 or 16 bits")
    if not image.mode.startswith("I"):
        return image
    grey = np.asarray(image).astype(np.int64)
    if grey.min() < 0 or grey.max() > 65535:
        raise Unknown("32-bit pixels: save it with 8 or 16 bits")
    return Image.fromarray(np.rint(grey / 257).astype(np.uint8))


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The colours that a profile says pixels are."""
    mode = image.mode if image.mode in ("L", "RGB", "CMYK") else "RGB"
    transform = _transform(profile, mode)
    if transform is None:
        return image
    return ImageCms.applyTransform(image.convert(mode), transform) or image


@functools.lru_cache(64)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From a profile's colours to sRGB's; None where these are the same, or it is none."""
    try:
        of = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(of, srgb, mode, "RGB", INTENT)
        return None if mode == "RGB" and _changes_nothing(transform) else transform
    except (OSError, ImageCms.PyCMSError, TypeError, ValueError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    levels = np.linspace(0, 255, STEPS).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(STEPS, -1, 3)
    shown = np.asarray(ImageCms.applyTransform(Image.fromarray(colours), transform))
    return bool(np.abs(shown.astype(int) - colours).max() <= NEAR)
