"""A run of a system that is not the main one: a weight that is drawn to its batches' mean."""

import dataclasses
import json
import os
import pathlib
import signal
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from interface import files
from interface.command_line import UserError, setting
from training.run import job, strategy
from training.run.settings import RunSettings
from training.run.stages import Source, Stage, Start


@dataclasses.dataclass(frozen=True)
class Settings(RunSettings):
    """Of a system with one weight."""

    pull: float = setting("towards the mean", 0.5)


class Trainer:
    """Moves its weight by a share of the way to the batch's mean."""

    def __init__(self, replicas, settings):
        self.strategy, self.settings = replicas, settings
        self.weight, self.step = tf.Variable(0.0), tf.Variable(0, dtype=tf.int64)
        self.rate_scale = tf.Variable(1.0)
        self.networks = {"weight": tf.train.Checkpoint(value=self.weight)}
        self.checkpoint = tf.train.Checkpoint(**self.networks, step=self.step)

    def train_step(self, batch):
        distance = tf.reduce_mean(batch["value"]) - self.weight
        self.weight.assign_add(self.settings.pull * self.rate_scale * distance)
        self.step.assign_add(1)
        return {"distance": distance, "weight": self.weight.read_value()}


class Nearness:
    """How far the weight is from 3."""

    decisive, highest_is_best, images = "distance", False, 4

    def __init__(self, trainer):
        self.trainer = trainer

    def __call__(self):
        return {"distance": abs(float(self.trainer.weight) - 3)}


def values(start_step, replicas, served):
    steps = tf.data.Dataset.range(start_step, 1000)
    return steps.map(lambda step: {"value": tf.cast(tf.stack([step, step + 2]), tf.float32)})


def job_of(folder, name="stage", fingerprint="0000abcd", **changes):
    common = {"run_dir": str(folder), "batch_size": 2, "log_every": 1, "sample_every": 2}
    settings = Settings(**{**common, "steps": 6, "eval_every": 2, "lr": 0.1, **changes})
    stage, replicas = Stage(folder / name), strategy.make_strategy(0)

    def start():
        step = stage.checkpoints().latest()
        if step is None:
            return Start("starts from nothing")
        return Start(f"goes on from step {step}", step, (Source(stage, step),))

    return job.Job(
        settings,
        stage,
        replicas,
        records=types.SimpleNamespace(count=2, fingerprint=fingerprint),
        said={"kind": "numbers"},
        images=2,
        shown=("distance",),
        start=start,
        build=lambda: Trainer(replicas, settings),
        dataset=values,
        sheet=lambda trainer: lambda: [[np.full([4, 6], int(trainer.weight), np.uint8)]],
        evaluation=Nearness,
        table=lambda trainer, share: {"weights": f"{len(trainer.networks)}"},
        beside=lambda: files.write_json(folder / "beside.json", 1),
    )


def rows(stage, name="metrics"):
    return [json.loads(line) for line in (stage / f"{name}.jsonl").read_text().splitlines()]


def test_a_run_leaves_what_any_run_should(tmp_path, capsys):
    job.run(job_of(tmp_path))
    stage, weight = tmp_path / "stage", 0.0
    for row in rows(stage):
        weight += 0.5 * (row["step"] - weight)  # the batch of step s has the mean s
        assert row["weight"] == pytest.approx(weight)
    assert [row["step"] for row in rows(stage)] == [1, 2, 3, 4, 5, 6]
    assert [row["step"] for row in rows(stage, "evaluations")] == [2, 4, 6]
    assert Stage(stage).best().steps() == [4]  # of the weights 1.25, 3.06 and 5.02 nearest to 3
    assert Stage(stage).checkpoints().steps() == [0, 6]
    with Image.open(stage / "samples" / "step_00000006.png") as sheet:
        assert sheet.getpixel((4, 4)) == (5, 5, 5)
    written = json.loads((stage / "config.json").read_text())
    assert (written["pull"], written["kind"], written["sources"]) == (0.5, "numbers", [])
    assert json.loads((tmp_path / "beside.json").read_text()) == 1
    output = capsys.readouterr().out
    assert json.dumps(written, indent=2) in output
    for words in ("starts from nothing; 2 records; to step 6\n", "weights        1\n", "at step 6"):
        assert words in output


def test_a_run_that_was_cut_goes_on_to_the_same_end(tmp_path, capsys):
    job.run(job_of(tmp_path / "whole"))
    job.run(job_of(tmp_path / "cut", steps=3))
    job.run(job_of(tmp_path / "cut", lr=0.2))
    assert "goes on from step 3; 2 records; to step 6; --lr 0.2, was 0.1; --steps 6, was 3" in (
        capsys.readouterr().out
    )
    assert rows(tmp_path / "whole" / "stage") == rows(tmp_path / "cut" / "stage")
    job.run(job_of(tmp_path / "cut"))
    assert "goes on from step 6; --steps 6: nothing to do" in capsys.readouterr().out


def damage(stage, step):
    file = stage / "checkpoints" / f"step_{step:08d}" / "state.data-00000-of-00001"
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)


def test_a_damaged_checkpoint_is_passed_over_when_it_is_restored(tmp_path, capsys):
    job.run(job_of(tmp_path / "whole"))
    job.run(job_of(tmp_path / "damaged", steps=3, checkpoint_every=2))
    damage(tmp_path / "damaged" / "stage", 3)
    capsys.readouterr()
    job.run(job_of(tmp_path / "damaged"))
    told = capsys.readouterr()
    assert told.err.count("step_00000003: damaged (") == 1
    assert "goes on from step 2; 2 records; to step 6; --steps 6, was 3" in told.out
    assert rows(tmp_path / "whole" / "stage") == rows(tmp_path / "damaged" / "stage")


def test_what_is_not_restored_is_checked_all_the_same(tmp_path, capsys):
    job.run(job_of(tmp_path, checkpoint_every=2))
    damage(tmp_path / "stage", 6)
    assert not job.run(job_of(tmp_path, dry_run=True))
    assert "goes on from step 4; 2 records" in capsys.readouterr().out
    assert job.run(job_of(tmp_path))  # it is not done
    assert "at step 6 of 6; done" in capsys.readouterr().out


@pytest.mark.skipif(not pathlib.Path("/proc/self/io").exists(), reason="Linux counts what is read")
def test_a_run_that_goes_on_reads_its_checkpoint_once(tmp_path):
    size = 32_000_000

    class Large(Trainer):
        def __init__(self, *given):
            super().__init__(*given)
            self.checkpoint.large = tf.Variable(tf.zeros([size // 4]))

    def go_on(steps):
        asked = job_of(tmp_path, steps=steps)
        build = lambda: Large(asked.strategy, asked.settings)  # noqa: E731
        before = bytes_read()
        job.run(dataclasses.replace(asked, build=build))
        return bytes_read() - before

    go_on(2)
    assert 0.9 * size < go_on(4) < 1.5 * size


def bytes_read():
    line, *_ = pathlib.Path("/proc/self/io").read_text().splitlines()
    return int(line.split("rchar: ")[1])


def test_a_step_that_is_not_finite_is_gone_back_from_with_half_the_rate(tmp_path, capsys):
    broken, steps = job_of(tmp_path, on_nan="rollback", checkpoint_every=2), []

    def once_infinite(**parts):
        def value(step, numbers):
            return tf.where(tf.equal(step, 4) & (len(steps) == 1), np.nan, numbers["value"])

        steps.append(parts["start_step"])
        counted = values(**parts).enumerate(parts["start_step"])
        return counted.map(lambda step, numbers: {"value": value(step, numbers)})

    job.run(dataclasses.replace(broken, dataset=once_infinite))
    assert steps == [0, 4]
    assert "distance = nan at step 5; the last good checkpoint is of step 4" in (
        capsys.readouterr().out
    )
    before, after = rows(tmp_path / "stage")[3:5]
    assert after["weight"] == pytest.approx(before["weight"] + 0.25 * (5 - before["weight"]))


def test_the_last_good_checkpoint_is_a_whole_one(tmp_path):
    job.run(job_of(tmp_path, steps=4, checkpoint_every=2, keep_checkpoints=3))
    harmed = []

    def infinite(**parts):
        if not harmed:
            harmed.append(damage(tmp_path / "stage", 4))  # after it was read
        return values(**parts).map(lambda numbers: {"value": numbers["value"] * np.inf})

    broken = job_of(tmp_path, on_nan="stop", keep_checkpoints=3)
    with pytest.raises(UserError, match="the last good checkpoint is of step 2;"):
        job.run(dataclasses.replace(broken, dataset=infinite))


def test_a_dry_run_and_a_folder_in_use_write_nothing(tmp_path):
    job.run(job_of(tmp_path, dry_run=True))
    assert [*tmp_path.iterdir()] == []
    with files.locked(tmp_path / "stage"), pytest.raises(UserError, match="at work in it"):
        job.run(job_of(tmp_path))
    assert [*(tmp_path / "stage").iterdir()] == []


def test_who_runs_it_is_told_whether_it_is_done(tmp_path):
    assert not job.run(job_of(tmp_path, dry_run=True))
    assert job.run(job_of(tmp_path))
    assert job.run(job_of(tmp_path))  # nothing to do
    assert job.run(job_of(tmp_path, dry_run=True))  # neither now
    assert not job.run(job_of(tmp_path, steps=8, dry_run=True))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", [3, 6])
def test_it_is_not_done_where_somebody_asked_to_stop(tmp_path, capsys, number, step):
    """In its last step too: what would follow is not begun."""
    asked = job_of(tmp_path)

    class Asking(Trainer):
        def train_step(self, batch):
            if int(self.step) == step - 1:
                os.kill(os.getpid(), number)
            return super().train_step(batch)

    build = lambda: Asking(asked.strategy, asked.settings)  # noqa: E731
    assert not job.run(dataclasses.replace(asked, build=build))
    assert Stage(tmp_path / "stage").checkpoints().latest() == step
    how = "done" if step == 6 else "the same command goes on from here"
    assert f"at step {step} of 6; {how}" in capsys.readouterr().out
    assert job.run(job_of(tmp_path))
    assert Stage(tmp_path / "stage").checkpoints().latest() == 6


def test_a_stage_may_have_other_networks_than_the_one_it_goes_on_from(tmp_path):
    """But not other records without a word."""
    first = dataclasses.replace(job_of(tmp_path), shapes={"width": 1})
    job.run(first)
    assert json.loads(first.stage.config.read_text())["width"] == 1
    after = Start("", 0, (Source(first.stage, 6, {}),))
    second = dataclasses.replace(job_of(tmp_path, "second"), shapes={"width": 2})
    assert job.as_written(second, after)["width"] == 2
    assert job.changed(second, after) == ""
    other = dataclasses.replace(second, said={"kind": "letters"})
    assert job.changed(other, after) == "kind of the records: letters, was numbers"


def test_other_records_than_those_gone_on_with_are_told(tmp_path, capsys):
    job.run(job_of(tmp_path, steps=2))
    capsys.readouterr()
    job.run(job_of(tmp_path, steps=4))
    assert "fingerprint" not in capsys.readouterr().out.split("stage: ", 1)[1].split("\n")[0]
    job.run(job_of(tmp_path, steps=6, fingerprint="1111abcd"))
    told = "fingerprint of the records: 1111abcd, was 0000abcd"
    assert told in capsys.readouterr().out
