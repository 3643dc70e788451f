import csv
import importlib.metadata
import json
import os
import pathlib
import re
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import input_pipeline
from input_pipeline import browse, prepare
from input_pipeline.faces import landmarks, record_files
from interface.command_line import UserError
from tests.input_pipeline.faces import by_tensorflow

ROOT = pathlib.Path(input_pipeline.__file__).parents[1]
NO_TEXT = os.fsdecode(b"na\xefve.png")  # a name in Latin-1
FACES = sorted(
    [
        NO_TEXT,
        "16_bits.png",
        "bitmap.BMP",
        "clear.png",
        "for_print.jpg",
        "half_size.png",
        "is_a_jpeg.png",
        "moving.gif",
        "no_ending",
        "odd_exif.jpg",
        "plain.png",
        "sub/deep/grey.jpg",
        "sub/plain.png",
        "sub/turned.jpg",
        "web.webp",
    ]
)
COLOURED = sorted({*FACES} - {"16_bits.png", "plain.png", "sub/deep/grey.jpg"})
GREY = ["16_bits.png", "sub/deep/grey.jpg"]
UNREADABLE = ["empty.jpg", "truncated.jpg"]
FOREIGN = ["list.txt", "text.jpg"]
FACELESS = ["line.png", "noise.png", "tiny.png"]
FLAGS = ["--resolutions=16,64,256,512", "--shards=3", "--max_upscale=2"]


def exif_of(*entries):
    """EXIF bytes of (tag, type, count, four bytes of value)."""
    body = b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    header = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries))
    return header + body + bytes(4)


SHORT, ASCII = 3, 2
TURNED = (0x0112, SHORT, 1, struct.pack("<HH", 6, 0))  # show it turned to the right


def make_photos(folder, photo):
    """A face in every form that can be read, and files from which no face can be got."""
    (folder / "sub" / "deep").mkdir(parents=True)
    for name in ("plain.png", "sub/plain.png", NO_TEXT, "bitmap.BMP"):
        photo.save(folder / name)
    lying = photo.transpose(Image.Transpose.ROTATE_90)
    lying.save(folder / "sub" / "turned.jpg", quality=95, exif=exif_of(TURNED))
    # A text where a fraction belongs, as broken cameras write it.
    odd = (0x011A, ASCII, 4, b"abc\0")
    lying.save(folder / "odd_exif.jpg", quality=95, exif=exif_of(TURNED, odd))
    photo.convert("L").save(folder / "sub" / "deep" / "grey.jpg", quality=95)
    grey = np.asarray(photo.convert("L"), np.uint16) * 257
    Image.fromarray(grey).save(folder / "16_bits.png")
    photo.convert("CMYK").save(folder / "for_print.jpg", quality=95)
    photo.convert("RGBA").save(folder / "clear.png")
    photo.save(folder / "web.webp", quality=95)
    black = Image.new("RGB", photo.size)
    photo.save(folder / "moving.gif", save_all=True, append_images=[black])
    for name in ("is_a_jpeg.png", "no_ending"):
        photo.save(folder / name, format="JPEG", quality=95)
    photo.resize((128, 128), Image.Resampling.LANCZOS).save(folder / "half_size.png")

    (folder / "text.jpg").write_text("a letter, not a photo")
    (folder / "list.txt").write_text("looked at, and no photo")
    (folder / "empty.jpg").touch()
    photo.save(folder / "truncated.jpg")
    os.truncate(folder / "truncated.jpg", 4000)
    noise = np.random.default_rng(0).integers(0, 256, (90, 90, 3), np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    Image.new("RGB", (1, 1)).save(folder / "tiny.png")
    Image.new("RGB", (3000, 1)).save(folder / "line.png")
    (folder / ".hidden.png").write_bytes((folder / "plain.png").read_bytes())


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo):
    folder = tmp_path_factory.mktemp("photos")
    make_photos(folder, photo)
    return folder


def run(images, out, *flags):
    prepare.main([f"--images={images}", f"--out={out}", "--workers=1", *flags])


@pytest.fixture(scope="module")
def records(photos, tmp_path_factory):
    """Crops of faces about 170 pixels across, one of half as many, at four resolutions."""
    out = tmp_path_factory.mktemp("prepared") / "records"
    out.mkdir()  # an empty folder may be there
    run(photos, out, *FLAGS)
    return out


def read(folder, resolution):
    """{source: [(image [R, R, 3], mask [R, R], landmarks [68, 2])]}."""
    faces = by_tensorflow.faces(folder, resolution)
    return {name: [(f.image, f.mask, f.points) for f in each] for name, each in faces.items()}


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def shown(name):
    """A file's name as the tables have it."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def contents(folder):
    """{name: bytes} of all files in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def beside(folder):
    return sorted(path.name for path in folder.parent.iterdir())


def test_every_face_becomes_one_record_at_each_resolution_it_fits(records):
    for resolution, names in ((16, FACES), (64, FACES), (256, set(FACES) - {"half_size.png"})):
        faces = read(records, resolution)
        assert sorted(faces) == sorted(names)
        assert {len(each) for each in faces.values()} == {1}
        assert record_files.open_records(str(records), resolution).count == len(names)


def test_a_list_of_names_chooses_the_photos(photos, tmp_path):
    (tmp_path / "names.txt").write_text("sub/plain.png\nclear.png\n")
    run(photos, tmp_path / "out", "--resolutions=16", f"--names={tmp_path / 'names.txt'}")
    assert sorted(read(tmp_path / "out", 16)) == ["clear.png", "sub/plain.png"]


def test_every_photo_without_record_is_listed_with_its_reason(records):
    header, *rows = table(records / "rejected.csv")
    assert header == ["file", "reason"]
    assert [name for name, _ in rows] == sorted(UNREADABLE + FOREIGN + FACELESS)
    reasons = {name: reason.split(":")[0] for name, reason in rows}
    assert reasons == {
        **dict.fromkeys(UNREADABLE, "unreadable"),
        **dict.fromkeys(FOREIGN, "not an image"),
        **dict.fromkeys(FACELESS, "no face"),
    }


def test_the_summary_file_counts_records_and_what_was_left_out(records):
    content = json.loads((records / "dataset.json").read_text())
    count = len(FACES)
    assert content["counts"] == {"16": count, "64": count, "256": count - 1, "512": 0}
    assert content["left_out"] == {"16": 0, "64": 0, "256": 1, "512": count}
    assert content["rejected"] == 7
    assert content["shards"] == 3
    assert content["options"]["resolutions"] == [16, 64, 256, 512]
    assert content["options"]["max_upscale"] == 2.0
    assert content["versions"]["numpy"] == np.__version__
    assert content["versions"]["dlib-bin"] == importlib.metadata.version("dlib-bin")


def test_the_folder_holds_shards_of_reached_resolutions_and_nothing_else(records):
    shards = [f"celeba-r{r}-0000{i}-of-00003.tfrecords" for r in (16, 64, 256) for i in range(3)]
    assert sorted(path.name for path in records.iterdir()) == sorted(
        [*shards, "dataset.json", "faces.csv", "plan.json", "preview.png", "rejected.csv"]
    )
    assert beside(records) == ["records"]


def test_the_table_of_faces_tells_each_ones_size_and_largest_record(records):
    header, *rows = table(records / "faces.csv")
    assert header == ["file", "side", "resolution", "yaw", "pitch", "roll", "score", "filled"]
    assert all(float(row[6]) > landmarks.SURE for row in rows)
    assert [row[0] for row in rows] == [shown(name) for name in FACES]
    sides = {name: int(side) for name, side, *_ in rows}
    # About four times the distance of the eyes, 43 pixels by the ruler.
    assert {name for name, side in sides.items() if abs(side - 172) > 15} == {"half_size.png"}
    assert sides["half_size.png"] == pytest.approx(86, abs=8)
    assert {row[2] for row in rows if row[0] != "half_size.png"} == {"256"}
    assert [row[2] for row in rows if row[0] == "half_size.png"] == ["64"]


def test_the_preview_shows_each_face_and_its_drawing_in_rows_of_eight(records):
    with Image.open(records / "preview.png") as sheet:
        assert sheet.size == (8 * 130 + 2, 4 * 130 + 2)  # 15 faces, 30 tiles of 128
        pixels = np.asarray(sheet)[2:130, 2:260]
    crop, drawing = pixels[:, :128].astype(int), pixels[:, 130:258].astype(int)
    image, mask, _ = next(iter(read(records, 64).values()))[0]
    np.testing.assert_array_equal(crop, image.repeat(2, axis=0).repeat(2, axis=1))
    lines = mask.repeat(2, axis=0).repeat(2, axis=1)
    assert (drawing[lines] == 255).all()
    assert (drawing[~lines] <= crop[~lines]).all()


@pytest.mark.parametrize("name", COLOURED, ids=ascii)
def test_one_face_gives_one_record_whatever_the_file_format(records, name):
    plain, other = (read(records, 64)[source][0] for source in ("plain.png", name))
    assert np.abs(plain[0].astype(float) - other[0]).mean() < 10
    assert np.abs(plain[2] - other[2]).mean() < 1.5


@pytest.mark.parametrize("name", GREY)
def test_a_grey_photo_gives_a_grey_record(records, name):
    image, _, points = read(records, 64)[name][0]
    assert (image == image[..., :1]).all()
    assert np.abs(points - read(records, 64)["plain.png"][0][2]).mean() < 1.5


def test_faces_stand_upright_in_the_middle_of_their_records(records):
    for faces in read(records, 64).values():
        points = faces[0][2]
        right, left = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
        mouth = points[48:60].mean(axis=0)
        assert np.abs(left[1] - right[1]) < 2
        assert (left[0] + right[0]) / 2 == pytest.approx(31.5, abs=2)
        assert right[0] < mouth[0] < left[0]
        assert 24 < (left[1] + right[1]) / 2 < mouth[1] < 52


def test_masks_draw_the_very_landmarks_of_their_records(records):
    for resolution in (16, 64, 256):
        for ((_, mask, points),) in read(records, resolution).values():
            x, y = np.rint(points).astype(int).T
            inside = (x >= 0) & (x < resolution) & (y >= 0) & (y < resolution)
            assert inside.sum() > 50
            assert mask[y[inside], x[inside]].all()
            assert mask.mean() < 0.5


def test_smaller_records_are_averages_of_larger_ones(records):
    large, small = read(records, 256), read(records, 16)
    for name, ((image, _, points),) in large.items():
        ((shrunk, _, moved),) = small[name]
        means = image.reshape(16, 16, 16, 16, 3).mean(axis=(1, 3))
        np.testing.assert_allclose(shrunk, means, atol=2)  # rounded at each of four halvings
        np.testing.assert_allclose(moved, (points + 0.5) / 16 - 0.5, atol=1e-3)


def test_the_same_command_writes_the_same_bytes(photos, records, tmp_path):
    run(photos, tmp_path / "again", *FLAGS)
    assert contents(tmp_path / "again") == contents(records)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 8])
def test_the_bytes_do_not_depend_on_the_number_of_workers(photos, tmp_path, workers):
    for count in (1, workers):
        run(
            photos, tmp_path / str(count), "--resolutions=16,64", "--shards=9", f"--workers={count}"
        )
    assert contents(tmp_path / "1") == contents(tmp_path / str(workers))
    assert len(contents(tmp_path / "1")) == 2 * 9 + 5


def test_a_whole_data_set_says_that_it_is_there_and_is_left_alone(photos, records, capsys):
    run(photos, records, *FLAGS)  # it may have been made by a test that is not captured
    before = {path: path.stat() for path in [records, *records.iterdir()]}
    first = capsys.readouterr().out
    run(photos, records, *FLAGS, "--workers=3")
    assert capsys.readouterr().out == first
    assert f"records per resolution: 16: {len(FACES)}, " in first
    assert {path: path.stat() for path in [records, *records.iterdir()]} == before


def test_a_whole_data_set_is_not_made_again_with_other_settings(photos, records):
    before = contents(records)
    with pytest.raises(UserError, match="made with --max_upscale=2.0, now it is 3.0; use what"):
        run(photos, records, *FLAGS, "--max_upscale=3")
    assert contents(records) == before


@pytest.fixture
def one_photo(tmp_path, photo):
    (tmp_path / "photos").mkdir()
    photo.save(tmp_path / "photos" / "a.png")
    return tmp_path / "photos"


@pytest.mark.parametrize("degrees", [15, -15])
def test_a_tilted_face_is_turned_upright(one_photo, tmp_path, photo, degrees):
    tilted = photo.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="grey")
    tilted.save(one_photo / "tilted.png")
    run(one_photo, tmp_path / "out", "--resolutions=64", "--shards=1")
    found = read(tmp_path / "out", 64)
    ((upright, _, _),), ((turned, _, points),) = found["a.png"], found["tilted.png"]
    right, left = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    assert np.abs(left[1] - right[1]) < 0.1 * (left[0] - right[0])
    inner = slice(16, 48)  # without the corners that the tilt filled with grey
    difference = upright[inner, inner].astype(float) - turned[inner, inner]
    assert np.abs(difference).mean() < 12


def test_resolutions_named_twice_count_once_and_there_are_no_more_shards_than_photos(
    one_photo, tmp_path
):
    run(one_photo, tmp_path / "out", "--resolutions=16,1024,16,8,1024")
    assert sorted(path.name for path in (tmp_path / "out").glob("*.tfrecords")) == [
        f"celeba-r{side}-00000-of-00001.tfrecords" for side in (16, 8)
    ]
    content = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert content["counts"] == {"8": 1, "16": 1, "1024": 0}


def test_a_photo_that_is_aligned_already_is_kept_as_it_is(one_photo, tmp_path, photo):
    run(one_photo, tmp_path / "out", "--resolutions=64", "--noalign")
    ((image, _, points),) = read(tmp_path / "out", 64)["a.png"]
    means = np.asarray(photo, float).reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(image, means, atol=1)
    (face,) = landmarks.INSTALLED.faces(photo, landmarks.Search(largest_only=True))
    np.testing.assert_allclose(points, (face.landmarks + 0.5) / 4 - 0.5, atol=1e-3)


def test_celeba_hqs_photos_are_kept_as_they_are_and_their_faces_are_aligned(one_photo, tmp_path):
    flags = [f"--out={tmp_path / 'out'}", "--resolutions=64", "--workers=1"]
    prepare.main([f"--celeba_hq={one_photo}", *flags])
    run(one_photo, tmp_path / "kept", "--resolutions=64", "--noalign")
    found, kept = (read(tmp_path / name, 64)["a.png"][0][0] for name in ("out", "kept"))
    np.testing.assert_array_equal(found, kept)
    said = [json.loads((tmp_path / name / "dataset.json").read_text()) for name in ("out", "kept")]
    assert [each["framing"] for each in said] == ["aligned", "central square"]


@pytest.mark.parametrize("whole, told", [(0, True), (1, False)])
def test_crops_that_mostly_show_no_photo_are_told_of(tmp_path, photo, capsys, whole, told):
    (tmp_path / "photos").mkdir()
    for number in range(whole):
        photo.save(tmp_path / "photos" / f"whole {number}.png")
    photo.crop((50, 60, 175, 170)).save(tmp_path / "photos" / "tight.png")  # its square is of 172
    run(tmp_path / "photos", tmp_path / "out", "--resolutions=16")
    line = "1 of 1 crops reach beyond their photos by more than a third, filled with a blur"
    assert (line in capsys.readouterr().out) == told
    content = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert content["largely_filled"] == 1


def test_crops_that_show_too_little_of_their_photos_are_rejected_where_that_is_asked(
    tmp_path, photo
):
    (tmp_path / "photos").mkdir()
    photo.save(tmp_path / "photos" / "whole.png")
    photo.crop((50, 60, 175, 170)).save(tmp_path / "photos" / "tight.png")
    share = 1 - 125 * 110 / 172**2  # of a square of 172
    for most, kept in ((share + 0.02, 2), (share - 0.02, 1)):
        out = tmp_path / f"{most:.2f}"
        run(tmp_path / "photos", out, "--resolutions=16", f"--max_filled={most:.3f}")
        assert json.loads((out / "dataset.json").read_text())["counts"] == {"16": kept}
    reasons = (out / "rejected.csv").read_text()
    assert re.search(r"tight.png,5[3-6]% of its square lies outside the photo", reasons)


def test_the_files_bear_the_name_that_is_given(one_photo, tmp_path):
    run(one_photo, tmp_path / "out", "--resolutions=8", "--shards=1", "--name=our_faces-2")
    (path,) = (tmp_path / "out").glob("*.tfrecords")
    assert path.name == "our_faces-2-r8-00000-of-00001.tfrecords"
    content = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert content["options"]["name"] == "our_faces-2"
    for main, words in (
        (prepare.main, [f"--out={tmp_path / 'out'}", "--verify"]),
        (browse.main, [str(tmp_path / "out")]),
        (prepare.main, [f"--from_tfrecords={tmp_path / 'out'}", f"--out={tmp_path / 'again'}"]),
    ):
        main(words)
    assert record_files.open_records(str(tmp_path / "again"), 8).count == 1


def test_a_data_set_from_before_a_flag_was_there_is_whole(one_photo, tmp_path, capsys):
    words = [one_photo, tmp_path / "out", "--resolutions=8"]
    run(*words)
    content = json.loads((tmp_path / "out" / "dataset.json").read_text())
    del content["options"]["name"]
    (tmp_path / "out" / "dataset.json").write_text(json.dumps(content))
    run(*words)
    assert "already whole" in capsys.readouterr().out
    with pytest.raises(UserError, match="made with --name=celeba, now it is other"):
        run(*words, "--name=other")


def test_a_face_outside_the_square_that_is_kept_is_rejected(one_photo, tmp_path, photo):
    wide = Image.new("RGB", (900, 256), "grey")
    wide.paste(photo, (0, 0))
    wide.save(one_photo / "wide.png")
    run(one_photo, tmp_path / "out", "--resolutions=16,64", "--noalign")
    assert list(read(tmp_path / "out", 64)) == ["a.png"]
    _, row = table(tmp_path / "out" / "rejected.csv")
    assert row == ["wide.png", "face outside the photo's central square"]


@pytest.mark.parametrize("faces, count", [("largest", 1), ("all", 2)])
def test_a_photo_of_two_people_gives_the_largest_face_or_all(tmp_path, photo, faces, count):
    (tmp_path / "photos").mkdir()
    both = Image.new("RGB", (640, 384), "grey")
    both.paste(photo, (0, 0))
    both.paste(photo.convert("L").resize((384, 384), Image.Resampling.LANCZOS), (256, 0))
    both.save(tmp_path / "photos" / "both.png")
    run(tmp_path / "photos", tmp_path / "out", "--resolutions=32", f"--faces={faces}")
    found = read(tmp_path / "out", 32)["both.png"]
    assert len(found) == count
    is_grey = [bool((image == image[..., :1])[8:24, 8:24].all()) for image, _, _ in found]
    assert is_grey == [True, False][:count]  # the grey one is the larger


def test_a_face_too_small_for_every_resolution_is_rejected_as_that(one_photo, tmp_path, photo):
    photo.resize((512, 512), Image.Resampling.LANCZOS).save(one_photo / "b.png")
    run(one_photo, tmp_path / "out", "--resolutions=256", "--max_upscale=0.8")
    assert list(read(tmp_path / "out", 256)) == ["b.png"]
    _, (name, reason) = table(tmp_path / "out" / "rejected.csv")
    assert name == "a.png"
    assert reason.startswith("too small: ")
    # About four times the distance of the eyes, 43 pixels by the ruler.
    assert int(reason.split()[2]) == pytest.approx(172, abs=15)


@pytest.mark.parametrize(
    "flags, told",
    [
        (["--out={0}/new"], "where are the photos? wanted one of --images, "),
        (["--images={0}/photos", "--tfds=lfw", "--out={0}/new"], "found --images and --tfds"),
        (["--images={0}/photos", "--out={0}/new", "--", "on"], "stray word 'on' after the lone --"),
        (["--images={0}/photos"], "--out is missing"),
        (["--images={0}/nowhere", "--out={0}/new"], "--images {0}/nowhere: no such folder"),
        (["--images={0}/photos/a.png", "--out={0}/new"], "a.png: not a folder"),
        (["--images={0}/bare", "--out={0}/new"], "--images {0}/bare: no file in it"),
        (["--images={0}/photos", "--out={0}/full"], "--out {0}/full: already there and not empty"),
        (["--images={0}/photos", "--out={0}/full/file"], "full/file: {0}/full/file is a file"),
        (
            ["--images={0}/photos", "--out={0}/new", "--resolutions=8,48"],
            "--resolutions 8,48: wanted some of 8,16,32,64,128,256,512,1024",
        ),
        (
            ["--images={0}/photos", "--out={0}/new", "--landmark_model={0}/x"],
            "--landmark_model {0}/x: no such file",
        ),
        (
            ["--images={0}/photos", "--out={0}/new", "--landmark_model={0}/full/file"],
            "full/file: not a landmark model",
        ),
        (
            ["--images={0}/faceless", "--out={0}/new"],
            "no usable face in 2 files (2 no face); wanted faces that look at the camera",
        ),
        (
            ["--images={0}/full", "--out={0}/new"],
            "no photo among 1 files (1 not an image); wanted a folder that holds some",
        ),
        (
            ["--images={0}/aside", "--out={0}/new", "--noalign"],
            "(1 face outside the photo's central square); without --noalign each",
        ),
        (
            ["--images={0}/photos", "--out={0}/new", "--resolutions=1024"],
            "no usable face in 1 files (1 too small); smaller --resolutions or a larger",
        ),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_is_written(one_photo, tmp_path, flags, told):
    for name in ("bare", "full", "faceless", "aside"):
        (tmp_path / name).mkdir()
    (tmp_path / "bare" / ".list").touch()
    (tmp_path / "full" / "file").write_text("mine")
    for name in ("a.png", "b.png"):
        Image.new("RGB", (9, 9)).save(tmp_path / "faceless" / name)
    wide = Image.new("RGB", (900, 256), "grey")
    wide.paste(Image.open(one_photo / "a.png"))
    wide.save(tmp_path / "aside" / "a.png")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError) as caught:
        prepare.main(["--workers=1", *(word.format(tmp_path) for word in flags)])
    assert told.format(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "full" / "file").read_text() == "mine"


def test_a_mistake_on_the_command_line_is_one_line_and_exit_code_2(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "input_pipeline.prepare", "--images=nowhere", f"--out={tmp_path}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: --images nowhere: no such folder\n"
