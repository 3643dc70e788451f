import csv
import io
import os
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image

import input_pipeline
from input_pipeline import prepare
from input_pipeline.sources.tfds import Tfds, _examples
from interface.command_line import UserError

ROOT = pathlib.Path(input_pipeline.__file__).parents[1]


class OwnFaces(tfds.core.GeneratorBasedBuilder):
    """Photos as PNG and JPEG files, in two splits."""

    VERSION = tfds.core.Version("1.0.0")
    photos: tuple[bytes, ...] = ()

    def _info(self):
        image = tfds.features.Image(shape=(None, None, 3))
        features = {"image": image, "note": tfds.features.Text()}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(0, 7), "test": self._generate_examples(7, 9)}

    def _generate_examples(self, start=0, end=0):
        for number in range(start, end):
            photo = io.BytesIO(self.photos[number])
            yield number, {"image": photo, "note": f"the {number}th"}


@pytest.fixture(scope="module")
def views(photo):
    """Nine views of a face, no two alike; seven for training, two for tests."""
    return [photo.crop((7 * number, 0, 7 * number + 200, 256)) for number in range(9)]


@pytest.fixture(scope="module")
def encoded(views):
    """The first as a JPEG that says that it is mirrored, the others as PNG."""
    files = [io.BytesIO() for _ in views]
    exif = Image.Exif()
    exif[0x0112] = 2  # show it mirrored
    mirrored = views[0].transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    mirrored.save(files[0], "JPEG", exif=exif, quality=95, subsampling=0)
    for view, file in zip(views[1:], files[1:]):
        view.save(file, "PNG")
    return tuple(file.getvalue() for file in files)


@pytest.fixture(scope="module", params=["tfrecord", "array_record"])
def prepared(request, encoded, tmp_path_factory):
    """A folder of data sets with ours in it, in a format of the library's."""
    folder = tmp_path_factory.mktemp(request.param)
    OwnFaces.photos = encoded
    builder = OwnFaces(data_dir=folder, file_format=request.param)
    builder.download_and_prepare()
    return folder


@pytest.fixture
def own(prepared, monkeypatch):
    """The data set's name, found where it was prepared."""
    monkeypatch.setattr("tensorflow_datasets.core.constants.DATA_DIR", str(prepared))
    _examples.cache_clear()
    yield "own_faces"
    _examples.cache_clear()


def decoded(folder, split):
    """What the library itself makes of a split's photos, in its order."""
    builder = tfds.builder("own_faces", data_dir=folder)
    if builder.info.file_format.value == "array_record":
        return [example["image"] for example in builder.as_data_source(split)]
    in_turn = tfds.ReadConfig(interleave_cycle_length=1)
    return [example["image"] for example in builder.as_dataset(split, read_config=in_turn)]


def test_photos_are_those_that_were_prepared(own, views):
    source = Tfds(own)
    assert source.names() == [f"train-{number:08d}" for number in range(7)]
    found = {source.photo(name).image.tobytes() for name in source.names()}
    (jpeg,) = found - {view.tobytes() for view in views[1:7]}
    difference = np.frombuffer(jpeg, np.uint8).astype(int) - np.asarray(views[0]).ravel()
    assert np.abs(difference).mean() < 3  # upright


@pytest.mark.parametrize("split", ["train", "test", "train[2:5]+test[50%:]"])
def test_order_and_slices_are_the_librarys(own, prepared, split):
    source = Tfds(own, split)
    theirs = [np.asarray(photo) for photo in decoded(prepared, split)]
    assert len(source.names()) == len(theirs)
    for name, their in zip(source.names(), theirs):
        ours = np.asarray(source.photo(name).image).astype(int)
        # The JPEG they leave mirrored, and decode faster.
        away = min(np.abs(ours - their[:, ::step]).mean() for step in (1, -1))
        assert away < 3
    apart = [np.abs(a.astype(int) - b).mean() for a in theirs for b in theirs if a is not b]
    assert min(apart) > 6


def test_a_jpeg_is_decoded_at_a_reduced_size_where_that_is_enough(own):
    shrinks = {Tfds(own).photo(name, 100).shrink for name in Tfds(own).names()}
    assert shrinks == {1, 2}


def test_a_split_that_is_not_there_is_told(own):
    message = "^--split valid: own_faces has no such split; it has (train, test|test, train)$"
    with pytest.raises(UserError, match=message):
        Tfds(own, "valid").names()


@pytest.fixture
def mocked():
    """Noise in the shape of any data set of the library's."""
    _examples.cache_clear()
    with tfds.testing.mock_data(num_examples=3):
        yield
    _examples.cache_clear()


@pytest.mark.parametrize("name, size", [("lfw", (250, 250)), ("celeb_a", (178, 218))])
def test_the_librarys_data_sets_of_faces_are_read(mocked, name, size):
    source = Tfds(name)
    assert source.names() == ["train-00000000", "train-00000001", "train-00000002"]
    images = [source.photo(one).image for one in source.names()]
    assert {image.size for image in images} == {size}
    if name == "lfw":  # the other's are JPEGs
        theirs = tfds.builder(name).as_data_source("train")
        for number, image in enumerate(images):
            assert np.array_equal(image, theirs[number]["image"])


def test_a_photo_of_the_librarys_without_face_is_listed_as_rejected(mocked, tmp_path):
    words = ["--tfds=lfw", f"--out={tmp_path / 'out'}", "--workers=1", "--resolutions=16"]
    with pytest.raises(UserError, match=r"no usable face in 3 files \(3 no face\)"):
        prepare.main(words)


def test_a_data_set_without_photos_is_told(mocked, tmp_path):
    with pytest.raises(
        UserError, match="no photo called 'image' in it; it has (label, text|text, label)$"
    ):
        prepare.main(["--tfds=imdb_reviews", f"--out={tmp_path / 'out'}"])
    assert not (tmp_path / "out").exists()


def test_a_misspelt_name_is_told_with_names_like_it():
    message = "^--tfds celeba: no data set has this name; do you mean celeb_a"
    with pytest.raises(UserError, match=message):
        Tfds("celeba").names()
    with pytest.raises(UserError, match="^--tfds qqqqq: no data set has this name; see tensorflow"):
        Tfds("qqqqq").names()


@pytest.mark.parametrize("name", ["lfw/unknown", "lfw:9.9.9", "./lfw", ""])
def test_a_name_that_the_library_refuses_is_told_on_one_line(name):
    with pytest.raises(UserError, match=f"^--tfds {name}: ") as error:
        Tfds(name).names()
    assert "\n" not in str(error.value)


def test_a_data_set_that_can_not_be_fetched_is_told_on_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("tensorflow_datasets.core.constants.DATA_DIR", str(tmp_path))
    with pytest.raises(
        UserError, match="^--tfds celeb_a_hq: Manual directory .* does not"
    ) as error:
        Tfds("celeb_a_hq").names()  # its owners want it fetched by hand
    assert "\n" not in str(error.value)


def test_without_the_library_it_is_told_how_to_install_it(monkeypatch):
    _examples.cache_clear()
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(UserError, match=r"pip install '\.\[tfds\]'"):
        Tfds("lfw").names()


def test_a_source_that_has_been_read_travels_to_other_processes(own):
    source = Tfds(own)
    source.names()
    assert len(pickle.dumps(source)) < 200
    assert pickle.loads(pickle.dumps(source)) == source


@pytest.mark.slow
def test_workers_read_what_is_prepared(prepared, tmp_path):
    # As people have it: the data set's code is not at hand, only its files.
    environment = {**os.environ, "TFDS_DATA_DIR": str(prepared)}
    words = ["--tfds", "own_faces", "--out", str(tmp_path / "out"), "--resolutions", "16"]
    command = [sys.executable, "-m", "input_pipeline.prepare", *words, "--workers", "2"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "records per resolution: 16: 7")
    with open(tmp_path / "out" / "faces.csv", newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [
            f"train-{number:08d}" for number in range(7)
        ]
    files = sorted(map(str, (tmp_path / "out").glob("*.tfrecords")))
    examples = [tf.train.Example.FromString(r.numpy()) for r in tf.data.TFRecordDataset(files)]
    assert len({one.features.feature["data"].bytes_list.value[0] for one in examples}) == 7
