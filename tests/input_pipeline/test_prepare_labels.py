import collections
import csv
import json
import pathlib
import signal
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import input_pipeline
from input_pipeline import browse, prepare_labels
from input_pipeline.faces import outline
from input_pipeline.label_maps import checks, label_sets, labels
from input_pipeline.label_maps.record_files import open_records
from interface.command_line import UserError
from tests.serving.label_models import CLASSES, PALETTE

ROOT = pathlib.Path(input_pipeline.__file__).parents[1]
COUNT = 12  # pairs
RNG = np.random.default_rng(0)
IDS = RNG.integers(0, 5, (COUNT, 6, 8)).astype(np.uint8)
NUMBERS = RNG.integers(0, 65536, (COUNT, 6, 8)).astype(np.uint16)


@pytest.fixture(scope="module")
def folders(tmp_path_factory, photo):
    """Pairs 00 to 11 of 8×6 pixels, some with palettes, and three files left alone."""
    top = tmp_path_factory.mktemp("pairs")
    for folder in ("images", "labels", "instances"):
        (top / folder).mkdir()
    for number in range(COUNT):
        seen = photo.crop((16 * number, 0, 16 * number + 80, 60)).resize((8, 6))
        seen.save(top / "images" / f"{number:02d}.{'jpg' if number % 2 else 'png'}")
        image = Image.fromarray(IDS[number])
        if number % 3 == 0:
            image.putpalette(RNG.integers(0, 256, 768, np.uint8).tobytes())
        image.save(top / "labels" / f"{number:02d}.png")
        Image.fromarray(NUMBERS[number]).save(top / "instances" / f"{number:02d}.png")
    photo.save(top / "images" / "alone.png")
    for name in ("a.png", "b.png"):
        Image.fromarray(IDS[0]).save(top / "labels" / name)
    return top


def flags(folders, out, *more):
    given = [f"--{name}={folders / name}" for name in ("images", "labels", "instances")]
    return [*given, "--label_count=5", f"--out={out}", "--workers=1", "--shards=3", *more]


@pytest.fixture(scope="module")
def records(folders, tmp_path_factory):
    out = tmp_path_factory.mktemp("prepared") / "records"
    prepare_labels.main(flags(folders, out))
    return out


def read(folder, split="train", label=1):
    """{source: {feature: what TensorFlow decodes}}."""
    found = {}
    channels = {"image": 3, "label": label, "instance": 4}
    for record in tf.data.TFRecordDataset(sorted(map(str, folder.glob(f"labels-{split}-*")))):
        feature = tf.train.Example.FromString(record.numpy()).features.feature
        values = {name: value.bytes_list.value[0] for name, value in feature.items()}
        source = values.pop("source").decode()
        assert source not in found
        found[source] = {
            name: tf.io.decode_jpeg(content, channels[name], dct_method="INTEGER_ACCURATE").numpy()
            for name, content in values.items()
        }
    return found


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def summary(folder):
    return json.loads((folder / "dataset.json").read_text())


def test_every_pair_becomes_a_record_with_what_its_files_hold(folders, records):
    found = read(records)
    assert sorted(found) == [f"{n:02d}.{'jpg' if n % 2 else 'png'}" for n in range(COUNT)]
    for name, record in found.items():
        number = int(name[:2])
        np.testing.assert_array_equal(record["label"][..., 0], IDS[number])
        quads = record["instance"].astype(np.int64) @ [1, 1 << 8, 1 << 16, 1 << 24]
        np.testing.assert_array_equal(quads, NUMBERS[number])
        with Image.open(folders / "images" / name) as image:
            np.testing.assert_array_equal(record["image"], np.asarray(image))


def test_the_photos_files_lie_in_the_records_unchanged(folders, records):
    stored = b"".join(contents(records)[name] for name in summary(records)["files"])
    for path in (folders / "images").glob("??.*"):
        assert path.read_bytes() in stored


def test_the_summary_counts_records_sizes_and_pixels(records):
    found = summary(records)
    assert found["counts"] == {"train": COUNT}
    assert found["label_count"] == 5
    assert found["label_set"] == json.loads(json.dumps(label_sets.numbered(5).to_json()))
    assert found["sizes"] == {"6x8": COUNT}
    wanted = [(str(number), np.count_nonzero(number == IDS)) for number in range(5)]
    assert list(found["pixels"].items()) == wanted
    assert (found["rejected"], found["shards"]) == (3, 3)
    assert found["options"]["split"] == "train"
    assert found["versions"]["numpy"] == np.__version__


def test_the_folder_holds_the_shards_and_their_description(records):
    shards = [f"labels-train-0000{number}-of-00003.tfrecords" for number in range(3)]
    assert sorted(contents(records)) == ["dataset.json", *shards, "preview.png", "rejected.csv"]


def test_files_without_counterpart_are_listed_and_named(folders, records, tmp_path, capsys):
    with open(records / "rejected.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["file", "reason"],
        ["a.png", "nothing of its name in --images or --instances"],
        ["alone.png", "nothing of its name in --labels or --instances"],
        ["b.png", "nothing of its name in --images or --instances"],
    ]
    prepare_labels.main(flags(folders, tmp_path / "out"))
    told = capsys.readouterr().out
    assert "left out, without counterpart: 3 files (a.png, alone.png, b.png); see" in told


def test_the_preview_shows_each_photo_beside_its_labels_in_colours(records):
    with Image.open(records / "preview.png") as sheet:
        assert sheet.size == (8 * 194 + 2, 3 * 194 + 2)  # 12 pairs, tiles of 192
        pixels = np.asarray(sheet)
    # The first five colours of PASCAL VOC; 8×6 pixels in a square leave white above and below.
    colours = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]], np.uint8)
    first = next(iter(read(records).values()))
    tile = pixels[2:194, 196:388]
    assert (tile[:24] == 255).all()
    shown = colours[first["label"][..., 0]].repeat(24, axis=0).repeat(24, axis=1)
    np.testing.assert_array_equal(tile[24:168], shown)
    photo = pixels[26:170, 2:194].reshape(6, 24, 8, 24, 3).mean(axis=(1, 3))
    assert np.abs(photo - first["image"]).mean() < 8


@pytest.mark.parametrize("size, height, width", [("3", 3, 3), ("4,16", 4, 16), ("6,8", 6, 8)])
def test_records_are_scaled_ids_to_the_nearest(folders, tmp_path, size, height, width):
    prepare_labels.main(flags(folders, tmp_path / "out", f"--size={size}"))
    rows, columns = ((2 * np.arange(n) + 1) * m // (2 * n) for n, m in ((height, 6), (width, 8)))
    found = read(tmp_path / "out")
    for name, record in found.items():
        np.testing.assert_array_equal(record["label"][..., 0], IDS[int(name[:2])][rows][:, columns])
        assert record["image"].shape == (height, width, 3)
        low, high, *zeros = np.moveaxis(record["instance"], 2, 0)
        wanted = NUMBERS[int(name[:2])][rows][:, columns]
        np.testing.assert_array_equal(low + 256 * high.astype(int), wanted)
        assert not np.any(zeros)
    assert len(found) == COUNT
    assert summary(tmp_path / "out")["sizes"] == {f"{height}x{width}": COUNT}


def test_the_classes_of_a_file_go_into_the_data_set_and_its_preview(folders, tmp_path):
    classes = [{"name": name, "colour": [9, 8, id]} for id, name in enumerate("abcde")]
    (tmp_path / "classes.json").write_text(json.dumps(classes))
    prepare_labels.main(flags(folders, tmp_path / "out", f"--classes={tmp_path}/classes.json"))
    wanted = [{"id": i, **each, "mirror": i} for i, each in enumerate(classes)]
    assert summary(tmp_path / "out")["label_set"] == wanted
    with Image.open(tmp_path / "out" / "preview.png") as sheet:
        assert sheet.getpixel((200, 100))[:2] == (9, 8)


def test_the_split_is_in_the_files_names(folders, tmp_path):
    prepare_labels.main(flags(folders, tmp_path / "out", "--split=validation"))
    assert len(read(tmp_path / "out", "validation")) == COUNT
    assert summary(tmp_path / "out")["counts"] == {"validation": COUNT}


def test_the_same_command_again_changes_nothing(folders, records, capsys):
    before = {path: path.stat().st_mtime_ns for path in records.iterdir()}
    prepare_labels.main(flags(folders, records))
    assert {path: path.stat().st_mtime_ns for path in records.iterdir()} == before
    assert "records per split: train: 12\n" in capsys.readouterr().out


def test_verifying_a_sound_data_set_says_so(records, capsys):
    prepare_labels.main([f"--out={records}", "--verify"])
    assert "12 records" in capsys.readouterr().out


def test_interrupted_it_goes_on_without_checking_again(folders, records, tmp_path, monkeypatch):
    calls = collections.Counter()
    process, problem = labels.Labels.process, labels.Labels.problem

    def interrupted(task, item):
        calls["process"] += 1
        if calls["process"] == 8:
            raise KeyboardInterrupt
        return process(task, item)

    def counted(task, item):
        calls["problem"] += 1
        return problem(task, item)

    monkeypatch.setattr(labels.Labels, "process", interrupted)
    monkeypatch.setattr(labels.Labels, "problem", counted)
    with pytest.raises(KeyboardInterrupt):
        prepare_labels.main(flags(folders, tmp_path / "out"))
    assert calls["problem"] == COUNT
    assert not (tmp_path / "out" / "dataset.json").exists()
    prepare_labels.main(flags(folders, tmp_path / "out"))
    # 15 items in shards of 5; the first shard was whole, the eighth item in the second.
    assert calls == {"problem": COUNT, "process": 8 + 10}
    assert contents(tmp_path / "out") == contents(records)


@pytest.mark.slow
def test_the_bytes_depend_neither_on_workers_nor_on_kills(folders, tmp_path):
    size = "--size=400"  # so large that a kill meets a run at work
    prepare_labels.main(flags(folders, tmp_path / "one", size))
    command = [sys.executable, "-m", "input_pipeline.prepare_labels"]
    two = flags(folders, tmp_path / "two", size, "--workers=2")
    subprocess.run([*command, *two], cwd=ROOT, check=True, capture_output=True, timeout=120)
    assert contents(tmp_path / "two") == contents(tmp_path / "one")

    out, kills = tmp_path / "killed", 0
    while not (out / "dataset.json").exists():
        killed = [*command, *flags(folders, out, size)]
        run = subprocess.Popen(killed, cwd=ROOT, stderr=subprocess.PIPE)
        before = len(list(out.glob("*/0*.json"))) if out.exists() else 0
        while run.poll() is None and len(list(out.glob("*/0*.json"))) <= before:
            time.sleep(0.001)
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=60)
        kills += run.returncode == -signal.SIGKILL
        assert kills < 20
    prepare_labels.main(flags(folders, out, size))
    assert kills > 0
    assert contents(out) == contents(tmp_path / "one")


def copy_of(folders, tmp_path):
    for folder in ("images", "labels", "instances"):
        (tmp_path / "copy" / folder).mkdir(parents=True)
        for path in (folders / folder).iterdir():
            (tmp_path / "copy" / folder / path.name).write_bytes(path.read_bytes())
    return tmp_path / "copy"


def test_the_first_of_several_mistakes_is_told_last_and_nothing_is_written(
    folders, tmp_path, capsys
):
    copy = copy_of(folders, tmp_path)
    (copy / "labels" / "04.png").write_bytes(b"")
    Image.fromarray(IDS[5, :, :4]).save(copy / "labels" / "05.png")
    Image.new("RGB", (8, 6)).save(copy / "labels" / "06.png")
    beyond = IDS[2].copy()
    beyond[3, 7] = beyond[4, 1] = 5
    Image.fromarray(beyond).save(copy / "labels" / "02.png")
    with pytest.raises(UserError) as caught:
        prepare_labels.main(flags(copy, tmp_path / "out", "--workers=2"))
    assert str(caught.value) == (
        f"{copy}/labels/02.png: id 5 at x 7, y 3; --label_count 5 allows 0 to 4 "
        "(and 3 more files with mistakes)"
    )
    told = [
        line.split(":")[0] for line in capsys.readouterr().err.splitlines() if "labels/" in line
    ]
    assert told == [f"{copy}/labels/{name}.png" for name in ("04", "05", "06")]
    assert not (tmp_path / "out").exists()


def spoil_after_the_check(monkeypatch, paths):
    """Files turn into something else once all have been found sound."""
    check = checks.checked

    def spoiled_meanwhile(*given):
        items = check(*given)
        for path in paths:
            path.write_bytes(b"a letter")
        return items

    monkeypatch.setattr(checks, "checked", spoiled_meanwhile)


def test_a_file_that_changed_since_the_check_is_rejected(folders, tmp_path, monkeypatch):
    copy = copy_of(folders, tmp_path)
    spoil_after_the_check(monkeypatch, [copy / "labels" / "03.png"])
    prepare_labels.main(flags(copy, tmp_path / "out"))
    assert len(read(tmp_path / "out")) == COUNT - 1
    told = (tmp_path / "out" / "rejected.csv").read_text()
    assert f"03.jpg,{copy}/labels/03.png: not an image" in told


def test_a_data_set_of_which_nothing_is_left_is_refused(folders, tmp_path, monkeypatch):
    copy = copy_of(folders, tmp_path)
    spoil_after_the_check(monkeypatch, [*(copy / "images").iterdir()])
    with pytest.raises(UserError, match="no record came of 15 files; 00.png: .*00.png: not an im"):
        prepare_labels.main(flags(copy, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "given, told",
    [
        (["--images={0}/i", "--labels={0}/l"], "--classes is missing"),
        (["--images={0}/no", "--labels={0}/l", "--label_count=3"], "--images {0}/no: no such"),
        (["--images={0}/i", "--labels={0}/l", "--label_count=257"], "--label_count=257"),
        (["--images={0}/i", "--labels={0}/l", "--label_count=0"], "--label_count=0"),
        (
            ["--images={0}/i", "--labels={0}/l", "--label_count=3", "--classes={0}/l/b.png"],
            "--classes {0}/l/b.png: not JSON; wanted a list",
        ),
        (["--celebamask={0}/i"], "no CelebA-HQ-img and no CelebA-HQ-to-CelebA-mapping.txt and"),
        (["--celebamask={0}/i", "--size=a"], "--size=a: wanted whole numbers"),
        (
            ["--images={0}/i", "--labels={0}/l", "--label_count=3"],
            "no name is in all folders; wanted files of one name, as a/x.jpg and a/x.png; "
            "found --images a.png; --labels b.png",
        ),
        (
            ["--images={0}/i", "--labels={0}/i", "--label_count=3", "--out={0}/l"],
            "--out {0}/l: already there and not empty",
        ),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_is_written(tmp_path, given, told):
    for folder, name in (("i", "a.png"), ("l", "b.png")):
        (tmp_path / folder).mkdir()
        Image.new("L", (2, 2)).save(tmp_path / folder / name)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError) as caught:
        prepare_labels.main([f"--out={tmp_path}/new", *(word.format(tmp_path) for word in given)])
    assert told.format(tmp_path) in " ".join(str(caught.value).split())
    assert sorted(tmp_path.rglob("*")) == before


def celebamask(folder, photo, splits):
    """CelebAMask-HQ's folder with one photo for each of CelebA's numbers; all of it is hair."""
    masks = folder / "CelebAMask-HQ-mask-anno" / "0"
    masks.mkdir(parents=True)
    (folder / "CelebA-HQ-img").mkdir()
    lines = ["idx orig_idx orig_file"]
    for number, original in enumerate(splits):
        photo.resize((16, 16)).save(folder / "CelebA-HQ-img" / f"{number}.jpg")
        mask = np.full([8, 8], 255, np.uint8)
        mask[0] = 0
        Image.fromarray(mask).save(masks / f"{number:05d}_hair.png")
        lines.append(f"{number} {original - 1} {original:06d}.jpg")
    (folder / "CelebA-HQ-to-CelebA-mapping.txt").write_text("\n".join(lines))


def test_celebamask_comes_in_its_own_splits_at_its_masks_size(tmp_path, photo):
    celebamask(tmp_path / "data", photo, [162771, 5, 6])
    prepare_labels.main([f"--celebamask={tmp_path}/data", f"--out={tmp_path}/out", "--workers=1"])
    found = summary(tmp_path / "out")
    assert found["counts"] == {"train": 2, "validation": 1, "test": 0}
    assert (found["label_count"], found["sizes"]) == (19, {"8x8": 3})
    assert (found["label_set"][13]["name"], found["label_set"][4]["mirror"]) == ("hair", 5)
    assert found["pixels"] == {"0": 3 * 8, "13": 3 * 56}
    assert not list((tmp_path / "out").glob("labels-test*"))
    train, validation = (read(tmp_path / "out", split) for split in ("train", "validation"))
    assert sorted(train) == ["CelebA-HQ-img/1.jpg", "CelebA-HQ-img/2.jpg"]
    (record,) = validation.values()
    with Image.open(tmp_path / "data" / "CelebA-HQ-img" / "0.jpg") as image:
        small = image.resize((8, 8), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(record["image"], small)
    assert (record["label"][0] == 0).all()
    assert (record["label"][1:] == 13).all()
    with Image.open(tmp_path / "out" / "preview.png") as sheet:
        assert sheet.getpixel((2 + 194 + 96, 2 + 96)) == (0, 0, 204)  # CelebAMask-HQ's hair


def test_celebamask_may_be_scaled_to_a_given_size(tmp_path, photo):
    celebamask(tmp_path / "data", photo, [5])
    paths = [f"--celebamask={tmp_path}/data", f"--out={tmp_path}/out"]
    prepare_labels.main([*paths, "--workers=1", "--size=16"])
    (record,) = read(tmp_path / "out").values()
    assert (record["label"][:2] == 0).all()
    assert (record["label"][2:] == 13).all()
    content = (tmp_path / "data" / "CelebA-HQ-img" / "0.jpg").read_bytes()
    (file,) = summary(tmp_path / "out")["files"]
    assert content in (tmp_path / "out" / file).read_bytes()  # its size is the wanted one


def test_ids_that_are_ignored_are_of_no_class(folders, tmp_path):
    prepare_labels.main(flags(folders, tmp_path / "out", "--ignore=3"))
    for name, record in read(tmp_path / "out").items():
        wanted = np.where(IDS[int(name[:2])] == 3, 255, IDS[int(name[:2])])
        np.testing.assert_array_equal(record["label"][..., 0], wanted)
    found = summary(tmp_path / "out")
    assert found["ignores"] is True
    assert {*found["pixels"]} == {"0", "1", "2", "4"}
    opened = open_records(str(tmp_path / "out"))  # which looks for ids out of range
    assert opened.pixels[4] == np.count_nonzero(IDS == 4)
    with Image.open(tmp_path / "out" / "preview.png") as sheet:
        assert (255, 255, 255) in {sheet.getpixel((200 + 24 * i, 110)) for i in range(8)}


def test_about_one_of_so_many_photos_is_held_out_by_its_name(folders, tmp_path):
    prepare_labels.main(flags(folders, tmp_path / "out", "--hold_out=3"))
    parts = [set(read(tmp_path / "out", split)) for split in ("train", "validation")]
    names = {f"{n:02d}.{'jpg' if n % 2 else 'png'}" for n in range(COUNT)}
    assert parts[1] == {name for name in names if zlib.crc32(name.encode()) % 3 == 0}
    assert parts[0] == names - parts[1]
    assert summary(tmp_path / "out")["counts"] == {
        split: len(p) for split, p in zip(("train", "validation"), parts)
    }


@pytest.fixture
def unequal(tmp_path):
    """One photo of 8×6 pixels, its label map of half the size."""
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    photo = np.arange(144, dtype=np.uint8).reshape(6, 8, 3)
    Image.fromarray(photo).save(tmp_path / "images" / "a.png")
    Image.fromarray(IDS[0, :3, :4]).save(tmp_path / "labels" / "a.png")
    return tmp_path


@pytest.mark.parametrize("which, size", [("images", (3, 4)), ("labels", (6, 8))])
def test_photos_and_maps_of_different_sizes_are_scaled_as_told(unequal, which, size):
    where = [f"--{name}={unequal / name}" for name in ("images", "labels")]
    words = [*where, "--label_count=5", f"--out={unequal / 'out'}", "--workers=1"]
    with pytest.raises(UserError, match="labels/a.png: height 3, width 4; .* or say --scale"):
        prepare_labels.main(words)
    prepare_labels.main([*words, f"--scale={which}"])
    (record,) = read(unequal / "out").values()
    assert record["image"].shape == (*size, 3)
    times = size[0] // 3
    wanted = IDS[0, :3, :4].repeat(times, 0).repeat(times, 1)
    np.testing.assert_array_equal(record["label"][..., 0], wanted)


def test_photos_alone_are_labelled_by_a_segmenter_and_taken_where_a_class_has_a_place(
    segmenter_model, tmp_path
):
    photos = tmp_path / "photos"
    photos.mkdir()
    ids = np.zeros([2, 16, 24], np.uint8)
    ids[0, 4:12, 4:14] = 1  # nothing of it in the other
    for number, each in enumerate(ids):
        Image.fromarray(PALETTE[each]).save(photos / f"{number}.png")
    (photos / "letter.txt").write_text("no photo")
    words = [f"--images={photos}", f"--segmenter={segmenter_model}", "--workers=1"]
    prepare_labels.main([*words, "--placed=left bank", f"--out={tmp_path / 'out'}"])
    (record,) = read(tmp_path / "out").values()
    assert (record["label"][..., 0] == ids[0]).mean() > 0.9
    assert summary(tmp_path / "out")["label_set"] == json.loads(json.dumps(CLASSES.to_json()))
    with open(tmp_path / "out" / "rejected.csv", newline="") as file:
        rows = dict(csv.reader(file))
    assert rows["1.png"] == "class 1 has no clear place in it"
    assert rows["letter.txt"] == "not an image"


def test_faces_without_maps_get_some_from_landmarks_and_outline(astronaut, tmp_path, monkeypatch):
    monkeypatch.setattr(outline, "check", lambda: None)
    monkeypatch.setattr(outline, "person", lambda photo: np.ones(photo.shape[:2], np.float32))
    photos = tmp_path / "photos"
    photos.mkdir()
    with Image.open(astronaut) as photo:
        photo.convert("RGB").save(photos / "a.png")
    Image.new("RGB", (300, 300)).save(photos / "nobody.png")
    words = [f"--parts_of={photos}", "--size=64", f"--out={tmp_path / 'out'}", "--workers=1"]
    prepare_labels.main(words)
    found = summary(tmp_path / "out")
    assert (found["counts"], found["framing"], found["rejected"]) == ({"train": 1}, "aligned", 1)
    assert found["label_set"][4]["name"] == "l_eye"
    assert {"4", "5", "13"} <= {*found["pixels"]}
    (photos / "a.png").unlink()
    with pytest.raises(UserError, match="no record came of 1 files; nobody.png: no face"):
        prepare_labels.main([*words[:-2], f"--out={tmp_path / 'other'}", "--workers=1"])


def test_pictures_may_stand_for_label_maps(folders, tmp_path):
    """Photos on both sides, the one scaled as the other."""
    copy = copy_of(folders, tmp_path)
    words = [f"--images={copy}/images", f"--labels={copy}/images", "--classes=pictures"]
    prepare_labels.main(
        [*words, f"--out={tmp_path}/out", "--size=3,4", "--workers=1", "--shards=1"]
    )
    for record in read(tmp_path / "out", label=3).values():
        np.testing.assert_array_equal(record["label"], record["image"])
        assert record["label"].shape == (3, 4, 3)
    told = summary(tmp_path / "out")
    assert (told["label_set"], told["pixels"], told["sizes"]) == ([], {}, {"3x4": COUNT + 1})
    prepare_labels.main([f"--out={tmp_path}/out", "--verify"])
    browse.main([f"{tmp_path}/out"])
    page = (tmp_path / "out" / "browse.html").read_text()
    assert page.count('alt="label map"') == COUNT + 1
    with pytest.raises(UserError, match="--ignore: --classes pictures have no ids; leave it out"):
        prepare_labels.main([*words, f"--out={tmp_path}/other", "--ignore=0"])
