import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.label_maps import schema
from interface.command_line import UserError
from siblings.pix2pixhd import config, phases, train
from tests.siblings.pix2pixhd.conftest import TINY, trained
from tests.test_train import metrics

LOSSES = {"photo_loss", "fake_loss", "critic_loss", "generator_loss"}
LOSSES |= {"adversarial_loss", "feature_loss", "learning_rate", "step"}
PHASES = {"phase_1": (0, 16), "phase_2_outermost": (1, 32), "phase_2": (1, 32), "phase_3": (1, 32)}


def evaluations(stage):
    return [json.loads(line) for line in (stage / "evaluations.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_every_stage_leaves_what_a_run_should(styled_run):
    assert sorted(path.name for path in styled_run.iterdir()) == sorted(PHASES)
    for name, (enhancers, side) in PHASES.items():
        stage = styled_run / name
        rows = metrics(stage)
        assert all(np.isfinite([*row.values()]).all() for row in rows)
        assert {*rows[-1]} >= LOSSES
        assert "perceptual_loss" not in rows[-1]
        written = json.loads((stage / "config.json").read_text())
        assert (written["stage_enhancers"], written["trained_size"]) == (enhancers, [side, side])
        assert written["steps"] == len(rows)
        assert [each["name"] for each in written["classes"]] == ["0", "1"]
        with Image.open(stage / "samples" / f"step_{len(rows):08d}.png") as sheet:
            pixels = np.asarray(sheet)
        scale = (len(pixels) - 2) // 2 - 2  # two rows: a map, its photo, a picture
        assert pixels.shape == (2 * (scale + 2) + 2, 3 * (scale + 2) + 2, 3)
        shown, photo = pixels[2 : 2 + scale, 2 : 2 + scale], pixels[2 : 2 + scale, 4 + scale :]
        assert {*map(tuple, shown.reshape(-1, 3))} == {(0, 0, 0), (128, 0, 0)}  # PASCAL VOC's
        photo, disc = photo[:, :scale], shown[..., 0] > 0
        assert photo[disc].mean() > 1.5 * photo[~disc].mean()  # bright discs on dark ground


def test_the_rate_falls_in_the_last_part_of_the_steps():
    """Three epochs, and one in which it falls: of eight steps the last two."""
    words = ["--phase=1", "--steps=8", "--epochs=3", "--decay_epochs=1", "--lr=0.5"]
    settings = config.from_flags([*TINY, *words])
    (part,) = phases.parts(settings)
    trainer = train.build_trainer(settings, part, 2, (16, 16), tf.distribute.get_strategy())
    rates = []
    for done in range(8):
        trainer.step.assign(done)
        rates.append(float(trainer.learning_rate()))
    np.testing.assert_allclose(rates, [0.5] * 7 + [0.25])


@pytest.mark.slow
def test_figures_of_held_out_maps_keep_the_best_checkpoint(
    instance_records_dir, disc_segmenter, tmp_path
):
    words = ["--phase=1", "--steps=3", "--lr=0.05", "--eval_every=1", "--eval_images=8"]
    trained(instance_records_dir, tmp_path, *words, f"--segmenter={disc_segmenter}")
    stage = tmp_path / "phase_1"
    figures = {row["step"]: row["mean_iou"] for row in evaluations(stage)}
    assert [*figures] == [1, 2, 3]
    best = max(figures, key=lambda step: (figures[step], -step))
    assert [path.name for path in (stage / "best").iterdir()] == [f"step_{best:08d}"]


@pytest.mark.slow
def test_discs_are_painted_bright_after_some_steps(instance_records_dir, disc_segmenter, tmp_path):
    """Where held-out maps have discs; darkness everywhere would have less than a half."""
    words = ["--steps=60", "--lr=0.01", "--eval_every=60", f"--segmenter={disc_segmenter}"]
    where = [f"--data_dir={instance_records_dir}", f"--run_dir={tmp_path}"]
    larger = ["--width=8", "--batch_size=4", "--discriminator_width=4"]
    train.main([*TINY, "--phase=1", "--enhancers=0", *larger, *words, *where])
    (row,) = evaluations(tmp_path / "phase_1")
    assert row["mean_iou"] > 0.75


def test_a_dry_run_of_two_stages_tells_of_the_first_and_writes_nothing(
    instance_records_dir, styled_run, tmp_path, capsys
):
    words = ["--phase=2", "--dry_run", f"--load_pretrain={styled_run}"]
    trained(instance_records_dir, tmp_path / "run", *words)
    out = capsys.readouterr().out
    written = json.loads(out.split("\n}\n")[0] + "}")
    assert written["steps"] == 10  # epochs, of twelve records at once
    assert "phase_2_outermost: starts from step 1 of 1 of" in out
    assert "/phase_2:" not in out
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_records_without_instances_train_without_them(label_records_dir, tmp_path):
    words = ["--noinstances", "--features=label", "--enhancers=0", "--steps=1"]
    trained(label_records_dir, tmp_path, "--phase=1", *words)
    trained(label_records_dir, tmp_path, "--phase=3", *words)
    written = json.loads((tmp_path / "phase_3" / "config.json").read_text())
    assert written["sources"] == [{"stage": "phase_1", "step": 1, "continues": False}]
    assert written["networks"]["features"] == "label"


@pytest.mark.slow
def test_crops_of_photos_are_trained_on(instance_records_dir, tmp_path):
    words = ["--phase=1", "--steps=1", "--resize=resize_and_crop", "--load_size=40"]
    trained(instance_records_dir, tmp_path, *words, "--crop_size=16,24")
    written = json.loads((tmp_path / "phase_1" / "config.json").read_text())
    assert written["trained_size"] == [8, 12]


@pytest.mark.slow
def test_pictures_are_compared_by_the_features_of_vgg(instance_records_dir, tmp_path, monkeypatch):
    """Here of a network that sees pictures as they are; the real one is in training/perceptual."""
    from training import perceptual

    asked = []
    monkeypatch.setattr(
        perceptual, "load", lambda word, build: asked.append(word) or (lambda pictures: [pictures])
    )
    words = ["--phase=1", "--steps=1", "--vgg=some.pth"]
    trained(instance_records_dir, tmp_path, *words)
    (row,) = metrics(tmp_path / "phase_1")
    assert 0 < row["perceptual_loss"] < 10 * 2 / 32  # 10, the finest features' 1 / 32, and [-1, 1]
    trained(instance_records_dir, tmp_path / "none", *words, "--perceptual_weight=0", "--dry_run")
    assert asked == ["some.pth", "none"]


def test_a_generator_without_features_has_the_weights_of_the_one_before():
    settings = config.from_flags([*TINY, "--phase=3"])
    (part,) = phases.parts(settings)
    generator = train.build_generator(settings, part, classes=5)
    assert generator.whole.first.conv.kernel.shape == (7, 7, 6, 4)  # and edges
    assert generator.outermost.first.conv.kernel.shape == (7, 7, 6, 2)


def test_inside_of_layers_is_forgotten_where_that_is_asked_for():
    for words, recomputes in (([], False), (["--recompute"], True)):
        settings = config.from_flags([*TINY, "--phase=2", "--steps=1", *words])
        *_, part = phases.parts(settings)
        trainer = train.build_trainer(settings, part, 2, (32, 32), tf.distribute.get_strategy())
        networks = [trainer.generator.whole, *trainer.generator.enhancers]
        assert [each.recomputes for each in networks] == [recomputes] * 2


def validation_without_instances(records_dir, folder, label_records_dir):
    shutil.copytree(records_dir, folder)
    for path in label_records_dir.glob(f"{schema.file_stem('validation')}*"):
        shutil.copy(path, folder)
    return folder


def test_held_out_records_without_instances_are_refused(
    instance_records_dir, label_records_dir, tmp_path
):
    where = tmp_path / "records", label_records_dir
    mixed = validation_without_instances(instance_records_dir, *where)
    with pytest.raises(UserError, match="its records have no maps of instances; prepare them"):
        trained(mixed, tmp_path / "run", "--phase=1", "--steps=1")
    assert not (tmp_path / "run").exists()


def test_without_held_out_records_figures_can_not_be_had(instance_records_dir, tmp_path):
    copy = shutil.copytree(instance_records_dir, tmp_path / "copy")
    for path in copy.glob(f"{schema.file_stem('validation')}*"):
        path.unlink()
    with pytest.raises(UserError, match="has no validation records; prepare it with --hold_out"):
        trained(copy, tmp_path / "run", "--phase=1", "--steps=1", "--eval_every=1")
    trained(copy, tmp_path / "run", "--phase=1", "--steps=1")  # sheets are of those trained on


@pytest.mark.parametrize(
    "words, told",
    [
        (["--noinstances", "--data_dir=elsewhere"], "--data_dir elsewhere: no such folder"),
        (["--vgg=elsewhere.pth"], "--vgg elsewhere.pth: no such file; wanted imagenet, none, or"),
        (["--eval_every=1", "--segmenter=nowhere"], "--segmenter nowhere: no such folder"),
        (["--downs=5"], "photos of 32x32: wanted height and width that are multiples of 64"),
        (["--resize=crop", "--crop_size=48"], "--crop_size 48: larger than a photo, which --res"),
        (["--phase=2"], "phase_2_outermost starts from phase_1, of which"),
        (["--width=5"], "--width 5: --enhancers 1 halve it so often; wanted a multiple of 2"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(instance_records_dir, tmp_path, words, told):
    with pytest.raises(UserError) as caught:
        trained(instance_records_dir, tmp_path / "run", "--phase=1", "--steps=1", *words)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("words, told", [([], "train with --noinstances"), (["--noinstances"], "")])
def test_instances_are_wanted_where_edges_are_drawn(label_records_dir, tmp_path, words, told):
    words = [*words, "--phase=1", "--steps=1", "--dry_run"]
    if not told:
        trained(label_records_dir, tmp_path / "run", *words)
        return
    with pytest.raises(UserError, match=told):
        trained(label_records_dir, tmp_path / "run", *words)


def test_a_batch_that_replicas_do_not_divide_is_refused(instance_records_dir, tmp_path):
    replicas = tf.distribute.MirroredStrategy(["/CPU:0", "/CPU:1"])
    where = [f"--data_dir={instance_records_dir}", f"--run_dir={tmp_path}"]
    settings = config.from_flags([*TINY, "--phase=1", "--batch_size=3", *where])
    (part,) = phases.parts(settings)
    with pytest.raises(UserError, match="--batch_size 3: not a multiple of 2"):
        train.job_of(part, settings, replicas)
