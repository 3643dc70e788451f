import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from interface.command_line import UserError
from siblings.maskgan import config, train
from tests.siblings.maskgan.conftest import TINY, trained
from tests.test_train import metrics

OF_MASKS = {"loss", "cross_entropy", "divergence", "accuracy", "learning_rate", "step"}
OF_PICTURES = {"photo_loss", "fake_loss", "critic_loss", "generator_loss", "feature_loss", "step"}
PHASES = {"phase_1": (OF_MASKS, 3), "phase_2": (OF_PICTURES, 4), "phase_3": (OF_PICTURES, 7)}


def test_every_phase_leaves_what_a_run_should(edit_run):
    assert sorted(path.name for path in edit_run.iterdir()) == sorted(PHASES)
    for name, (losses, columns) in PHASES.items():
        rows = metrics(edit_run / name)
        assert all(np.isfinite([*row.values()]).all() for row in rows)
        assert {*rows[-1]} >= losses
        written = json.loads((edit_run / name / "config.json").read_text())
        assert (written["steps"], written["trained_size"]) == (len(rows), [32, 32])
        assert [each["name"] for each in written["classes"]] == ["0", "1"]
        with Image.open(edit_run / name / "samples" / f"step_{len(rows):08d}.png") as sheet:
            height, width = sheet.height, sheet.width
        tile = (height - 2) // 2
        assert (height, width) == (2 * tile + 2, columns * tile + 2)


def test_the_third_says_what_it_began_with(edit_run):
    written = json.loads((edit_run / "phase_3" / "config.json").read_text())
    assert written["sources"] == [
        {"stage": "phase_1", "step": 2, "continues": False},
        {"stage": "phase_2", "step": 1, "continues": False},
    ]
    assert written["lr"] == 5e-5


def test_the_rate_falls_in_the_last_part_of_the_steps():
    words = ["--phase=1", "--steps=8", "--epochs=3", "--decay_epochs=1", "--lr=0.5"]
    settings = config.from_flags([*TINY, *words]).settled(1)
    trainer = train.build_trainer(settings, 2, (32, 32), tf.distribute.get_strategy())
    rates = []
    for done in range(8):
        trainer.step.assign(done)
        rates.append(float(trainer.learning_rate()))
    np.testing.assert_allclose(rates, [0.5] * 7 + [0.25])


def test_a_dry_run_tells_settings_and_writes_nothing(label_records_dir, tmp_path, capsys):
    trained(label_records_dir, tmp_path / "run", "--phase=1", "--dry_run")
    assert '"steps"' in capsys.readouterr().out
    assert not (tmp_path / "run").exists()


def test_classes_without_left_and_right_are_refused(label_records_dir, tmp_path):
    with pytest.raises(UserError, match="its classes know no left and right"):
        trained(label_records_dir, tmp_path, "--phase=1", "--mirror", "--dry_run")
