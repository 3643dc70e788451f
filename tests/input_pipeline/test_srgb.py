"""Colours by NumPy: ICC matrix profiles, and alpha, from their definitions."""

import io
import pathlib
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from input_pipeline import photos, srgb

PROFILES = pathlib.Path(__file__).parents[1] / "fixtures" / "colour_profiles"
NAMES = ("adobe_rgb_like", "display_p3_like")
RNG = np.random.default_rng(0)
# sRGB's primaries in XYZ under D50, as IEC 61966-2-1's profile has them, a column each.
SRGB = np.array([[0.4360, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])


def tags(profile):
    (count,) = struct.unpack(">I", profile[128:132])
    for number in range(count):
        name, start, size = struct.unpack(">4sII", profile[132 + 12 * number : 144 + 12 * number])
        yield name.decode(), profile[start : start + size]


def number(content):
    return struct.unpack(">i", content)[0] / 65536


def linear(curve, values):
    """What a tone curve (ICC.1, 10.6 and 10.18) makes of values from 0 to 1."""
    if curve[:4] == b"curv":
        (count,) = struct.unpack(">I", curve[8:12])
        assert count == 1
        return values ** (struct.unpack(">H", curve[12:14])[0] / 256)
    kind = struct.unpack(">H", curve[8:10])[0]
    numbers = [number(curve[at : at + 4]) for at in range(12, len(curve) - 3, 4)]
    if kind == 0:
        return values ** numbers[0]
    assert kind == 3
    g, a, b, c, d = numbers[:5]
    return np.where(values >= d, (a * values + b) ** g, c * values)


def by_definition(profile, colours):
    """uint8 [N, 3] of a matrix profile → levels of sRGB, float."""
    known = dict(tags(profile))
    matrix = np.array(
        [[number(known[f"{c}XYZ"][at : at + 4]) for c in "rgb"] for at in (8, 12, 16)]
    )
    light = np.stack(
        [linear(known[f"{c}TRC"], colours[:, i] / 255) for i, c in enumerate("rgb")], -1
    )
    shown = np.clip(light @ matrix.T @ np.linalg.inv(SRGB).T, 0, 1)
    gamma = np.where(shown > 0.0031308, 1.055 * shown ** (1 / 2.4) - 0.055, 12.92 * shown)
    return 255 * gamma


def saved(image, kind="PNG", **more):
    content = io.BytesIO()
    image.save(content, kind, **more)
    return content.getvalue()


def read(content):
    return np.asarray(photos.decode(content)[0]).astype(int)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_colours_are_those_that_the_profile_says(name, kind):
    profile = (PROFILES / f"{name}.icc").read_bytes()
    colours = RNG.integers(0, 256, [4000, 3]).astype(np.uint8)
    image = Image.fromarray(colours.reshape(40, 100, 3))
    more = {"lossless": True} if kind == "WEBP" else {}
    found = read(saved(image, kind, icc_profile=profile, **more)).reshape(-1, 3)
    wanted = by_definition(profile, colours)
    assert np.abs(found - wanted).max() < 2.5 and np.abs(found - wanted).mean() < 0.6
    assert np.abs(found - colours.astype(int)).mean() > 3  # it was not left as it was


def test_alpha_does_not_keep_a_profile_from_its_colours():
    profile = (PROFILES / "display_p3_like.icc").read_bytes()
    colours = RNG.integers(0, 256, [20, 30, 3]).astype(np.uint8)
    image = Image.fromarray(colours)
    opaque = read(saved(image, icc_profile=profile))
    image.putalpha(255)
    np.testing.assert_array_equal(read(saved(image, icc_profile=profile)), opaque)


def test_srgbs_own_profile_and_what_is_none_leave_every_level():
    colours = RNG.integers(0, 256, [20, 30, 3]).astype(np.uint8)
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = Image.fromarray(colours[..., 0])
    p3 = (PROFILES / "display_p3_like.icc").read_bytes()
    for profile in (own, b"no profile", p3[:200], b""):
        np.testing.assert_array_equal(
            read(saved(Image.fromarray(colours), icc_profile=profile)), colours
        )
    # A profile of colours says nothing of a picture that has none.
    np.testing.assert_array_equal(read(saved(grey, icc_profile=p3))[..., 0], colours[..., 0])


@pytest.mark.parametrize(
    "mode, kind", [("RGBA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "TIFF"), ("LA", "PNG")]
)
def test_what_is_transparent_lies_on_white(mode, kind):
    """Levels by the definition of "over" (Porter and Duff): the hidden colour does not count."""
    channels = RNG.integers(0, 256, [20, 30, len(mode)]).astype(np.uint8)
    channels[:10, ..., -1] = 0
    image = Image.fromarray(channels, mode)
    more = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    found = read(saved(image, kind, **more))
    alpha = channels[..., -1:] / 255
    colours = channels[..., :-1] if mode == "RGBA" else channels[..., [0, 0, 0]]
    assert np.abs(found - (alpha * colours + (1 - alpha) * 255)).max() <= 1
    assert (found[:10] == 255).all()


def test_so_do_transparent_colours_of_palettes_and_of_whole_pictures():
    ids = RNG.integers(0, 4, [20, 30]).astype(np.uint8)
    image = Image.fromarray(ids, "P")
    palette = RNG.integers(0, 200, [4, 3])
    image.putpalette(palette.astype(np.uint8).tobytes())
    wanted = palette[ids]
    wanted[ids == 2] = 255
    for kind in ("PNG", "GIF"):
        np.testing.assert_array_equal(read(saved(image, kind, transparency=2)), wanted)
    colours = palette[ids].astype(np.uint8)
    hidden = tuple(palette[2].tolist())
    made = saved(Image.fromarray(colours), transparency=hidden)
    np.testing.assert_array_equal(read(made), wanted)


def test_32_bit_pixels_are_refused_where_they_need_them():
    small = RNG.integers(0, 65536, [20, 30])
    image = Image.fromarray(small.astype(np.int32))
    assert np.abs(np.asarray(srgb.of(image))[..., 0] - small / 257).max() <= 0.5
    for odd in (small + 70_000, small - 40_000):
        with pytest.raises(srgb.Unknown, match="32-bit pixels: save it with 8 or 16 bits"):
            srgb.of(Image.fromarray(odd.astype(np.int32)))
        with pytest.raises(photos.Rejected, match="signed pixels"):  # Pillow writes them so
            photos.decode(saved(Image.fromarray(odd.astype(np.int32)), "TIFF"))
