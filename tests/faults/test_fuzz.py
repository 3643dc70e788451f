"""Damaged photos, however they are damaged: each gives a record or a reason, none stops the run."""

import csv
import io
import json
import random
import struct
import subprocess
import sys
import zlib

import pytest
import tensorflow as tf
from PIL import Image

from tests.faults.preparation import ROOT

FORMATS = {  # name: how Pillow writes it
    "baseline.jpg": {"format": "JPEG", "quality": 90},
    "progressive.jpg": {"format": "JPEG", "quality": 90, "progressive": True},
    "plain.png": {"format": "PNG"},
    "lossy.webp": {"format": "WEBP", "quality": 90},
    "lossless.webp": {"format": "WEBP", "lossless": True},
    "plain.gif": {"format": "GIF"},
    "plain.bmp": {"format": "BMP"},
    "plain.tif": {"format": "TIFF"},
    "packed.tif": {"format": "TIFF", "compression": "tiff_lzw"},
    "jpeg.tif": {"format": "TIFF", "compression": "jpeg"},
}
EACH = 9  # files of each format and each kind of damage


def flipped(content, rng):
    for _ in range(rng.randrange(1, 40)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def truncated(content, rng):
    del content[rng.randrange(1, len(content)) :]


def with_a_block_more(content, rng):
    place = rng.randrange(len(content))
    content[place:place] = rng.randbytes(rng.randrange(1, 300))


def with_a_block_less(content, rng):
    place = rng.randrange(len(content))
    del content[place : place + rng.randrange(1, 300)]


def with_a_damaged_header(content, rng):
    for _ in range(rng.randrange(1, 6)):
        content[rng.randrange(min(64, len(content)))] = rng.randrange(256)


def with_damaged_exif(content, rng):
    """The EXIF data stand behind their byte order; formats without them are damaged anywhere."""
    start = max(content.find(b"II*\0"), content.find(b"MM\0*"), 0)
    for _ in range(rng.randrange(1, 8)):
        content[rng.randrange(start, min(start + 120, len(content)))] = rng.choice((0, 127, 255))


DAMAGES = (
    flipped,
    truncated,
    with_a_block_more,
    with_a_block_less,
    with_a_damaged_header,
    with_damaged_exif,
)


def encodings(photo):
    """{name: bytes} of a small photo in each format, with EXIF data where it has them."""
    exif = photo.getexif()
    exif.update({0x0112: 1, 0x010F: "a camera", 0x011A: 72.0, 0x0132: "2019:01:01 00:00:00"})
    encoded = {}
    for name, how in FORMATS.items():
        with io.BytesIO() as file:
            extra = {} if how["format"] in ("GIF", "BMP", "TIFF") else {"exif": exif}
            photo.save(file, **how, **extra)
            encoded[name] = file.getvalue()
    return encoded


def chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def bombs():
    """{name: bytes} of small files that claim to hold gigabytes."""
    start = b"\x89PNG\r\n\x1a\n"
    files = {}
    for number, side in enumerate((9_900, 20_000, 2**31 - 1)):
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        files[f"bomb{number}.png"] = start + body + chunk(b"IEND", b"")
        files[f"bomb{number}.bmp"] = (
            b"BM"
            + struct.pack("<IHHI", 54, 0, 0, 54)
            + struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
        )
    small = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8)))
    files["text.png"] = start + chunk(b"IHDR", small) + text + chunk(b"IEND", b"")
    files["screen.gif"] = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";"
    return files


def write_mutants(folder, photo):
    rng = random.Random(0)
    for name, content in encodings(photo).items():
        (folder / f"whole_{name}").write_bytes(content)
        for damage in DAMAGES:
            for number in range(EACH):
                damaged = bytearray(content)
                damage(damaged, rng)
                (folder / f"{damage.__name__}_{number}_{name}").write_bytes(damaged)
    for name, content in bombs().items():
        (folder / name).write_bytes(content)
    return sorted(path.name for path in folder.iterdir())


def sources(folder, resolution):
    paths = sorted(map(str, folder.glob(f"celeba-r{resolution}-*.tfrecords")))
    for record in tf.data.TFRecordDataset(paths):
        feature = tf.train.Example.FromString(record.numpy()).features.feature
        yield feature["source"].bytes_list.value[0].decode()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, photo):
    """Names of the files, the folder of the records, what stood on standard error."""
    folder = tmp_path_factory.mktemp("mutants")
    names = write_mutants(folder, photo.resize((112, 112), Image.Resampling.LANCZOS))
    out = tmp_path_factory.mktemp("prepared") / "records"
    flags = [f"--images={folder}", f"--out={out}", "--resolutions=8,16", "--shards=4"]
    done = subprocess.run(
        [sys.executable, "-m", "input_pipeline.prepare", *flags, "--workers=2"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return names, out, done.stderr


def test_every_damaged_photo_is_recorded_or_rejected_and_none_is_both(prepared):
    names, out, _ = prepared
    assert len(names) >= 500
    with open(out / "rejected.csv", newline="") as file:
        _, *rows = csv.reader(file)
    rejected = [name for name, _ in rows]
    for resolution in (8, 16):
        assert sorted([*sources(out, resolution), *rejected]) == names
    counts = json.loads((out / "dataset.json").read_text())["counts"]
    assert counts["8"] == counts["16"] == len(names) - len(rejected)


def test_undamaged_photos_are_recorded_and_bombs_are_not(prepared):
    names, out, _ = prepared
    recorded = {*sources(out, 8)}
    whole = {name for name in names if name.startswith("whole_")}
    assert len(whole) == len(FORMATS)
    assert whole <= recorded
    assert not recorded & {*bombs()}
    assert len(recorded) > 100  # damage that a decoder gets over is none of ours


def test_reasons_are_a_line_each_and_the_same_wherever_the_photo_was_in_memory(prepared):
    _, out, _ = prepared
    with open(out / "rejected.csv", newline="") as file:
        reasons = [reason for _, reason in csv.reader(file)]
    assert all(reason and "\n" not in reason and " at 0x" not in reason for reason in reasons)


def test_damaged_photos_leave_the_terminal_to_the_progress_bar(prepared):
    _, _, errors = prepared
    lines = [line for line in errors.replace("\r", "\n").split("\n") if line]
    assert [line for line in lines if not line.startswith("preparing: ")] == []
