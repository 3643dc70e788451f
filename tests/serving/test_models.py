import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from serving import models


@pytest.fixture
def folder(small_model, tmp_path):
    """faces/1, a copy."""
    shutil.copytree(small_model, tmp_path / "faces" / "1")
    return tmp_path / "faces"


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


def test_a_version_is_what_the_savedmodel_says(folder):
    (version,) = models.Models({"faces": folder})
    raw = tf.saved_model.load(str(folder / "1"))
    mask, seed = np.ones([2, 16, 16, 1], np.float32), np.array([5, 6])
    wanted = raw.signatures["sample"](mask=tf.constant(mask), seed=tf.constant(seed))["image"]
    found = version.signatures["sample"].call(mask=mask, seed=seed)["image"]
    assert np.abs(found.astype(int) - wanted.numpy()).max() <= 1
    assert (version.name, version.number, version.resolution) == ("faces", 1, 16)
    inputs = version.signatures["serving_default"].inputs
    assert (inputs["mask"].shape, inputs["latent"].shape) == ((16, 16, 1), (464,))
    assert version.signatures["sample"].inputs["seed"].dtype == np.int64


def test_the_newest_number_is_served_and_a_newer_one_replaces_it(folder):
    shutil.copytree(folder / "1", folder / "9")
    served = models.Models({"faces": folder})
    assert served.get("faces").number == 9  # and not by its name's letters
    assert served.refresh() == []
    before = served.get("faces")
    shutil.copytree(folder / "1", folder / "10")
    (after,) = served.refresh()
    assert (served.get("faces"), after.number) == (after, 10)
    before.signatures["sample"].call(mask=np.ones([1, 16, 16, 1], "f"), seed=np.array([1]))
    shutil.rmtree(folder / "10")
    served.refresh()
    assert served.get("faces").number == 9


def test_a_damaged_newer_version_changes_nothing_until_it_is_mended(folder, caplog):
    served = models.Models({"faces": folder})
    shutil.copytree(folder / "1", folder / "2")
    damaged = folder / "2" / "saved_model.pb"
    content = damaged.read_bytes()
    damaged.write_bytes(b"no model")
    assert served.refresh() == [] and served.get("faces").number == 1
    served.refresh()
    assert len([r for r in caplog.records if "version 2 of faces is passed over" in r.message]) == 1
    damaged.write_bytes(content)
    served.refresh()
    assert served.get("faces").number == 2


def test_a_version_that_is_still_copied_is_served_when_it_is_whole(folder):
    """As `cp -r` goes about it: saved_model.pb is there before the weights are."""
    served = models.Models({"faces": folder})
    (folder / "2").mkdir()
    shutil.copy(folder / "1" / "saved_model.pb", folder / "2")
    assert served.refresh() == []
    for part in ("variables", "assets"):
        shutil.copytree(folder / "1" / part, folder / "2" / part)
    served.refresh()
    assert served.get("faces").number == 2


def test_the_newest_good_version_is_served_whatever_lies_above_it(folder):
    for number in ("2", "3", "4"):
        shutil.copytree(folder / "1", folder / number)
    (folder / "3" / "saved_model.pb").write_bytes(b"no model")
    served = models.Models({"faces": folder})
    assert served.get("faces").number == 4
    shutil.rmtree(folder / "4")
    served.refresh()
    assert served.get("faces").number == 2
    assert models.Models({"faces": folder}).get("faces").number == 2


def test_a_version_with_masks_of_an_unknown_kind_is_not_served(folder):
    path = folder / "1" / "assets" / "metadata.json"
    metadata = json.loads(path.read_text())
    assert models.Models({"faces": folder}).get().framing is Framing.ALIGNED
    for older in ({"resolution": 16}, {**metadata, "framing": "aligned"}):
        path.write_text(json.dumps(older))
        assert models.Models({"faces": folder}).get().framing is Framing.ALIGNED
    path.write_text(json.dumps({**metadata, "framing": "tight"}))
    with pytest.raises(UserError, match="faces/1: framing 'tight' is not known here"):
        models.Models({"faces": folder})


def test_half_copied_folders_do_not_count(folder):
    (folder / "2").mkdir()
    (folder / "notes").mkdir()
    assert models.Models({"faces": folder}).get().number == 1


@pytest.mark.parametrize("place", ["nothing", "empty"])
def test_folders_without_a_model_are_refused(tmp_path, place):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=f"--model .*{place}"):
        models.Models({"faces": tmp_path / place})


def test_what_is_not_served_is_told_as_tensorflow_serving_does(folder):
    served = models.Models({"faces": folder})
    with pytest.raises(models.NotServed, match=r"^Servable not found for request: Latest\(half\)$"):
        served.get("half")
    with pytest.raises(models.NotServed, match=r"request: Specific\(faces, 2\)$"):
        served.get("faces", 2)


def test_a_model_of_another_kind_is_refused(tmp_path):
    module = tf.Module()
    module.f = tf.function(lambda x: x + 3, input_signature=[tf.TensorSpec([None], tf.float32)])
    tf.saved_model.save(module, str(tmp_path / "1"), signatures={"serving_default": module.f})
    with pytest.raises(UserError, match="does not paint images"):
        models.Models({"half_plus_three": pathlib.Path(tmp_path)})
