"""An export, used as strangers use it: by TensorFlow alone."""

import json

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from siblings.segmenter import export, train


@pytest.fixture(scope="module")
def run(label_records_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    words = ["--features=4", "--batch_size=4", "--steps=60", "--lr=0.02"]
    train.main([*words, f"--data_dir={label_records_dir}", f"--run_dir={folder}"])
    return folder


@pytest.fixture(scope="module")
def model(run):
    export.main([f"--run_dir={run}", f"--out={run / 'discs' / '1'}"])
    return run / "discs" / "1"


def test_tensorflow_alone_labels_photos_of_any_size(model):
    label = tf.saved_model.load(str(model)).signatures["serving_default"]
    rows, columns = np.mgrid[:48, :64]
    for top, left in ((20, 20), (30, 40)):
        disc = np.hypot(rows - top, columns - left) < 8
        photo = np.where(disc[..., None], [180, 200, 170], [50, 40, 60]).astype(np.uint8)
        ids = label(photo=tf.constant(photo[None]))["labels"].numpy()
        assert (ids.dtype, ids.shape) == (np.uint8, (1, 48, 64))
        assert (ids[0] == disc).mean() > 0.97


def test_it_says_what_it_is(model):
    about = json.loads((model / "assets" / "metadata.json").read_text())
    classes = about.pop("classes")
    assert [each["name"] for each in classes] == ["0", "1"]
    assert about == {
        "system": "segmenter",
        "asks": "photo",
        "gives": "labels",
        "style": "none",
        "multiple_of": 16,
        "trained_steps": 60,
        "trained_size": [32, 32],
    }


def test_what_can_not_be_exported_is_told(run, model, tmp_path):
    with pytest.raises(UserError, match="already there; give the next version's number"):
        export.main([f"--run_dir={run}", f"--out={model}"])
    with pytest.raises(UserError, match="--best: .* kept none; train with --eval_every"):
        export.main([f"--run_dir={run}", f"--out={tmp_path / '1'}", "--best"])
    with pytest.raises(UserError, match="no checkpoint in .*; train it first"):
        export.main([f"--run_dir={tmp_path}", f"--out={tmp_path / '1'}"])
    assert [*tmp_path.iterdir()] == []
