import io
import os
import pathlib
import struct
import subprocess
import sys
import uuid
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

import input_pipeline
from input_pipeline import photos, storage
from input_pipeline.photos import Rejected

ROOT = pathlib.Path(input_pipeline.__file__).parents[1]
PROFILES = ROOT / "tests" / "fixtures" / "colour_profiles"
# Every value that 16 bits can have, and what each is in 8 bits: a 257th, rounded.
RAMP = np.arange(2**16, dtype=np.uint16).reshape(256, 256)
RAMP_IN_8_BITS = np.rint(RAMP / 257).astype(np.uint8)


def pixels(path, enough=None):
    """int [H, W, 3] of a photo that is not shrunk."""
    image, shrink = photos.read(str(path), enough)
    assert (image.mode, shrink) == ("RGB", 1)
    return np.asarray(image).astype(int)


def reason(path):
    with pytest.raises(Rejected) as caught:
        photos.read(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def png(bits, colour, width, height, rows):
    """A PNG file by hand: `rows` holds each row's filter byte and samples."""

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize("name", ["grey.png", "grey.tif", "turned_bytes.tif"])
def test_grey_of_16_bits_is_scaled_not_clipped(tmp_path, name):
    image = Image.fromarray(RAMP)
    if name.startswith("turned"):  # most significant byte first
        image = Image.frombytes("I;16B", (256, 256), RAMP.astype(">u2").tobytes())
    image.save(tmp_path / name)
    found = pixels(tmp_path / name)
    for channel in range(3):
        np.testing.assert_array_equal(found[..., channel], RAMP_IN_8_BITS)


def test_colours_of_16_bits_are_scaled_to_their_upper_8(tmp_path):
    channels = np.stack([RAMP, RAMP.T, RAMP[::-1]], axis=-1)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in channels)
    (tmp_path / "colour.png").write_bytes(png(16, 2, 256, 256, rows))
    assert np.abs(pixels(tmp_path / "colour.png") - channels / 257.0).max() <= 1


def test_inks_are_mixed_to_colours(tmp_path):
    inks = np.random.default_rng(0).integers(0, 256, (6, 8, 4), np.uint8)
    blocks = inks.repeat(16, axis=0).repeat(16, axis=1)  # that JPEG keeps
    image = Image.frombytes("CMYK", (8 * 16, 6 * 16), blocks.tobytes())
    image.save(tmp_path / "inks.jpg", quality=100, subsampling=0)
    shares = 1 - inks / 255.0
    wanted = 255 * shares[..., :3] * shares[..., 3:]
    found = pixels(tmp_path / "inks.jpg")[8::16, 8::16]
    assert np.abs(found - wanted).max() < 6
    assert np.abs(found - wanted).mean() < 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "RGB"])
def test_a_png_of_any_mode_has_the_colours_it_shows(tmp_path, photo, mode):
    image = photo.convert(mode)
    image.save(tmp_path / "photo.png")
    if mode == "P":
        wanted = np.reshape(image.getpalette(), (-1, 3))[np.asarray(image)]
    elif mode == "1":
        wanted = np.asarray(image)[..., None] * np.array([255, 255, 255])
    else:
        channels = np.atleast_3d(np.asarray(image))
        wanted = channels[..., :3] if mode in ("RGB", "RGBA") else channels[..., [0, 0, 0]]
    np.testing.assert_array_equal(pixels(tmp_path / "photo.png"), wanted)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_moving_pictures_the_first_is_taken(tmp_path, kind):
    frames = [Image.new("RGB", (32, 24), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "moving", format=kind, save_all=True, append_images=frames[1:])
    with Image.open(tmp_path / "moving") as image:
        assert image.n_frames == 3
    assert np.abs(pixels(tmp_path / "moving") - (255, 0, 0)).max() < 4


@pytest.mark.parametrize("name", ["a.png", "a.JPEG", "a.txt", "a", ".jpg", "a.tif"])
def test_the_content_decides_what_a_file_is_not_its_name(tmp_path, photo, name):
    with io.BytesIO() as file:
        photo.save(file, format="JPEG")
        (tmp_path / name).write_bytes(file.getvalue())
        wanted = np.asarray(Image.open(file))
    np.testing.assert_array_equal(pixels(tmp_path / name), wanted)


def test_a_name_need_not_be_text(tmp_path, photo):
    path = os.path.join(os.fsencode(tmp_path), b"na\xefve.png")
    with open(path, "wb") as file:
        photo.save(file, format="PNG")
    np.testing.assert_array_equal(pixels(os.fsdecode(path)), np.asarray(photo))


STORED = {  # EXIF's orientation: how a camera stores what it sees
    1: lambda seen: seen,
    2: lambda seen: seen[:, ::-1],
    3: lambda seen: seen[::-1, ::-1],
    4: lambda seen: seen[::-1],
    5: lambda seen: seen.transpose(1, 0, 2),
    6: lambda seen: np.rot90(seen),
    7: lambda seen: seen[::-1, ::-1].transpose(1, 0, 2),
    8: lambda seen: np.rot90(seen, -1),
    9: lambda seen: seen,  # means nothing
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_photo_is_turned_as_its_camera_was(tmp_path, orientation, kind):
    seen = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)
    image = Image.fromarray(np.ascontiguousarray(STORED[orientation](seen)))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image.save(tmp_path / "photo", format=kind, exif=exif, lossless=True)
    np.testing.assert_array_equal(pixels(tmp_path / "photo"), seen)


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0II*\0" + struct.pack("<IH", 8, 60_000) + bytes(40),
        b"Exif\0\0MM\0*" + b"\xff" * 60,
        b"Exif\0\0",
        b"Exif\0\0nonsense",
        b"Exif\0\0II*\0" + struct.pack("<IHHHI4sI", 8, 1, 0x0112, 5, 1, b"\xff\xff\xff\xff", 0),
    ],
)
def test_a_photo_with_damaged_exif_data_is_read_as_it_lies(tmp_path, photo, exif):
    photo.save(tmp_path / "with.jpg", exif=exif)
    photo.save(tmp_path / "without.jpg")
    np.testing.assert_array_equal(pixels(tmp_path / "with.jpg"), pixels(tmp_path / "without.jpg"))


def damaged(photo, kind, keep, **how):
    """The first `keep` of a photo file's bytes."""
    with io.BytesIO() as file:
        photo.save(file, format=kind, **how)
        content = file.getvalue()
    return content[: int(len(content) * keep)]


@pytest.mark.parametrize(
    "kind, how",
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_photo_is_rejected(tmp_path, photo, kind, how, keep):
    (tmp_path / "photo").write_bytes(damaged(photo, kind, keep, **how))
    told = ("unreadable: ", "not an image", "TIFF: damaged, or not read")
    assert reason(tmp_path / "photo").startswith(told)
    (tmp_path / "photo").write_bytes(damaged(photo, kind, 1, **how))
    assert pixels(tmp_path / "photo").shape == (256, 256, 3)


@pytest.mark.parametrize(
    "content, told",
    [
        (b"", "unreadable: empty file"),
        (b"a letter, not a photo", "not an image"),
        (bytes(1000), "not an image"),
        (b"\xff\xd8\xff", "not an image"),
    ],
)
def test_what_is_no_image_is_rejected(tmp_path, content, told):
    (tmp_path / "photo.jpg").write_bytes(content)
    assert reason(tmp_path / "photo.jpg") == told


def test_floating_point_pixels_are_rejected_for_nobody_knows_their_range(tmp_path):
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "photo.tif")
    assert reason(tmp_path / "photo.tif").startswith("floating-point pixels: ")


def test_a_missing_photo_and_a_folder_are_rejected(tmp_path):
    assert reason(tmp_path / "nowhere.jpg") == "unreadable: No such file or directory"
    assert reason(tmp_path).startswith("unreadable: ")


def test_a_photo_without_permission_is_rejected(tmp_path, photo, monkeypatch):
    photo.save(tmp_path / "open.png")
    photo.save(tmp_path / "closed.png")
    (tmp_path / "closed.png").chmod(0)
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)  # folders above may be closed too
    root = os.geteuid() == 0  # whom no permission stops
    try:
        if root:
            os.seteuid(65534)
        assert photos.read("open.png")[0].size == photo.size
        assert reason("closed.png") == "unreadable: Permission denied"
    finally:
        if root:
            os.seteuid(0)


def test_a_photo_beyond_the_pixel_limit_is_rejected_with_its_size(tmp_path, monkeypatch):
    Image.new("RGB", (20, 13)).save(tmp_path / "large.png")
    monkeypatch.setattr(photos, "PIXEL_LIMIT", 260)
    assert pixels(tmp_path / "large.png").shape == (13, 20, 3)
    monkeypatch.setattr(photos, "PIXEL_LIMIT", 259)
    assert reason(tmp_path / "large.png") == "too large: 20x13, limit 259 pixels"


@pytest.mark.parametrize(
    "limit, shrink", [(48_000, 1), (47_999, 2), (12_000, 2), (11_999, 4), (3000, 4), (750, 8)]
)
def test_a_jpeg_beyond_the_limit_is_made_smaller_while_it_is_decoded(photo, limit, shrink):
    content = io.BytesIO()
    large = photo.resize((240, 200))
    large.save(content, "JPEG", quality=95)
    image, by = photos.decode(content.getvalue(), limit=limit)
    assert (by, image.size) == (shrink, (240 // shrink, 200 // shrink))
    averaged = np.asarray(large.reduce(shrink), float)
    assert np.abs(np.asarray(image) - averaged).mean() < 6
    if shrink > 1:  # even where less would do
        assert photos.decode(content.getvalue(), enough=200, limit=limit)[1] == shrink


def test_a_jpeg_beyond_the_limit_at_an_eighth_is_rejected(photo):
    content = io.BytesIO()
    photo.resize((240, 200)).save(content, "JPEG")
    with pytest.raises(Rejected, match="^too large: 240x200, limit 749 pixels$"):
        photos.decode(content.getvalue(), limit=749)


def test_a_picture_of_gigabytes_is_rejected_by_its_size_before_it_is_decoded(tmp_path):
    """A PNG's head alone: Pillow's own limit says no size, and is no flag."""
    head = struct.pack(">IIBBBBB", 60_000, 50_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    crc = struct.pack(">I", zlib.crc32(chunk))
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(head)) + chunk + crc
    (tmp_path / "large.png").write_bytes(png + struct.pack(">I", 0) + b"IDAT" + bytes(4))
    assert reason(tmp_path / "large.png") == "too large: 60000x50000, limit 100000000 pixels"


MEMORY = """
import sys
from PIL import Image
from input_pipeline import photos
Image.init()
def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
before = peak()
for path in sys.argv[1:]:
    try:
        photos.read(path)
    except photos.Rejected as reason:
        print(reason)
print(peak() - before)
"""


def test_a_photo_of_400_million_pixels_is_rejected_before_it_takes_memory(tmp_path):
    side = 20_000
    row = bytes(1 + side // 8)
    (tmp_path / "black.png").write_bytes(png(1, 0, side, side, row * side))
    Image.new("RGB", (16, 16)).save(tmp_path / "claims.jpg", progressive=True)
    content = bytearray((tmp_path / "claims.jpg").read_bytes())
    frame = content.index(b"\xff\xc2")  # its marker, length, precision, height and width
    content[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    (tmp_path / "claims.jpg").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, tmp_path / "black.png", tmp_path / "claims.jpg"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    *reasons, grown = done.stdout.splitlines()
    assert reasons == ["too large: 20000x20000, limit 100000000 pixels"] * 2
    assert int(grown) < 50  # MB; decoded it would be 1600
    assert done.stderr == ""


@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
@pytest.mark.parametrize("size", [(1600, 1200), (1201, 1607)])
@pytest.mark.parametrize(
    "enough, shrink",
    [(None, 1), (1201, 1), (601, 1), (600, 2), (301, 2), (300, 4), (151, 4), (150, 8), (1, 8)],
)
def test_a_jpeg_is_decoded_no_larger_than_it_must(tmp_path, photo, kind, size, enough, shrink):
    image = photo.resize(size)
    image.save(tmp_path / "photo", format=kind)
    found, by = photos.read(str(tmp_path / "photo"), enough)
    assert by == shrink
    assert found.size == tuple(-(-side // shrink) for side in size)
    assert min(found.size) >= min(enough or 0, *size)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("enough, shrink", [(100, 2), (50, 4), (25, 8)])
def test_a_shrunk_jpeg_is_the_photo_averaged_and_upright(
    tmp_path, photo, orientation, enough, shrink
):
    seen = np.asarray(photo.crop((0, 0, 256, 200)))
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](seen)))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored.save(tmp_path / "photo.jpg", quality=95, exif=exif)
    found, by = photos.read(str(tmp_path / "photo.jpg"), enough)
    height, width = 200 // shrink, 256 // shrink
    means = seen.reshape(height, shrink, width, shrink, 3).mean(axis=(1, 3))
    assert (by, found.size) == (shrink, (width, height))
    assert np.abs(np.asarray(found) - means).mean() < 2.5


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF"])
def test_other_photos_are_never_shrunk(tmp_path, photo, kind):
    photo.save(tmp_path / "photo", format=kind)
    assert pixels(tmp_path / "photo", enough=10).shape == (256, 256, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_a_photo_behind_a_url_is_read_like_a_local_one(tmp_path, photo, kind):
    photo.save(tmp_path / "photo", format=kind)
    url = f"ram://{uuid.uuid4().hex}"
    storage.write(url, (tmp_path / "photo").read_bytes())
    np.testing.assert_array_equal(pixels(url), pixels(tmp_path / "photo"))
    storage.write(url, b"abc")  # shorter than what Pillow looks at
    assert reason(url) == "not an image"
    assert reason(url + "2") == "unreadable: No such file or directory"


def test_what_libtiff_has_to_say_stays_off_the_terminal(tmp_path, photo, capfd):
    content = bytearray(damaged(photo, "TIFF", 1, compression="tiff_lzw"))
    content[1000:1100] = bytes(range(100, 200))
    (tmp_path / "photo.tif").write_bytes(content)
    with Image.open(tmp_path / "photo.tif") as image, pytest.raises(OSError, match="decoder"):
        image.load()
    assert capfd.readouterr().err != ""  # it has something to say
    assert reason(tmp_path / "photo.tif").startswith("unreadable: ")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_phones_heic_is_read_upright_and_in_its_profiles_colours(photo, orientation):
    """Written by another library; the JPEG of the same photo, profile and camera is the judge."""
    pillow_heif = pytest.importorskip("pillow_heif")
    profile = (PROFILES / "display_p3_like.icc").read_bytes()
    lying = photo.crop((0, 0, 320, 240))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    as_jpeg, as_heic = io.BytesIO(), io.BytesIO()
    about = {"quality": 95, "icc_profile": profile, "exif": exif.tobytes()}
    lying.save(as_jpeg, "JPEG", **about)
    pillow_heif.register_heif_opener()
    lying.save(as_heic, "HEIF", **about)
    made, wanted = (photos.decode(each.getvalue())[0] for each in (as_heic, as_jpeg))
    assert made.size == wanted.size == ((320, 240) if orientation == 1 else (240, 320))
    difference = np.abs(np.asarray(made).astype(int) - np.asarray(wanted))
    assert difference.mean() < 4
    with pytest.raises(Rejected, match="^HEIC: damaged, or not read; save it as JPEG or PNG$"):
        photos.decode(as_heic.getvalue()[:2000])


@pytest.mark.parametrize(
    "head, name",
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\x00\x00\x00\x18ftypcrx \x00", "camera raw"),
        (b"\x00\x00\x00\x18ftypmp42\x00", "video"),
    ],
)
def test_pictures_of_kinds_that_are_not_read_are_called_by_their_names(head, name):
    with pytest.raises(Rejected, match=f"^{name}: "):
        photos.decode(head + bytes(100))
