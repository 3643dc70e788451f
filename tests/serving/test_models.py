import dataclasses
import shutil

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from serving import models
from tests.metrics import painted_models
from tests.serving import label_models
from tests.serving.label_models import FIXED, FREE, STYLED


@pytest.fixture
def folder(free_model, tmp_path):
    """shapes/1, a copy."""
    shutil.copytree(free_model, tmp_path / "shapes" / "1")
    return tmp_path / "shapes"


def test_names_come_from_the_folder_or_from_the_flag(tmp_path):
    named = models.named(["models/portraits", "exports/faces/3", "old=exports/faces/1"])
    assert {name: path.name for name, path in named.items()} == {
        "portraits": "portraits",
        "faces": "3",
        "old": "1",
    }
    assert all(path.is_absolute() for path in named.values())


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "--model is missing"),
        (["a b"], "'a b' is no name"),
        (["../=x"], "'../' is no name"),
        (["faces/1", "faces/2"], "two models are called faces"),
    ],
)
def test_names_that_do_not_work_are_refused(flags, words):
    with pytest.raises(UserError, match=words):
        models.named(flags)


def test_a_version_of_faces_is_what_the_savedmodel_says(small_model):
    (version,) = models.Models({"faces": small_model.parent})
    raw = tf.saved_model.load(str(small_model))
    mask, seed = np.ones([2, 16, 16, 1], np.float32), np.array([5, 6])
    wanted = raw.signatures["sample"](mask=tf.constant(mask), seed=tf.constant(seed))["image"]
    painted = version.signatures["sample"].call(mask=mask, seed=seed)["image"]
    assert np.abs(painted.astype(int) - wanted.numpy()).max() <= 1
    assert (version.name, version.number, version.asks) == ("faces", 1, "landmarks")
    assert (version.resolution, version.drawn_at, version.face.latent_size) == (16, 16, 464)
    assert (version.shapes, version.cast, version.framing) == (None, (), Framing.ALIGNED)
    inputs = version.signatures["serving_default"].inputs
    assert (inputs["mask"].shape, inputs["latent"].shape) == ((16, 16, 1), (464,))
    assert version.signatures["sample"].inputs["seed"].dtype == np.int64


@pytest.mark.parametrize(
    ("model", "about"), [("free_model", FREE), ("styled_model", STYLED), ("fixed_model", FIXED)]
)
def test_a_model_that_asks_for_labels_is_served_and_has_no_face(request, model, about):
    (version,) = models.Models({"rivers": request.getfixturevalue(model)})
    assert (version.about, version.asks) == (about, "labels")
    with pytest.raises(
        UserError,
        match="^rivers is there to paint images from label maps, not along landmarks: POST",
    ):
        version.cast  # noqa: B018


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        ("free_model", {"labels"}),
        ("styled_model", {"labels", "instances", "seed"}),
        ("disc_painter", {"labels", "seed"}),
    ],
)
def test_painters_of_label_maps_are_called_by_what_they_take(request, model, inputs):
    (version,) = models.Models({"rivers": request.getfixturevalue(model)})
    signature, about = version.painter
    assert ({*signature.inputs}, about) == (inputs, version.about)


def test_a_sample_of_seeds_goes_before_given_styles(tmp_path):
    folder = painted_models.write_styled(tmp_path / "1")
    (version,) = models.Models({"rivers": folder})
    assert version.painter[0] is version.signatures["sample"]


def test_what_wants_more_than_a_label_map_is_asked_elsewhere(tmp_path):
    paint = lambda palette, labels, features: tf.cast(features, tf.uint8)  # noqa: E731
    inputs = {"labels": ([None, None], tf.uint8), "features": ([None, None, 3], tf.float32)}
    about = dataclasses.replace(FREE, style="reference")
    folder = label_models.write(tmp_path / "1", about, paint, **inputs)
    (version,) = models.Models({"rivers": folder})
    with pytest.raises(UserError, match="^rivers wants .*: POST them to /v1/models/rivers:predict"):
        version.painter  # noqa: B018


def test_segmenters_and_painters_of_faces_paint_no_label_maps(segmenter_model, small_model):
    served = models.Models({"parser": segmenter_model, "faces": small_model})
    for version, does in zip(served, ("tell the label maps of photos", "paint images from masks")):
        with pytest.raises(UserError, match=f"is there to {does}.*, not to paint label maps$"):
            version.painter  # noqa: B018


def test_the_newest_number_is_served_and_a_newer_one_replaces_it(folder):
    shutil.copytree(folder / "1", folder / "9")
    served = models.Models({"shapes": folder})
    assert served.get("shapes").number == 9  # and not by its name's letters
    assert served.refresh() == []
    before = served.get("shapes")
    shutil.copytree(folder / "1", folder / "10")
    (after,) = served.refresh()
    assert (served.get("shapes"), after.number) == (after, 10)
    before.signatures["serving_default"].call(labels=np.ones([1, 4, 4], np.uint8))
    shutil.rmtree(folder / "10")
    served.refresh()
    assert served.get("shapes").number == 9


def test_a_damaged_newer_version_changes_nothing_until_it_is_mended(folder, caplog):
    served = models.Models({"shapes": folder})
    shutil.copytree(folder / "1", folder / "2")
    damaged = folder / "2" / "saved_model.pb"
    content = damaged.read_bytes()
    damaged.write_bytes(b"no model")
    assert served.refresh() == [] and served.get("shapes").number == 1
    served.refresh()
    assert (
        len([r for r in caplog.records if "version 2 of shapes is passed over" in r.message]) == 1
    )
    damaged.write_bytes(content)
    served.refresh()
    assert served.get("shapes").number == 2


def test_a_version_that_is_still_copied_is_served_when_it_is_whole(folder):
    """As `cp -r` goes about it: saved_model.pb is there before the weights are."""
    served = models.Models({"shapes": folder})
    (folder / "2").mkdir()
    shutil.copy(folder / "1" / "saved_model.pb", folder / "2")
    assert served.refresh() == []
    for part in ("variables", "assets"):
        shutil.copytree(folder / "1" / part, folder / "2" / part)
    served.refresh()
    assert served.get("shapes").number == 2


def test_a_model_whose_files_end_too_early_is_one_line(folder):
    """Its function library without its end makes TensorFlow raise IndexError."""
    whole = (folder / "1" / "saved_model.pb").read_bytes()
    for part in (0.2, 0.5, 0.9, 0.99):
        (folder / "1" / "saved_model.pb").write_bytes(whole[: round(part * len(whole))])
        with pytest.raises(UserError, match="can't be read"):
            models.Models({"shapes": folder})


def test_the_same_number_replaced_in_place_is_noticed_once_it_is_whole(folder):
    shutil.copytree(folder / "1", folder / "2")
    served = models.Models({"shapes": folder})
    before = served.get("shapes")
    assert served.refresh() == []
    model = folder / "2" / "saved_model.pb"
    whole = model.read_bytes()
    model.write_bytes(whole[:100])
    assert served.refresh() == [] and served.get("shapes") is before  # not the older number
    model.write_bytes(whole)
    (after,) = served.refresh()
    assert after is not before and after.number == 2


def test_the_newest_good_version_is_served_whatever_lies_above_it(folder):
    for number in ("2", "3", "4"):
        shutil.copytree(folder / "1", folder / number)
    (folder / "3" / "saved_model.pb").write_bytes(b"no model")
    served = models.Models({"shapes": folder})
    assert served.get("shapes").number == 4
    shutil.rmtree(folder / "4")
    served.refresh()
    assert served.get("shapes").number == 2
    assert models.Models({"shapes": folder}).get().number == 2


def test_folders_without_a_model_are_refused(tmp_path):
    with pytest.raises(UserError, match="--model .*nothing"):
        models.Models({"faces": tmp_path / "nothing"})


def test_what_is_not_served_is_told_as_tensorflow_serving_does(folder):
    served = models.Models({"shapes": folder})
    with pytest.raises(models.NotServed, match=r"^Servable not found for request: Latest\(half\)$"):
        served.get("half")
    with pytest.raises(models.NotServed, match=r"request: Specific\(shapes, 2\)$"):
        served.get("shapes", 2)
