import itertools
import json
import pickle
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline import prepare
from input_pipeline.faces import drawing
from input_pipeline.inspection import verify
from input_pipeline.photos import Rejected
from input_pipeline.sources.record_set import RecordSet
from interface.command_line import UserError

SIDES = (8, 32, 64, 128)


def read(folder):
    """{resolution: {(source, image, mask, landmarks)}}, by TensorFlow's reader, in no order."""
    found = {}
    for path in sorted(folder.glob("celeba-r*.tfrecords")):
        records = found.setdefault(int(path.name[8:].split("-")[0]), [])
        for record in tf.data.TFRecordDataset(str(path)):
            feature = tf.train.Example.FromString(record.numpy()).features.feature
            whole = (feature[name].bytes_list.value[0] for name in ("source", "data", "mask"))
            records.append((*whole, tuple(feature["landmarks"].float_list.value)))
    return {resolution: sorted(records) for resolution, records in found.items()}


@pytest.fixture(scope="module")
def original(tmp_path_factory, photo):
    """Two faces in one photo, one of them too small for the largest records; a third alone."""
    folder = tmp_path_factory.mktemp("original")
    both = Image.new("RGB", (384, 256), "grey")
    both.paste(photo.resize((112, 112), Image.Resampling.LANCZOS), (260, 100))
    both.paste(photo, (0, 0))
    (folder / "photos").mkdir()
    both.save(folder / "photos" / "both.png")
    photo.save(folder / "photos" / "na\udcefve.png")  # the byte 0xEF
    words = [f"--images={folder / 'photos'}", "--faces=all", "--workers=1", "--shards=2"]
    prepare.main([*words, f"--out={folder / 'out'}", f"--resolutions={','.join(map(str, SIDES))}"])
    return folder / "out"


def reshard(folder, out, *words):
    prepare.main([f"--from_tfrecords={folder}", f"--out={out}", "--workers=1", *words])
    return out


def test_the_original_has_a_face_that_large_records_leave_out(original):
    counts = {resolution: len(records) for resolution, records in read(original).items()}
    assert counts == {8: 3, 32: 3, 64: 3, 128: 2}


def test_each_drawing_is_that_of_its_records_landmarks(original):
    for side, records in read(original).items():
        for _, _, mask, landmarks in records:
            drawn = drawing.draw(np.reshape(landmarks, (68, 2)), side)
            assert np.array_equal(np.frombuffer(mask, np.uint8).reshape(side, side) > 0, drawn)


def test_sharded_anew_the_records_stay_the_same_at_every_resolution(original, tmp_path):
    again = reshard(original, tmp_path / "again", "--shards=3")
    assert len(list(again.glob("celeba-r8-*-of-00003.tfrecords"))) == 3
    assert read(again).keys() == {*SIDES, 16}  # by default all, but none larger than there was
    assert {side: read(again)[side] for side in SIDES} == read(original)


def test_so_they_do_when_the_order_of_a_photos_faces_has_changed(original, tmp_path):
    one, sides = original, f"--resolutions={','.join(map(str, SIDES))}"
    orders = set()
    for seed in range(4):
        one = reshard(one, tmp_path / str(seed), "--shards=3", f"--seed={seed}", sides)
        paths = sorted(map(str, one.glob("celeba-r64-*")))
        orders.add(tuple(record.numpy() for record in tf.data.TFRecordDataset(paths)))
    assert len(orders) > 1
    assert read(one) == read(original)


def test_a_choice_of_resolutions_holds_the_same_records(original, tmp_path):
    few = reshard(original, tmp_path / "few", "--resolutions=8")
    assert read(few) == {8: read(original)[8]}


def test_sharding_anew_asks_for_no_landmark_model(original, tmp_path):
    again = reshard(original, tmp_path / "again", "--landmark_model=/nowhere")
    assert len(read(again)[8]) == 3


def test_each_face_is_taken_once_from_its_largest_record(original):
    source = RecordSet(str(original))
    names = source.names()
    assert names == ["both.png", "both.png#2", "na\udcefve.png"]
    photos = {name: source.photo(name) for name in names}
    sizes = {name: photo.image.size for name, photo in photos.items()}
    assert sizes == {names[0]: (128, 128), names[1]: (64, 64), names[2]: (128, 128)}
    assert [photo.source for photo in photos.values()] == ["both.png", "both.png", names[2]]


def test_a_photo_may_be_called_as_another_ones_second_face(tmp_path, write_records):
    rng = np.random.default_rng(0)
    sources = [b"a#2", b"a", b"a", b"a#2"]
    records = [serialized(8, source, rng.uniform(0, 8, 136)) for source in sources]
    write_records(tmp_path / "celeba-r8.tfrecords", records)
    source = RecordSet(str(tmp_path))
    assert len({*source.names()}) == 4
    assert sorted(source.photo(name).source for name in source.names()) == ["a", "a", "a#2", "a#2"]


def test_equal_records_of_one_photo_stay_as_many_as_they_are(tmp_path, write_records):
    landmarks = np.random.default_rng(0).uniform(0, 8, 136)
    write_records(tmp_path / "celeba-r8.tfrecords", [serialized(8, b"a", landmarks)] * 2)
    larger = [serialized(16, b"a", (landmarks + 0.5) * 2 - 0.5)] * 3
    write_records(tmp_path / "celeba-r16.tfrecords", larger)
    source = RecordSet(str(tmp_path))
    assert source.names() == ["a", "a#2", "a#3"]
    assert {source.photo(name).image.size for name in source.names()} == {(16, 16)}


def serialized(side, source, landmarks, order=("data", "mask", "shape", "landmarks", "source")):
    """A record by TensorFlow's messages, its features in any order."""
    pixels = np.random.default_rng(side).integers(0, 256, 3 * side * side, np.uint8)
    bytes_of = {"data": pixels.tobytes(), "mask": bytes(side * side), "source": source}
    entries = []
    for name in order:
        example = tf.train.Example()
        feature = example.features.feature[name]
        if name == "shape":
            feature.int64_list.value.extend([3, side, side])
        elif name == "landmarks":
            feature.float_list.value.extend(landmarks)
        else:
            feature.bytes_list.value.append(bytes_of[name])
        entries.append(example.features.SerializeToString())
    joined = tf.train.Features.FromString(b"".join(entries))
    assert {*joined.feature} == {*order}
    # The wire keeps the order; a map, as which the message is read, does not.
    length, head = sum(map(len, entries)), b"\n"
    while length > 127:
        head, length = head + bytes([length & 127 | 128]), length >> 7
    return head + bytes([length]) + b"".join(entries)


@pytest.mark.parametrize("side", [8, 128])
def test_features_may_come_in_any_order(tmp_path, write_records, side):
    names = ["data", "landmarks", "mask", "shape", "source"]
    landmarks = np.random.default_rng(0).uniform(0, side, 136).astype(np.float32)
    orders = list(itertools.permutations(names))[::7]
    records = [
        serialized(side, b"%d.png" % number, landmarks, order)
        for number, order in enumerate(orders)
    ]
    write_records(tmp_path / f"celeba-r{side}.tfrecords", records)
    source = RecordSet(str(tmp_path))
    assert source.names() == sorted(f"{number}.png" for number in range(len(orders)))
    assert source.has_landmarks()
    (known,) = source.photo("3.png").faces
    assert np.array_equal(known.landmarks, landmarks.reshape(68, 2))


@pytest.fixture
def release(tmp_path, photo, release_record, write_records):
    """The release's single files: images and masks in three records, at two resolutions."""
    folder = tmp_path / "release"
    folder.mkdir()
    for side in (128, 256):
        small = np.asarray(photo.resize((side, side), Image.Resampling.BOX))
        blank = np.zeros((side, side), np.uint8)
        records = [release_record(image, blank) for image in (small, small[:, ::-1], small * 0)]
        write_records(folder / f"celeba-r{side}.tfrecords", records)
    return folder


def test_of_the_release_the_largest_records_are_taken(release, photo):
    source = RecordSet(str(release))
    names = [f"celeba-r256.tfrecords#0000{number}" for number in range(3)]
    assert source.names() == names
    first, second, _ = map(source.photo, names)
    assert first.image.tobytes() == photo.tobytes()
    assert second.image.tobytes() == photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).tobytes()
    assert (first.faces, first.source) == (None, None)
    assert not source.has_landmarks()


def test_the_release_is_given_landmarks(release, photo, tmp_path):
    out = reshard(release, tmp_path / "out", "--resolutions=16,256")
    found = read(out)[256]
    assert [name for name, *_ in found] == [
        b"celeba-r256.tfrecords#00000",
        b"celeba-r256.tfrecords#00001",
    ]
    assert found[0][1] == np.asarray(photo).transpose(2, 0, 1).tobytes()
    nose = [np.reshape(landmarks, (68, 2))[30] for *_, landmarks in found]
    assert abs(nose[0][0] + nose[1][0] - 255) < 8  # mirrored
    assert abs(nose[0][1] - nose[1][1]) < 8
    rejected = (out / "rejected.csv").read_text().splitlines()
    assert rejected[1:] == ["celeba-r256.tfrecords#00002,no face"]


def test_a_damaged_record_is_rejected_and_the_others_stay(original, tmp_path):
    copied = shutil.copytree(original, tmp_path / "copied")
    path = next(path for path in copied.glob("celeba-r128-*") if path.stat().st_size)
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    source, damaged = RecordSet(str(copied)), []
    for name in source.names():
        try:
            source.photo(name)
        except Rejected as reason:
            damaged.append(str(reason))
    assert damaged == ["damaged: record 0: wrong checksum"]


def test_records_behind_a_url_are_the_same(original):
    local, remote = RecordSet(str(original)), RecordSet(f"file://{original}")
    assert remote.names() == local.names()
    for name in local.names():
        assert remote.photo(name).image.tobytes() == local.photo(name).image.tobytes()


def test_a_source_that_has_been_read_is_sent_to_workers_without_its_places(original):
    source = RecordSet(str(original))
    source.names()
    assert b"both.png" not in pickle.dumps(source)
    assert pickle.loads(pickle.dumps(source)) == source


def test_faces_lie_as_they_did_in_the_records_before(original, tmp_path):
    def of(folder):
        return json.loads((folder / "dataset.json").read_text())["framing"]

    assert of(original) == of(reshard(original, tmp_path / "upright")) == "aligned"
    words = [f"--images={original.parent / 'photos'}", "--workers=1", "--resolutions=16"]
    prepare.main([*words, f"--out={tmp_path / 'as_is'}", "--noalign"])
    again = reshard(tmp_path / "as_is", tmp_path / "again", "--resolutions=8")
    assert of(tmp_path / "as_is") == of(again) == "central square"
    # So they did in those that an older version made, whose flags alone tell.
    content = json.loads((tmp_path / "as_is" / "dataset.json").read_text())
    del content["framing"]
    (tmp_path / "as_is" / "dataset.json").write_text(json.dumps(content))
    assert of(reshard(tmp_path / "as_is", tmp_path / "older")) == "central square"


def of_a_later_version(folder):
    content = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps({**content, "framing": "tight"}))
    return "dataset.json: framing 'tight' is not known here"


def absent(folder):
    shutil.rmtree(folder)
    return "no such folder"


def unfinished(folder):
    (folder / "unfinished").mkdir()
    return "its preparation has not finished"


def of_something_else(folder):
    for path in folder.iterdir():
        path.unlink()
    (folder / "labels-train.tfrecords").touch()
    return "no …-r64.tfrecords or the like in it"


def without_a_shard(folder):
    (folder / "dataset.json").unlink()
    (folder / "celeba-r64-00001-of-00002.tfrecords").unlink()
    return "celeba-r64-00001-of-00002.tfrecords is missing"


def without_a_resolution(folder):
    assert (
        "celeba-r128-00000-of-00002.tfrecords"
        in json.loads((folder / "dataset.json").read_text())["files"]
    )
    for path in folder.glob("celeba-r128-*"):
        path.unlink()
    return "celeba-r128-00000-of-00002.tfrecords is missing"


def truncated(folder):
    path = max(folder.glob("celeba-r64-*"), key=lambda path: path.stat().st_size)
    path.write_bytes(path.read_bytes()[:-1])
    return "record [01]: the file ends inside it"


def of_text(folder):
    (folder / "celeba-r64-00000-of-00002.tfrecords").write_text("not records at all " * 9)
    return "record 0: the file ends inside it"


def of_other_messages(folder):
    with tf.io.TFRecordWriter(str(folder / "celeba-r64-00000-of-00002.tfrecords")) as writer:
        writer.write(b"no message")
    return "not a tf.train.Example"


def empty(folder):
    for path in folder.glob("celeba-r*"):
        path.write_bytes(b"")
    return "its files hold no record"


MISTAKES = [
    absent,
    unfinished,
    of_something_else,
    without_a_shard,
    without_a_resolution,
    truncated,
    of_text,
    of_other_messages,
    empty,
    of_a_later_version,
]


@pytest.mark.parametrize("spoil", MISTAKES, ids=lambda spoil: spoil.__name__)
def test_a_set_that_is_not_whole_is_refused_before_anything_is_written(original, tmp_path, spoil):
    copied = shutil.copytree(original, tmp_path / "copied")
    message = spoil(copied)
    with pytest.raises(UserError, match=message) as error:
        reshard(copied, tmp_path / "out")
    assert "\n" not in str(error.value)
    assert str(copied) in str(error.value)
    assert not (tmp_path / "out").exists()


def test_what_is_made_of_records_is_sound(original, tmp_path, capsys):
    verify.verify(str(reshard(original, tmp_path / "again")))
    assert "sound" in capsys.readouterr().out
