"""An export, used as strangers use it: by TensorFlow alone."""

import json

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from siblings.flowers import export, networks
from siblings.flowers.networks import GENERATOR_SCALES


@pytest.fixture(scope="module")
def model(released_run):
    export.main([f"--run_dir={released_run}", f"--out={released_run / 'flowers_model' / '1'}"])
    return released_run / "flowers_model" / "1"


def labels(height, width, count=3):
    return np.random.default_rng(0).integers(0, 2, (count, height, width)).astype(np.uint8)


@pytest.mark.parametrize("height, width", [(64, 64), (64, 128)])
def test_it_paints_what_the_generator_paints(model, released_run, height, width):
    asked = labels(height, width)
    latent = np.random.default_rng(1).standard_normal([3, height // 32, width // 32, 32])
    painted = (
        tf.saved_model.load(str(model))
        .signatures["serving_default"](
            labels=tf.constant(asked), latent=tf.constant(latent, tf.float32)
        )["image"]
        .numpy()
    )
    generator, _ = export.restore(str(released_run))
    mask = tf.constant(2.0 * asked[..., None] - 1, tf.float32)
    wanted = generator(latent, networks.masks_at(mask, GENERATOR_SCALES)).numpy()
    assert painted.dtype == np.uint8
    assert np.abs(painted - (wanted + 1) * 127.5).max() <= 0.51


def test_a_seed_paints_the_same_picture_wherever_it_stands(model):
    sample = tf.saved_model.load(str(model)).signatures["sample"]
    asked = labels(64, 64)

    def painted(rows, seeds):
        given = tf.constant(asked[rows]), tf.constant(seeds, tf.int64)
        return sample(labels=given[0], seed=given[1])["image"].numpy().astype(int)

    together = painted([0, 1, 2], [5, 6, 5])
    assert np.abs(painted([1], [6])[0] - together[1]).max() <= 1
    assert np.abs(painted([2], [5])[0] - together[2]).max() <= 1
    assert np.abs(painted([0], [7])[0] - together[0]).max() > 50
    latent = tf.random.stateless_normal([2, 2, 32], [6, 0])[None]
    paint = tf.saved_model.load(str(model)).signatures["serving_default"]
    alone = paint(labels=tf.constant(asked[1:2]), latent=latent)["image"].numpy().astype(int)
    assert np.abs(alone[0] - together[1]).max() <= 1


def test_it_says_what_it_is(model):
    about = json.loads((model / "assets" / "metadata.json").read_text())
    classes = about.pop("classes")
    assert [each["name"] for each in classes] == ["elsewhere", "flower"]
    assert classes[1]["colour"] == [255, 255, 255]
    assert about == {
        "system": "flowers",
        "asks": "labels",
        "style": "seed",
        "multiple_of": 64,
        "trained_steps": 0,
        "places": ["flower"],
        "use_mask": True,
        "generator_width": 4,
    }


def test_what_can_not_be_exported_is_told(flowers_run, model, tmp_path):
    with pytest.raises(UserError, match="already there; give the next version's number"):
        export.main([f"--run_dir={flowers_run}", f"--out={model}"])
    with pytest.raises(UserError, match="--best: .* kept none; train with --eval_every"):
        export.main([f"--run_dir={flowers_run}", f"--out={tmp_path / '1'}", "--best"])
    assert [*tmp_path.iterdir()] == []
