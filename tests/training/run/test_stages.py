"""What a stage is gone on from, and what is told of it."""

import pytest
import tensorflow as tf

from interface import files
from interface.command_line import UserError
from training.run import stages
from training.run.stages import Source, Stage, Start


class Trainer:
    """Two networks of a weight each, and a step."""

    def __init__(self, first, second, step):
        self.networks = {
            "first": tf.train.Checkpoint(weight=tf.Variable(first)),
            "second": tf.train.Checkpoint(weight=tf.Variable(second)),
        }
        self.step = tf.Variable(step)
        self.checkpoint = tf.train.Checkpoint(**self.networks, step=self.step)

    def values(self):
        return [float(part.weight) for part in self.networks.values()] + [int(self.step)]


def saved(folder, *values, **settings):
    """A stage whose newest checkpoint, of step 7, holds these values."""
    stage = Stage(folder)
    stage.checkpoints().save(Trainer(*values).checkpoint, 7)
    files.write_json(stage.config, {"steps": 9, **settings})
    return stage


def test_a_stage_goes_on_from_all_of_a_state(tmp_path):
    trainer, stage = Trainer(0.0, 0.0, 0), saved(tmp_path / "one", 1.0, 2.0, 7)
    start = Start("goes on", 7, (Source(stage, 7),))
    start.apply(trainer)
    assert trainer.values() == [1.0, 2.0, 7]
    assert start.resumes(stage)
    assert not start.resumes(Stage(tmp_path / "two"))


def test_a_stage_takes_networks_of_several_others_by_name(tmp_path):
    one, two = saved(tmp_path / "one", 1.0, 2.0, 7), saved(tmp_path / "two", 3.0, 4.0, 7)
    sources = (Source(one, 7, {"first": "second"}), Source(two, 7, {"second": "second"}))
    trainer, start = Trainer(0.0, 0.0, 0), Start("begins", 0, sources)
    start.apply(trainer)
    assert trainer.values() == [2.0, 4.0, 0]
    assert start.as_written(Stage(tmp_path / "three")) == {
        "sources": [
            {"stage": "one", "step": 7, "continues": False},
            {"stage": "two", "step": 7, "continues": False},
        ]
    }


def test_resuming_does_not_change_what_a_stage_began_with(tmp_path):
    began = [{"stage": "before", "step": 3, "continues": True}]
    stage = saved(tmp_path / "one", 1.0, 2.0, 7, sources=began)
    start = Start("goes on", 7, (Source(stage, 7),))
    assert start.as_written(stage) == {"sources": began}
    older = saved(tmp_path / "older", 1.0, 2.0, 7)
    assert Start("goes on", 7, (Source(older, 7),)).as_written(older) == {}
    assert Start("random weights").as_written(stage) == {"sources": []}


@pytest.mark.parametrize("text", ["[]", "noise", '{"steps": 3', "3"])
def test_damaged_settings_are_named(tmp_path, text):
    stage = Stage(tmp_path)
    stage.config.write_text(text)
    with pytest.raises(UserError, match="config.json: missing or damaged; restore it, or delete"):
        stage.settings("width")


@pytest.mark.parametrize("text, lacking", [("{}", "width"), ('{"width": 3}', "steps")])
def test_a_run_of_another_system_is_not_called_damaged(tmp_path, text, lacking):
    """Nobody is told to delete what another program has trained."""
    stage = Stage(tmp_path)
    stage.config.write_text(text)
    with pytest.raises(UserError, match=f"says nothing of {lacking}: the run is one of another"):
        stage.settings("width")


def test_what_an_older_version_did_not_say_is_known(tmp_path):
    files.write_json(tmp_path / "config.json", {"steps": 3})
    assert Stage(tmp_path, {"framing": "aligned"}).settings()["framing"] == "aligned"


def test_what_is_set_otherwise_than_before_is_said():
    before = {"lr": 0.2, "changes": ["color"], "deep": True, "framing": "aligned"}
    same = {"lr": 0.2, "changes": ("color",), "new": 5}
    assert stages.changed(before, same, {"framing": "aligned"}) == ""
    other = {"deep": False, "lr": 0.1}
    told = "--nodeep, was True; --lr 0.1, was 0.2; framing of the records: central, was aligned"
    assert stages.changed(before, other, {"framing": "central"}) == told
