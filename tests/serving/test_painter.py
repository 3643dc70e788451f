import hashlib
import json
import re

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from serving import painter, saved_model
from tests.serving.label_models import PALETTE

RNG = np.random.default_rng(0)
MASK = RNG.uniform(size=[5, 16, 16]) < 0.2


def test_a_run_and_its_export_paint_the_same(small_run, small_model):
    of_run, of_model = painter.of_run(str(small_run), 2, False), painter.of_model(str(small_model))
    assert (of_run.resolution, of_run.latent_size) == (of_model.resolution, of_model.latent_size)
    latent = RNG.standard_normal([5, of_run.latent_size], np.float32)
    painted = of_run(MASK, latent)
    assert (painted.dtype, painted.shape) == (np.uint8, (5, 16, 16, 3))
    assert painted.std() > 0
    difference = painted.astype(int) - of_model(MASK, latent)
    assert np.abs(difference).max() <= 1  # a half may be rounded either way


def test_images_do_not_depend_on_the_batches(small_model, monkeypatch):
    paint = painter.of_model(str(small_model))
    latent = RNG.standard_normal([5, paint.latent_size], np.float32)
    whole = paint(MASK, latent)
    monkeypatch.setattr(painter, "BATCH", 2)
    seen = []
    parts = paint(MASK, latent, lambda starts: [seen.append(s) or s for s in starts])
    assert np.abs(whole.astype(int) - parts).max() <= 1
    assert seen == [0, 2, 4]


def test_the_protocol_knows_what_was_trained(small_run, small_model):
    of_run, of_model = painter.of_run(str(small_run), 2, False), painter.of_model(str(small_model))
    noted = json.loads((small_model / "assets" / "metadata.json").read_text())
    assert noted["records_side"] == 16
    for about, place in ((of_run.about, {"run_dir": str(small_run)}), (of_model.about, {})):
        assert about.items() >= {**noted, **place}.items()
        assert re.fullmatch("[0-9a-f]{16}", about["weights"])
    assert of_model.about["model"] == str(small_model)


def test_other_weights_have_another_digest(small_run, small_model, tmp_path):
    (data,) = (small_model / "variables").glob("variables.data-*")
    with open(data, "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()[:16]
    assert painter.of_model(str(small_model)).about["weights"] == wanted
    assert painter.of_run(str(small_run), 2, False).about["weights"] != wanted


def test_a_model_that_asks_for_something_else_is_refused(free_model):
    words = "does not paint images from masks and latents; wanted what python -m serving.export"
    with pytest.raises(UserError, match=f"--model {free_model}: .*{words}"):
        painter.of_model(str(free_model))


def test_any_model_paints_by_its_inputs_names(styled_model, monkeypatch):
    monkeypatch.setattr(painter, "BATCH", 2)
    labels, instances = RNG.integers(0, 3, [2, 5, 4, 6, 1])
    inputs = {"labels": labels, "seed": np.arange(5), "instances": instances}
    call = saved_model.load(str(styled_model)).signatures["serving_default"].call
    wanted = PALETTE[labels[..., 0]] + instances + np.arange(5)[:, None, None, None]
    painted = painter.images(call, inputs)
    assert painted.dtype == np.uint8
    np.testing.assert_array_equal(painted, wanted)


def test_a_run_without_a_best_checkpoint_is_told_how_to_have_one(small_run):
    with pytest.raises(UserError, match="--eval_every"):
        painter.of_run(str(small_run), 2, True)


def test_an_arc_turns_evenly_and_keeps_its_length():
    ends = np.zeros([2, 1, 4], np.float32)
    ends[0, 0, 0], ends[1, 0, 1] = 3, 3
    (way,) = painter.arc(ends[0], ends[1], 4)
    angles = np.radians([0, 30, 60, 90])
    wanted = 3 * np.stack([np.cos(angles), np.sin(angles), 0 * angles, 0 * angles], axis=1)
    np.testing.assert_allclose(way, wanted, atol=1e-6)


def test_an_arc_begins_and_ends_at_its_ends():
    first, last = RNG.standard_normal([2, 5, 16], np.float32)
    way = painter.arc(first, last, 8)
    assert way.shape == (5, 8, 16)
    np.testing.assert_allclose(way[:, 0], first, atol=1e-6)
    np.testing.assert_allclose(way[:, -1], last, atol=1e-5)


def test_latents_of_seeds_are_those_that_the_model_draws_itself(small_model):
    paint = painter.of_model(str(small_model))
    latents = painter.latents_of([7, 8, 9], paint.latent_size)
    sample = tf.saved_model.load(str(small_model)).signatures["sample"]
    mask = tf.constant(MASK[:3, ..., None], tf.float32)
    drawn = sample(mask=mask, seed=tf.constant([7, 8, 9], tf.int64))["image"].numpy()
    assert np.abs(paint(MASK[:3], latents).astype(int) - drawn).max() <= 1
