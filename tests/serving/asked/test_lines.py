"""The same drawing as people bring it, in every way that was met; and what is none."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from input_pipeline import photos
from interface.command_line import UserError
from serving.asked import lines

SIDE = 64


def drawing():
    """Lines of a face, more or less: bool."""
    picture = Image.new("1", (SIDE, SIDE))
    pen = ImageDraw.Draw(picture)
    pen.arc([8, 4, 56, 62], 0, 180, fill=1)
    pen.ellipse([18, 20, 28, 26], outline=1)
    pen.ellipse([36, 20, 46, 26], outline=1)
    pen.line([32, 26, 30, 40, 34, 42], fill=1, width=2)
    pen.line([22, 50, 32, 53, 42, 50], fill=1, width=2)
    return np.asarray(picture)


LINES = drawing()


def coloured(line, ground):
    return Image.fromarray(np.where(LINES[..., None], line, ground).astype(np.uint8))


def on_transparency(hidden, line):
    """Opaque strokes over pixels of alpha 0 that hide a colour."""
    picture = coloured(line, hidden).convert("RGBA")
    picture.putalpha(Image.fromarray(LINES.astype(np.uint8) * 255))
    return picture


def palette():
    picture = Image.fromarray(LINES.astype(np.uint8), "P")
    picture.putpalette([255, 255, 255, 0, 0, 0])
    return picture


def soft():
    """As a paint program draws: four times as large, smoothed, black on white."""
    large = coloured((0, 0, 0), (255, 255, 255)).resize((4 * SIDE, 4 * SIDE), 0)
    return large.filter(ImageFilter.GaussianBlur(0.8))


def found(picture, kind="PNG"):
    content = io.BytesIO()
    picture.save(content, kind)
    return lines.of_picture(photos.layered(content.getvalue()), "mask")


@pytest.mark.parametrize(
    "picture",
    [
        coloured((255, 255, 255), (0, 0, 0)),
        coloured((0, 0, 0), (255, 255, 255)),
        coloured((200, 30, 30), (255, 255, 255)),
        coloured((0, 0, 255), (0, 0, 0)),
        coloured((255, 255, 0), (40, 40, 40)),
        coloured((120, 120, 120), (0, 0, 0)),
        coloured((1, 1, 1), (0, 0, 0)),
        Image.fromarray(LINES),
        Image.fromarray(LINES.astype(np.uint8)),
        Image.fromarray(LINES.astype(np.uint16) * 65535),
        palette(),
        on_transparency((255, 255, 255), (0, 0, 0)),
        on_transparency((255, 255, 255), (255, 255, 255)),
        on_transparency((0, 0, 0), (0, 0, 0)),
        on_transparency((0, 0, 0), (250, 60, 0)),
    ],
)
def test_a_clear_drawing_is_read_however_it_was_made(picture):
    np.testing.assert_array_equal(found(picture), LINES)


def test_soft_edges_and_a_jpegs_noise_are_part_of_a_line_or_not():
    for kind in ("PNG", "JPEG"):
        large = found(soft(), kind)
        wanted = LINES.repeat(4, 0).repeat(4, 1)
        assert (large == wanted).mean() > 0.99
        assert large.reshape(SIDE, 4, SIDE, 4).any((1, 3))[LINES].mean() > 0.98


def test_an_empty_drawing_has_no_lines():
    for colour in ((0, 0, 0), (255, 255, 255), (9, 90, 200)):
        assert not found(Image.new("RGB", (SIDE, SIDE), colour)).any()
    assert not found(Image.new("RGBA", (SIDE, SIDE), (255, 255, 255, 0))).any()


def test_photos_faint_lines_and_noise_are_refused(photo):
    noise = np.random.default_rng(0).integers(0, 256, [SIDE, SIDE, 3]).astype(np.uint8)
    ramp = np.broadcast_to(np.linspace(0, 255, SIDE)[:, None, None], [SIDE, SIDE, 3])
    for picture in (
        photo.resize((SIDE, SIDE)),
        photo.resize((512, 512)).crop((150, 0, 350, 200)),
        Image.fromarray(noise),
        Image.fromarray(ramp.astype(np.uint8)),
    ):
        with pytest.raises(UserError, match=f"^mask: .*; {lines.WANTED}$"):
            found(picture)
    with pytest.raises(UserError, match="its lines are 30 of 255 levels from the ground"):
        found(coloured((30, 30, 30), (0, 0, 0)))
