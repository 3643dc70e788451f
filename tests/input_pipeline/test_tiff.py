"""TIFFs of every kind that another library writes: the picture, or the reason why not."""

import io

import numpy as np
import pytest

from input_pipeline import photos

tifffile = pytest.importorskip("tifffile")
GREY = np.linspace(0, 1, 64)[None].repeat(48, 0)
COLOURS = np.stack([GREY, GREY[:, ::-1], GREY / 2], -1)
ALPHA = np.concatenate([COLOURS, np.ones([48, 64, 1])], -1)


def levels(values, most, kind):
    return np.rint(values * most).astype(kind)


def planes(values):
    return np.ascontiguousarray(np.moveaxis(values, -1, 0))


def read(pixels, **about):
    content = io.BytesIO()
    tifffile.imwrite(content, pixels, **about)
    return np.asarray(photos.decode(content.getvalue())[0]).astype(int)


MIN, WHITE, RGB = ({"photometric": name} for name in ("minisblack", "miniswhite", "rgb"))


@pytest.mark.parametrize(
    "pixels, about, wanted",
    [
        (levels(GREY, 255, "u1"), MIN, GREY),
        (levels(1 - GREY, 255, "u1"), WHITE, GREY),
        (levels(GREY, 65535, "u2"), MIN, GREY),
        (levels(1 - GREY, 65535, "u2"), WHITE, GREY),
        (levels(GREY, 65535, ">u2"), {**MIN, "byteorder": ">"}, GREY),
        (GREY > 0.5, MIN, GREY > 0.5),
        (levels(COLOURS, 255, "u1"), RGB, COLOURS),
        (planes(levels(COLOURS, 255, "u1")), {**RGB, "planarconfig": "separate"}, COLOURS),
        (levels(COLOURS, 65535, "u2"), RGB, COLOURS),
        (levels(ALPHA, 255, "u1"), {**RGB, "extrasamples": ["unassalpha"]}, COLOURS),
        (levels(ALPHA, 65535, "u2"), {**RGB, "extrasamples": ["unassalpha"]}, COLOURS),
        (levels(ALPHA * [0.5] * 1, 255, "u1"), {**RGB, "extrasamples": ["assocalpha"]}, None),
        (levels(COLOURS, 200, "u1"), {**RGB, "extratags": [(281, "H", 1, 200, True)]}, None),
    ],
)
def test_pixels_are_those_that_the_file_means(pixels, about, wanted):
    found = read(pixels, **about)
    if wanted is None:  # half of it lies on white; a maximum of 200 changes nothing
        is_half = "extrasamples" in about
        wanted = COLOURS / 2 + 0.5 if is_half else COLOURS * 200 / 255
    wanted = np.asarray(wanted, float)
    wanted = wanted if wanted.ndim == 3 else wanted[..., None]
    assert np.abs(found - 255 * wanted).max() <= 1.01


LARGEST = [(281, "H", 1, 4095, True)]


@pytest.mark.parametrize(
    "pixels, about, told",
    [
        (levels(GREY, 32767, "i2"), MIN, "signed pixels"),
        (levels(GREY, 127, "i1"), MIN, "signed pixels"),
        (planes(levels(COLOURS, 65535, "u2")), {**RGB, "planarconfig": "separate"}, "16-bit chan"),
        (levels(GREY, 4095, "u2"), {**MIN, "extratags": LARGEST}, "16-bit pixels of 4095 at most"),
        (levels(COLOURS, 4095, "u2"), {**RGB, "extratags": LARGEST}, "16-bit pixels of 4095 at mo"),
        (levels(GREY, 2**32 - 1, "u4"), MIN, "32-bit pixels: save it"),
        (GREY.astype("f4"), MIN, "floating-point pixels: save it"),
        (GREY.astype("f8"), MIN, "TIFF: damaged, or not read; save it as JPEG or PNG"),
        (COLOURS.astype("f4"), RGB, "TIFF: damaged, or not read; save it as JPEG or PNG"),
    ],
)
def test_what_nobody_can_tell_is_rejected_with_what_to_do(pixels, about, told):
    with pytest.raises(photos.Rejected) as caught:
        read(pixels, **about)
    assert str(caught.value).startswith(told) and "save it" in str(caught.value)
