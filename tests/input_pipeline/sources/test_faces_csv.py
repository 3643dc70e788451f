import csv
import json
import pickle
import sys

import dlib
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline import prepare
from input_pipeline.faces.in_photo import Faces
from input_pipeline.photos import Rejected
from input_pipeline.sources.faces_csv import FacesCsv
from input_pipeline.sources.folder import Folder
from interface.command_line import UserError

BOX = ["left", "top", "right", "bottom"]
POINTS = [f"{axis}{number}" for number in range(68) for axis in "xy"]


@pytest.fixture(scope="module")
def marked(photo, landmarks_by_dlib):
    """What dlib itself says of the photo: its face's box and landmarks."""
    (face,) = dlib.get_frontal_face_detector()(np.asarray(photo), 0)
    box = [face.left(), face.top(), face.right(), face.bottom()]
    return box, np.array(landmarks_by_dlib(photo, *box))


@pytest.fixture
def folder(tmp_path, photo):
    photo.save(tmp_path / "face.png")
    return tmp_path


def table(folder, header, *rows):
    path = folder / "faces.csv"
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return FacesCsv(str(path))


def records(source, name="face.png", **how):
    """{resolution: features} of the only face of a photo, by TensorFlow's parser."""
    outcome = Faces(source, (16, 64), **how).process(name)
    parsed = [tf.train.Example.FromString(record) for _, record in outcome.records]
    assert len(parsed) == 2
    return {
        feature["shape"].int64_list.value[1]: feature
        for feature in (example.features.feature for example in parsed)
    }


def image(feature):
    return feature["data"].bytes_list.value[0]


def points(feature):
    return np.array(feature["landmarks"].float_list.value)


def test_marked_landmarks_give_the_records_that_found_ones_give(folder, marked):
    source = table(folder, ["file", *POINTS], ["face.png", *marked[1].ravel()])
    ours, found = Faces(source, (16, 64)), Faces(Folder(str(folder)), (16, 64), min_face=80)
    marked_one, found_one = (each.process("face.png") for each in (ours, found))
    assert marked_one.records == found_one.records
    (here,), (there,) = marked_one.rows, found_one.rows
    assert here == {**there, "score": ""}  # nobody looked for it


def test_in_a_marked_box_dlib_places_the_landmarks(folder, marked):
    boxed = records(table(folder, ["file", *BOX], ["face.png", *marked[0]]))
    known = records(table(folder, ["file", *POINTS], ["face.png", *marked[1].ravel()]))
    assert boxed == known


def test_where_both_are_given_the_landmarks_count(folder, marked):
    header = ["bottom", "file", *POINTS, "left", "top", "right"]  # in any order
    both = table(folder, header, [9, "face.png", *marked[1].ravel(), 1, 2, 8])
    assert np.array_equal(both.photo("face.png").faces[0].landmarks, marked[1])
    known = table(folder, ["file", *POINTS], ["face.png", *marked[1].ravel()])
    assert records(both) == records(known)


def test_an_empty_half_of_a_row_falls_back_to_the_other(folder, marked, photo):
    photo.save(folder / "second.png")
    box, found = marked
    header = ["file", *BOX, *POINTS]
    rows = [["face.png", *box, *[""] * 136], ["second.png", *[""] * 4, *found.ravel()]]
    source = table(folder, header, *rows)
    boxed, known = source.photo("face.png").faces[0], source.photo("second.png").faces[0]
    assert (boxed.box, boxed.landmarks) == (tuple(box), None)
    assert known.box is None
    assert np.array_equal(known.landmarks, found)
    assert not source.has_landmarks()


def test_several_rows_of_a_file_are_several_faces(folder, marked):
    left, top, right, bottom = marked[0]
    smaller = [left + 30, top + 30, right - 30, bottom - 30]
    rows = [["face.png", *smaller], ["face.png", *marked[0]]]
    source = table(folder, ["file", *BOX], *rows)
    assert source.names() == ["face.png"]
    assert [face.box for face in source.photo("face.png").faces] == [
        tuple(smaller),
        tuple(marked[0]),
    ]
    assert len(Faces(source, (16,), faces="all").process("face.png").records) == 2
    prepare.main([f"--faces_csv={source.path}", f"--out={folder / 'out'}", "--resolutions=16"])
    assert json.loads((folder / "out" / "dataset.json").read_text())["counts"] == {"16": 2}
    largest = table(folder, ["file", *BOX], rows[1])
    assert records(source) == records(largest)


def test_pixels_are_those_of_the_photo_as_it_is_shown(folder, marked, photo):
    exif = Image.Exif()
    exif[0x0112] = 6  # show it turned to the right
    photo.transpose(Image.Transpose.ROTATE_90).save(folder / "lying.png", exif=exif)
    rows = [[name, *marked[1].ravel()] for name in ("face.png", "lying.png")]
    source = table(folder, ["file", *POINTS], *rows)
    upright, lying = records(source), records(source, "lying.png")
    assert image(lying[64]) == image(upright[64])


def test_marks_fit_a_photo_that_is_decoded_at_a_quarter_of_its_size(folder, marked, photo):
    photo.resize((4096, 4096)).save(folder / "large.jpg", quality=90)
    scaled = (marked[1] + 0.5) * 16 - 0.5
    source = table(folder, ["file", *POINTS], ["large.jpg", *scaled.ravel()])
    assert source.photo("large.jpg", 960).shrink == 4
    shrunk, full = records(source, "large.jpg"), records(source, "large.jpg", min_face=80)
    np.testing.assert_allclose(points(shrunk[64]), points(full[64]), atol=1e-4)
    pixels = [np.frombuffer(image(one[64]), np.uint8).astype(int) for one in (shrunk, full)]
    assert np.abs(pixels[0] - pixels[1]).mean() < 2


def test_where_all_landmarks_are_given_no_model_is_asked_for(folder, marked, monkeypatch):
    table(folder, ["file", *POINTS], ["face.png", *marked[1].ravel()])
    monkeypatch.setitem(sys.modules, "dlib", None)  # `import dlib` fails
    out = folder / "out"
    words = [f"--faces_csv={folder / 'faces.csv'}", f"--out={out}", "--resolutions=16"]
    prepare.main([*words, "--landmark_model=/nowhere", "--workers=1"])
    assert (out / "celeba-r16-00000-of-00001.tfrecords").stat().st_size > 0


def test_a_box_without_landmark_model_is_refused_before_anything_is_written(folder, marked):
    table(folder, ["file", *BOX], ["face.png", *marked[0]])
    out = folder / "out"
    words = [f"--faces_csv={folder / 'faces.csv'}", f"--out={out}", "--workers=1"]
    with pytest.raises(UserError, match="/nowhere: no such file"):
        prepare.main([*words, "--landmark_model=/nowhere"])
    assert not out.exists()


@pytest.mark.parametrize("outside", [[-90, 0, -10, 50], [0, -90, 50, -10], [256, 0, 300, 50]])
def test_a_face_outside_its_photo_is_rejected(folder, outside):
    source = table(folder, ["file", *BOX], ["face.png", *outside])
    reason = f"photo is 256x256, the face reaches from {outside[0]},{outside[1]} to"
    with pytest.raises(Rejected, match=reason):
        source.photo("face.png")


def test_a_face_that_reaches_over_the_border_is_not(folder):
    source = table(folder, ["file", *BOX], ["face.png", -50, -50, 100, 100])
    assert source.photo("face.png").faces[0].box == (-50, -50, 100, 100)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_spreadsheet_programs_table_is_read(folder, encoding):
    text = "file , left,top,right,bottom\r\n\r\nface.png, 1.5 ,2,3e1,40\r\n,,,,\r\n"
    (folder / "faces.csv").write_bytes(text.encode(encoding))
    source = FacesCsv(str(folder / "faces.csv"))
    assert source.names() == ["face.png"]
    assert source.photo("face.png").faces[0].box == (1.5, 2, 30, 40)


def test_files_may_lie_elsewhere_and_be_named_in_any_encoding(folder, photo, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "face.png"
    photo.save(elsewhere)
    photo.save(folder / "na\udcefve.png")  # the byte 0xEF, in Latin-1 an ï
    names = [b"na\xefve.png", bytes(elsewhere), f"file://{elsewhere}".encode()]
    rows = b"".join(b'"%s",1,2,30,40\n' % name for name in names)
    (folder / "faces.csv").write_bytes(b"file,left,top,right,bottom\n" + rows)
    source = FacesCsv(str(folder / "faces.csv"))
    assert source.names() == sorted([str(elsewhere), f"file://{elsewhere}", "na\udcefve.png"])
    for name in source.names():
        assert source.photo(name).image.tobytes() == photo.tobytes()


def test_a_table_behind_a_url_names_files_relative_to_it(folder, photo):
    table(folder, ["file", *BOX], ["face.png", 1, 2, 30, 40], ["absent.png", 1, 2, 30, 40])
    source = FacesCsv(f"file://{folder}/faces.csv")
    assert source.photo("face.png").image.tobytes() == photo.tobytes()
    with pytest.raises(Rejected, match="unreadable: No such file"):
        source.photo("absent.png")


def test_a_source_that_has_been_read_is_sent_to_workers_without_its_table(folder):
    source = table(folder, ["file", *BOX], ["face.png", 1, 2, 30, 40])
    source.names()
    sent = pickle.dumps(source)
    assert b"face.png" not in sent
    assert pickle.loads(sent) == source


POINT = ["1"] * 136
WRONG = {
    "an unknown column": ("file,left,top,right,down\n", 1, "unknown column 'down'"),
    "semicolons": ("file;left;top;right;bottom\n", 1, "unknown column 'file;left.* commas between"),
    "a missing column": ("file,left,top,right\n", 1, "no column 'bottom'"),
    "a missing landmark": (",".join(["file", *POINTS[:-1]]), 1, "no column 'y67'"),
    "no column of files": (",".join(BOX), 1, "no column 'file'"),
    "files alone": ("file\nface.png\n", 1, "no column 'left'"),
    "a column twice": ("file,left,left,top,right,bottom\n", 1, "two columns 'left'"),
    "an empty table": ("", 1, "no column 'file'"),
    "no row": ("file,left,top,right,bottom\n\n", None, "no face in it"),
    "no number": ("{box}\nface.png,1,2,x,4\n", 2, "right = 'x'; wanted a number"),
    "no finite number": ("{box}\n\nface.png,1,2,inf,4\n", 3, "right = 'inf'; wanted a number"),
    "part of a box": ("{box}\nface.png,1,2,,4\n", 2, "right = ''; wanted a number"),
    "an upside-down box": ("{box}\nface.png,1,9,3,4\n", 2, "= 1,9,3,4; wanted .* top < bottom"),
    "an empty box": ("{box}\nface.png,1,2,1,4\n", 2, "= 1,2,1,4; wanted left < right"),
    "no marks": ("{box}\nface.png,,,,\n", 2, "neither box nor landmarks"),
    "no file name": ("{box}\n,1,2,3,4\n", 2, "no file; wanted"),
    "no such file": ("{box}\nface.png,1,2,3,4\nface.jpg,1,2,3,4\n", 3, "face.jpg: no such file"),
    "a folder": ("{box}\n.,1,2,3,4\n", 2, ".: no such file"),
    "too few values": ("{box}\nface.png,1,2,3\n", 2, "4 values under 5 columns"),
    "too many values": ("{box}\nface.png,1,2,3,4,5\n", 2, "6 values under 5 columns"),
    "landmarks in one place": ("{points}\nface.png," + ",".join(POINT), 2, "lie in one place"),
}


@pytest.mark.parametrize("text, line, message", WRONG.values(), ids=WRONG)
def test_a_mistake_in_the_table_is_told_with_its_line(folder, text, line, message):
    names = {"box": ",".join(["file", *BOX]), "points": ",".join(["file", *POINTS])}
    path = folder / "faces.csv"
    path.write_text(text.format(**names))
    where = f"--faces_csv {path}" + (f", line {line}" if line else "")
    with pytest.raises(UserError, match=f"^{where}: .*{message}") as error:
        prepare.main([f"--faces_csv={path}", f"--out={folder / 'out'}"])
    assert "\n" not in str(error.value)
    assert not (folder / "out").exists()


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_table_that_is_not_there_is_told(folder, name):
    with pytest.raises(UserError, match="no such file; wanted file and left,top,right,bottom"):
        FacesCsv(str(folder / name)).names()
