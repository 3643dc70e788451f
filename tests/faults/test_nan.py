"""A loss that is no number any more: nothing of it is kept, and training stops or goes back."""

import json

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from tests.test_train import metrics, run, state
from training.run.stages import Stage
from training.trainer import AdversarialTrainer

pytestmark = pytest.mark.usefixtures("uncompiled")
DIVERGING = ["--phase=1", "--steps=9", "--lr=1e30"]
PART = ["--phase=1", "--checkpoint_every=2"]


def assert_all_finite(stage):
    """Every number of every checkpoint."""
    for folder in (stage / "checkpoints").iterdir():
        reader = tf.train.load_checkpoint(str(folder / "state"))
        for name in reader.get_variable_to_shape_map():
            if "OBJECT_GRAPH" not in name:
                assert np.isfinite(reader.get_tensor(name)).all(), f"{name} in {folder.name}"


@pytest.mark.parametrize("log_every", [1, 50])  # with 50, only a look before each save helps
def test_a_diverged_run_stops_and_no_checkpoint_holds_it(records_dir, tmp_path, log_every):
    words = [f"--log_every={log_every}", "--checkpoint_every=1", "--keep_checkpoints=9"]
    with pytest.raises(UserError) as error:
        run(records_dir, tmp_path, *DIVERGING, *words)
    assert_all_finite(tmp_path / "phase_1")
    last = (
        Stage(tmp_path / "phase_1").checkpoints().steps()[-1]
    )  # one each step: the next one failed
    assert f"= nan at step {last + 1}; the last good checkpoint is of step {last}" in str(
        error.value
    )
    assert "\n" not in str(error.value)


def test_three_rollbacks_that_do_not_help_are_enough(records_dir, tmp_path, capsys):
    with pytest.raises(UserError, match="rolled back 3 times already"):
        run(records_dir, tmp_path, *DIVERGING, "--on_nan=rollback")
    output, stage = capsys.readouterr().out, tmp_path / "phase_1"
    for scale in ("0.5", "0.25", "0.125"):
        assert f"going back to it with {scale} × the learning rate" in output
    noted = json.loads((stage / "rollbacks.json").read_text())
    assert [note["back_to"] for note in noted] == [0, 0, 0]
    assert Stage(stage).checkpoints().steps() == [0]
    assert_all_finite(stage)


def test_a_rollback_trains_on_as_if_told_to_halve_the_rate(records_dir, tmp_path, monkeypatch):
    healed, by_hand = tmp_path / "healed", tmp_path / "by_hand"
    run(records_dir, by_hand, *PART, "--steps=2", "--lr=0.002")
    run(records_dir, by_hand, *PART, "--steps=4", "--lr=0.001")

    step, damaged = AdversarialTrainer.train_step, [3]

    def train_step(trainer, batch):
        if trainer.step.numpy() + 1 in damaged:
            damaged.clear()
            batch = {**batch, "image": batch["image"] * np.nan}
        return step.__get__(trainer, type(trainer))(batch)

    monkeypatch.setattr(AdversarialTrainer, "train_step", train_step)
    run(records_dir, healed, *PART, "--steps=3", "--lr=0.002", "--on_nan=rollback")
    run(records_dir, healed, *PART, "--steps=4", "--lr=0.002", "--on_nan=rollback")
    assert damaged == []
    rows = metrics(healed / "phase_1")
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    rates = [0.002] * 2 + [0.001] * 2  # the resumed run's too
    np.testing.assert_allclose([row["learning_rate"] for row in rows], rates)
    assert rows == metrics(by_hand / "phase_1")
    trained, expected = state(healed / "phase_1"), state(by_hand / "phase_1")
    assert trained.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(trained[name], value, err_msg=name)
