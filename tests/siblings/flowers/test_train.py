import json

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from siblings.flowers import train
from tests.siblings.flowers.conftest import TINY


def trained(records_dir, folder, *words):
    train.main([*TINY, f"--data_dir={records_dir}", f"--run_dir={folder}", *words])
    return folder / "flowers"


def rows(stage, log):
    return [json.loads(line) for line in (stage / f"{log}.jsonl").read_text().splitlines()]


def test_it_keeps_the_checkpoint_whose_pictures_are_best_placed(
    label_records_dir, disc_segmenter, tmp_path
):
    words = ["--steps=6", "--log_every=2", "--eval_every=2", "--eval_images=8", "--lr=0.01"]
    stage = trained(label_records_dir, tmp_path, *words, f"--segmenter={disc_segmenter}")
    said = rows(stage, "metrics")
    assert [row["step"] for row in said] == [2, 4, 6]
    losses = {"discriminator_loss", "generator_loss"}
    probabilities = {"photo_probability", "fake_probability", "fake_probability_after"}
    assert losses | probabilities <= said[0].keys()
    figures = {row["step"]: row["location_iou"] for row in rows(stage, "evaluations")}
    best = max(figures, key=lambda step: (figures[step], -step))
    assert [path.name for path in (stage / "best").iterdir()] == [f"step_{best:08d}"]
    written = json.loads((stage / "config.json").read_text())
    assert (written["places"], written["colour"]) == (["1"], [128, 0, 0])


def test_a_sheet_shows_mask_photo_and_eight_pictures(flowers_run):
    with Image.open(flowers_run / "flowers" / "samples" / "step_00000002.png") as sheet:
        pixels = np.asarray(sheet)
    assert pixels.shape == (2 * 258 + 2, 10 * 258 + 2, 3)
    mask, photo = pixels[2:258, 2:258], pixels[2:258, 260:516]
    assert {*map(tuple, mask.reshape(-1, 3))} == {(0, 0, 0), (255, 255, 255)}
    there = mask[..., 0] > 0
    assert photo[there].mean() > 1.5 * photo[~there].mean()  # bright discs on dark ground


@pytest.mark.parametrize("word, epochs", [("--epochs=6", 6), ("--epochs=1", 1)])
def test_steps_follow_from_the_epochs(label_records_dir, tmp_path, word, epochs, capsys):
    trained(label_records_dir, tmp_path, word, "--dry_run")
    assert json.loads(capsys.readouterr().out.split("}\n")[0] + "}")["steps"] == epochs * 12 / 4


def test_the_plain_dcgan_has_no_masks(label_records_dir, tmp_path, capsys):
    trained(label_records_dir, tmp_path, "--nouse_mask", "--steps=1")
    assert "mask           none: the plain DCGAN" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, told",
    [
        (["--class_name=rose"], "--class_name rose: no such class; there are 0, 1"),
        (["--class_name=1,7"], "--class_name 7: no such class"),
        (["--eval_every=1"], "--eval_every 1: wanted a --segmenter that looks; or leave it out"),
        (["--eval_every=1", "--segmenter=x", "--nouse_mask"], "wanted masks to be held against"),
        (["--eval_every=1", "--segmenter=nowhere"], "--segmenter nowhere: no such folder"),
        (["--data_dir=elsewhere"], "--data_dir elsewhere: no such folder"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(label_records_dir, tmp_path, words, told):
    with pytest.raises(UserError) as caught:
        trained(label_records_dir, tmp_path / "run", "--steps=2", *words)
    assert told in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_segmenter_that_does_not_know_the_class_is_refused(
    label_records_dir, segmenter_model, tmp_path
):
    words = ["--steps=2", "--eval_every=1", f"--segmenter={segmenter_model}"]
    with pytest.raises(UserError, match="knows no class 1; it tells sky, left bank"):
        trained(label_records_dir, tmp_path / "run", *words)


def test_a_run_of_other_networks_is_not_gone_on_with(flowers_run, label_records_dir):
    with pytest.raises(UserError, match="--generator_width 3: .* was trained with --generator_wid"):
        trained(label_records_dir, flowers_run, "--generator_width=3", "--steps=4")


def test_a_batch_that_replicas_do_not_divide_is_refused(label_records_dir, tmp_path):
    import tensorflow as tf

    from siblings.flowers import config

    replicas = tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"])
    words = [*TINY, "--batch_size=3", f"--data_dir={label_records_dir}", f"--run_dir={tmp_path}"]
    with pytest.raises(UserError, match="--batch_size 3: not a multiple of 2"):
        train.job_of(config.from_flags(words), replicas)
