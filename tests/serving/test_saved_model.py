import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from serving import saved_model
from serving.about import About
from tests.serving import label_models
from tests.serving.label_models import FIXED, FREE, PALETTE, STYLED

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("model", "about"),
    [("free_model", FREE), ("styled_model", STYLED), ("fixed_model", FIXED)],
)
def test_a_model_is_what_it_said_when_it_was_saved(request, model, about):
    folder = request.getfixturevalue(model)
    loaded = saved_model.load(str(folder))
    assert (loaded.about, loaded.folder) == (about, folder)
    assert {*loaded.signatures["serving_default"].inputs} >= {*about.inputs}
    (output,) = loaded.definitions["serving_default"]["outputs"].values()
    assert output["dtype"] == "DT_UINT8"


def test_it_paints_label_maps_of_any_height_and_width(free_model):
    call = saved_model.load(str(free_model)).signatures["serving_default"].call
    for side in ((4, 8), (12, 4)):
        labels = RNG.integers(0, 3, [2, *side], np.uint8)
        np.testing.assert_array_equal(call(labels=labels)["image"], PALETTE[labels])


def test_files_go_along_whole_or_not_at_all(tmp_path):
    (tmp_path / "shapes.json").write_text("shapes")
    module = tf.Module()
    module.f = tf.function(lambda x: {"y": x}, input_signature=[tf.TensorSpec([None], tf.float32)])
    functions, metadata = {"f": module.f}, {**About().metadata(), "more": 3}
    assets = {"shapes": tmp_path / "shapes.json"}
    saved_model.save(tmp_path / "1", module, functions, metadata, assets)
    inside = tmp_path / "1" / "assets"
    assert {path.name: path.read_text() for path in inside.iterdir()} == {
        "metadata.json": json.dumps(metadata, indent=2) + "\n",
        "shapes.json": "shapes",
    }
    with pytest.raises(ValueError):
        saved_model.save(tmp_path / "2", module, {"f": "no function"}, metadata, assets)
    assert not (tmp_path / "2").exists()


def test_where_no_model_lies_the_next_step_is_told(free_model, tmp_path):
    with pytest.raises(UserError, match="no SavedModel in it; make one"):
        saved_model.load(str(tmp_path))
    with pytest.raises(UserError, match=f"no SavedModel in it; give {free_model}$"):
        saved_model.load(str(free_model.parent))


def test_what_is_no_painter_is_refused(free_model, tmp_path):
    shutil.copytree(free_model, tmp_path / "damaged")
    (tmp_path / "damaged" / "saved_model.pb").write_bytes(b"nothing")
    module = tf.Module()
    module.f = tf.function(lambda x: 2 * x, input_signature=[tf.TensorSpec([None], tf.float32)])
    tf.saved_model.save(module, str(tmp_path / "other"), {"serving_default": module.f})
    asks_otherwise = label_models.write_free(tmp_path / "photo", About(asks="photo", style="none"))
    for folder, materials in (
        (tmp_path / "damaged", "label maps"),
        (tmp_path / "other", "masks and latents"),
        (asks_otherwise, "photos"),
    ):
        words = f"{folder}: can't be read, or does not paint images from {materials}; wanted"
        with pytest.raises(UserError, match=words):
            saved_model.load(str(folder))
