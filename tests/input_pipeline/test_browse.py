import base64
import collections
import csv
import errno
import html.parser
import io
import json
import os
import re
import shutil

import numpy as np
import pytest
from PIL import Image, ImageOps

import input_pipeline
from input_pipeline import browse, prepare, prepare_labels
from input_pipeline.inspection import verify
from interface.command_line import UserError
from tests.input_pipeline.faces import by_tensorflow

ROOT = os.path.dirname(os.path.dirname(input_pipeline.__file__))
VOID = ("meta", "img", "link", "br", "hr", "input")
ODD = "<b>a&b'\".png"
LATIN = os.fsdecode(b"caf\xe9.png")


class Page(html.parser.HTMLParser):
    """What a reader of a page sees; it must be well-formed."""

    def __init__(self, content):
        super().__init__()
        self.open, self.tags = [], collections.Counter()
        self.images, self.captions, self.bars, self.links = [], [], [], []
        self.tables, self.styles, self.words = [], [], []
        self.feed(content.decode("utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags[tag] += 1
        found = dict(attributes)
        self.links += [found[name] for name in ("src", "href", "xlink:href") if name in found]
        self.styles.append(found.get("style", ""))
        if tag == "img":
            kind, data = re.fullmatch(r"data:image/(\w+);base64,(.*)", found["src"]).groups()
            image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
            image.load()
            assert image.format.lower() == kind
            assert image.size == (int(found["width"]), int(found["height"]))
            self.images.append((found["alt"], np.asarray(image)))
        elif tag == "figcaption" and "title" in found:
            self.captions.append([found["title"], ""])
        elif tag == "rect":
            self.bars.append([float(found["height"]), ""])
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag == "line"

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        if inside in ("td", "th"):
            self.tables[-1][-1][-1] += data
        elif inside == "figcaption":
            self.captions[-1][1] += data
        elif inside == "title" and self.open[-2] == "rect":
            self.bars[-1][1] += data
        if inside != "style":
            self.words.append(data)

    def table(self, *header):
        (found,) = [rows[1:] for rows in self.tables if rows[0] == list(header)]
        return found

    def text(self):
        return " ".join(" ".join(self.words).split())


def written(folder, *flags):
    browse.main([str(folder), *flags])
    with open(os.path.join(os.fsencode(folder), b"browse.html"), "rb") as file:
        return Page(file.read())


@pytest.fixture(scope="module")
def records(tmp_path_factory, photo):
    """Five faces, two of half the size, and two files that are none; odd names among them."""
    folder = tmp_path_factory.mktemp("faces")
    (folder / "photos" / "sub").mkdir(parents=True)
    small = photo.resize((128, 128), Image.Resampling.LANCZOS)
    for name, image in {
        "a.png": photo,
        "sub/b.png": ImageOps.mirror(photo),
        "c.png": small,
        ODD: photo.convert("L"),
        LATIN: ImageOps.mirror(small),
    }.items():
        with open(os.path.join(os.fsencode(folder / "photos"), os.fsencode(name)), "wb") as file:
            image.save(file, format="PNG")
    (folder / "photos" / "<i>&.txt").write_text("a letter")
    Image.new("RGB", (90, 90)).save(folder / "photos" / "black.png")
    flags = ["--resolutions=8,64,128,1024", "--shards=2", "--workers=1"]
    prepare.main([f"--images={folder}/photos", f"--out={folder}/records", *flags])
    return folder / "records"


@pytest.fixture(scope="module")
def page(records):
    return written(records)


@pytest.fixture
def data(records, tmp_path):
    """A copy that a test may change."""
    return shutil.copytree(records, tmp_path / "records")


def test_a_page_needs_nothing_beside_itself(page):
    assert page.links and all(link.startswith("data:") for link in page.links)
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert not any("url(" in style for style in page.styles)


def test_a_page_is_for_light_and_for_dark_rooms_and_for_narrow_screens(records, page):
    content = (records / "browse.html").read_text()
    assert "prefers-color-scheme: dark" in content
    assert '<meta name="viewport" content="width=device-width' in content
    assert "http" not in content


def test_records_files_and_bytes_are_counted_for_each_resolution(records, page):
    wanted = []
    for side in (8, 64, 128, 1024):
        paths = list(records.glob(f"celeba-r{side}-*"))
        size = sum(path.stat().st_size for path in paths)
        count = len(by_tensorflow.faces(records, side))
        row = (count, len(paths), size, 5 - count)
        wanted.append([f"{side} × {side}", *(f"{number:,}" for number in row)])
    assert [row[1] for row in wanted] == ["5", "5", "5", "0"]
    assert page.table("", "records", "files", "bytes", "left out") == wanted
    total = sum(path.stat().st_size for path in records.glob("*.tfrecords"))
    assert f"15 records in 6 files, {total / 1e6:.1f} MB." in page.text()


def test_samples_are_the_records_pixels_and_their_lines(data):
    for path in data.glob("celeba-r128-*"):
        path.unlink()  # pictures of 64 pixels are exact
    content = json.loads((data / "dataset.json").read_text())
    kept = {name: file for name, file in content["files"].items() if "-r128-" not in name}
    (data / "dataset.json").write_text(json.dumps({**content, "files": kept}))
    page, faces = written(data), by_tensorflow.faces(data, 64)
    names = [title.split(": record")[0] for title, _ in page.captions]
    images = dict(zip(names, zip(page.images[::2], page.images[1::2])))
    assert set(images) == {name.replace("\udce9", r"\xe9") for name in faces}
    for name, (face,) in faces.items():
        (what, crop), (beside, drawing) = images[name.replace("\udce9", r"\xe9")]
        assert (what, beside) == ("crop", "drawing")
        np.testing.assert_array_equal(crop, face.image)
        assert (drawing[face.mask] == 255).all()
        assert (drawing[~face.mask] <= face.image[~face.mask] / 2).all()


def test_samples_stand_at_the_largest_resolution_up_to_128(page):
    assert {image.shape for _, image in page.images} == {(128, 128, 3)}
    assert len(page.images) == 10


def test_samples_come_from_all_shards(records, data):
    page = written(data, "--samples=2")
    places = sorted(re.search(r"record 0 of (\S+)$", title)[1] for title, _ in page.captions)
    assert places == [f"celeba-r128-0000{i}-of-00002.tfrecords" for i in range(2)]
    assert len(page.images) == 4


def test_histograms_are_numpys_of_the_table(records, page):
    with open(records / "faces.csv", newline="", errors="surrogateescape") as file:
        rows = list(csv.DictReader(file))
    bars = iter(page.bars)
    for column, unit in (("side", "pixels"), *((a, "degrees") for a in ("yaw", "pitch", "roll"))):
        values = np.array([float(row[column]) for row in rows])
        edges, counts, heights = [], [], []
        while sum(counts) < len(values):
            height, words = next(bars)
            low, high, count = re.fullmatch(rf"(\S+) to (\S+) {unit}: (\d+) faces", words).groups()
            assert not edges or edges[-1] == float(low)
            edges = edges or [float(low)]
            edges.append(float(high))
            counts.append(int(count))
            heights.append(height)
        np.testing.assert_array_equal(np.histogram(values, edges)[0], counts)
        tall = np.divide(heights, max(heights))
        np.testing.assert_allclose(tall, np.divide(counts, max(counts)), atol=1e-4)
    assert next(bars, None) is None
    assert page.tags["svg"] == 4
    assert "Of 5 faces" in page.text()


def test_rejected_files_are_counted_by_reason_and_listed(page):
    assert page.table("reason", "files") == [["not an image", "1"], ["no face", "1"]]
    assert page.table("file", "reason") == [["<i>&.txt", "not an image"], ["black.png", "no face"]]


@pytest.mark.parametrize("count, more", [(0, None), (500, None), (1701, "1,201")])
def test_no_more_than_500_rejected_files_are_listed(data, count, more):
    with open(data / "rejected.csv", "w", newline="") as file:
        rows = [[f"{i}.jpg", f"too small: {i} pixels"] for i in range(count)]
        csv.writer(file).writerows([["file", "reason"], *rows])
    page = written(data)
    if not count:
        assert "Nothing was rejected." in page.text()
        return
    assert page.table("reason", "files") == [["too small", f"{count:,}"]]
    assert page.table("file", "reason") == rows[:500]
    assert re.findall(r"and ([\d,]+) more in rejected.csv", page.text()) == [more] * bool(more)


def test_flags_and_versions_that_made_the_data_set_are_told(records, page):
    content = json.loads((records / "dataset.json").read_text())
    flags = dict(page.table("flag", "value"))
    assert flags["--images"] == str(records.parent / "photos")
    assert flags["--resolutions"] == "8,64,128,1024"
    assert flags["--shards"] == "2"
    assert "--celeba_hq" not in flags  # it was not given
    assert dict(page.table("package", "version")) == content["versions"]


def test_names_come_out_as_they_are(page):
    titles = dict((title.split(": record")[0], name) for title, name in page.captions)
    shown = ("a.png", "c.png", ODD, r"caf\xe9.png")
    assert titles == {**{name: name for name in shown}, "sub/b.png": "b.png"}
    assert page.tags["b"] == 4  # the charts' titles: no name became a tag
    assert page.tags["i"] == 0


def test_a_folder_whose_name_is_not_utf8_has_a_page(records, tmp_path, capsys):
    folder = os.path.join(os.fsencode(tmp_path), b"\xff<u>")
    shutil.copytree(os.fsencode(records), folder)
    page = written(os.fsdecode(folder))
    assert r"\xff<u>" in page.text()
    capsys.readouterr().out.encode("utf-8")


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    """Four records of 12×20 and one of 30×8, with instances; id 3 is nowhere."""
    folder = tmp_path_factory.mktemp("maps")
    for kind in ("photos", "ids", "instances"):
        (folder / kind).mkdir()
    for number in range(5):
        shape = (30, 8) if number == 4 else (12, 20)
        ids = np.random.default_rng(number).choice([0, 1, 2, 4], shape).astype(np.uint8)
        Image.fromarray(ids).save(folder / "ids" / f"{number}.png")
        Image.fromarray(ids.astype(np.uint16) * 1000).save(folder / "instances" / f"{number}.png")
        Image.fromarray(ids * 50).convert("RGB").save(folder / "photos" / f"{number}.png")
    names = [f"--{kind}={folder}/{kind}" for kind in ("images", "labels", "instances")]
    names[:2] = [f"--images={folder}/photos", f"--labels={folder}/ids"]
    flags = ["--label_count=5", "--shards=2", "--workers=1"]
    prepare_labels.main([*names, f"--out={folder}/maps", *flags])
    return folder / "maps"


def test_label_maps_are_shown_with_the_labels_shares(maps):
    page = written(maps)
    ids = [np.asarray(Image.open(path)) for path in sorted((maps.parent / "ids").iterdir())]
    counts = np.bincount(np.concatenate([map.ravel() for map in ids]))
    for label in (0, 1, 2, 4):
        share = 100 * counts[label] / counts.sum()
        assert f" {label} {share:.2f} % " in page.text()
    colours = [re.findall(r"background: (#\w+)", style) for style in page.styles]
    assert sum(colours, []) == ["#000000", "#800000", "#008000", "#000080"]
    assert page.table("height x width", "records") == [["12x20", "4"], ["30x8", "1"]]
    size = sum(path.stat().st_size for path in maps.glob("*.tfrecords"))
    assert page.table("", "records", "files", "bytes", "") == [["train", "5", "2", f"{size:,}", ""]]
    assert len(page.images) == 15
    for (_, name), (_, painted) in zip(page.captions, page.images[1::3]):
        voc = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]])
        np.testing.assert_array_equal(painted, voc[ids[int(name[0])]])


@pytest.fixture
def release(tmp_path, release_record, write_records):
    """Single files, as the 2019 release has them."""
    (tmp_path / "release").mkdir()
    for side, count in ((8, 3), (16, 2)):
        record = release_record(np.full((side, side, 3), 7, np.uint8), np.eye(side))
        write_records(tmp_path / "release" / f"celeba-r{side}.tfrecords", [record] * count)
    return tmp_path / "release"


def test_of_the_release_is_shown_what_its_files_tell(release):
    page = written(release)
    wanted = []
    for side, count in ((8, 3), (16, 2)):
        size = (release / f"celeba-r{side}.tfrecords").stat().st_size
        wanted.append([f"{side} × {side}", str(count), "1", f"{size:,}", ""])
    assert page.table("", "records", "files", "bytes", "") == wanted
    assert "No dataset.json" in page.text()
    assert [image.shape for _, image in page.images] == [(16, 16, 3)] * 4
    assert len(page.tables) == 1


def test_a_page_can_lie_elsewhere_and_behind_a_url(data, tmp_path, capsys):
    browse.main([f"file://{data}", f"--out=file://{tmp_path}/there.html"])
    browse.main([str(data), f"--out={tmp_path}/new/folder/here.html"])
    browse.main([str(data)])
    contents = {
        path.read_bytes()
        for path in (
            tmp_path / "there.html",
            tmp_path / "new" / "folder" / "here.html",
            data / "browse.html",
        )
    }
    assert len(contents) == 1
    assert f"{tmp_path}/new/folder/here.html: " in capsys.readouterr().out


def test_a_data_set_stays_sound_with_its_page(data):
    written(data)
    verify.verify(str(data))


@pytest.mark.parametrize(
    "words, told",
    [
        ([], "FOLDER is missing: the data set to show"),
        (["--samples=3"], "FOLDER is missing"),
        (["{0}/records", "{0}/records"], "stray word"),
        (["{0}/nowhere"], "{0}/nowhere: no such folder"),
        (["{0}/half"], "{0}/half: its preparation has not finished; run the same"),
        (["{0}/empty"], "{0}/empty: no record file in it"),
        (
            ["{0}/records", "--out={0}/dataset.json"],
            "dataset.json: wanted a file name that ends in .html",
        ),
        (["{0}/records", "--out={0}/x.html"], "--out {0}/x.html: a folder; wanted a file name"),
        (["{0}/records", "--out={0}/file/x.html"], "{0}/file is a file; name another folder"),
        (["{0}/records", "--samples=0"], "samples"),
        (
            ["{0}/cut"],
            "{0}/cut/celeba-r8.tfrecords: record 0: the file ends inside it: truncated, or no "
            "TFRecord file; see",
        ),
        (["{0}/odd"], "{0}/odd/celeba-r8.tfrecords: not a tf.train.Example; see what else"),
        (["{0}/csv"], "{0}/csv/faces.csv: damaged, wanted side,yaw,pitch,roll; copy it again"),
    ],
)
def test_what_cannot_work_is_one_line_and_nothing_is_written(
    tmp_path, data, release, write_records, words, told
):
    for name in ("empty", "half/unfinished", "odd", "x.html"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file").touch()
    for name in ("cut", "csv"):
        shutil.copytree(release, tmp_path / name)
    os.truncate(tmp_path / "cut" / "celeba-r8.tfrecords", 100)
    write_records(tmp_path / "odd" / "celeba-r8.tfrecords", [b"no example"])
    (tmp_path / "csv" / "faces.csv").write_text("file,side,yaw,pitch,roll\na.png,12,1.5\n")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError) as caught:
        browse.main([word.format(tmp_path) for word in words])
    assert told.format(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_leaves_the_page_as_it_was(data, monkeypatch):
    written(data)
    before = {path: path.read_bytes() for path in data.iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        browse.main([str(data), "--samples=1"])
    assert {path: path.read_bytes() for path in data.iterdir()} == before
