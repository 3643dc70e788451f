import dataclasses

import pytest
import tensorflow as tf

from tests.training.run import test_job
from training.run import job, program
from training.run.settings import RunSettings
from training.run.stages import Stage


def test_the_job_is_made_for_the_devices_that_the_settings_ask_for_and_run(monkeypatch):
    run = []
    monkeypatch.setattr(job, "run", run.append)
    settings = RunSettings(deterministic=False)
    program.train(settings, lambda *given: given)
    ((given, replicas),) = run
    assert given is settings
    assert isinstance(replicas, tf.distribute.MirroredStrategy)
    assert replicas.num_replicas_in_sync == 1


def test_what_asks_for_devices_that_are_not_there_is_told(monkeypatch):
    from interface.command_line import UserError

    settings = dataclasses.replace(RunSettings(), deterministic=False, GPU=99)
    with pytest.raises(UserError, match="--GPU 99: found"):
        program.train(settings, lambda *given: pytest.fail("made"))


@pytest.mark.parametrize("done, run", [([True, True, True], 3), ([True, False], 2), ([False], 1)])
def test_a_job_is_made_and_run_once_the_one_before_is_done(monkeypatch, done, run):
    events, answers = [], iter(done)

    def run_it(name):
        events.append(f"run {name}")
        return next(answers)

    def maker(name):
        return lambda settings, replicas: events.append(f"make {name}") or name

    monkeypatch.setattr(job, "run", run_it)
    program.train(RunSettings(deterministic=False), *map(maker, "abc"))
    assert events == [f"{what} {name}" for name in "abc"[:run] for what in ("make", "run")]


def made_in(folder, name, **changes):
    """A maker of a job that trains a stage of a run in a folder."""
    return lambda settings, replicas: test_job.job_of(folder, name, **changes)


def test_stages_of_one_command_are_trained_and_gone_on_with_in_their_order(tmp_path, capsys):
    settings = RunSettings(deterministic=False)
    program.train(settings, made_in(tmp_path, "first", steps=3), made_in(tmp_path, "second"))
    steps = {name: Stage(tmp_path / name).checkpoints().latest() for name in ("first", "second")}
    assert steps == {"first": 3, "second": 6}
    capsys.readouterr()
    longer = made_in(tmp_path, "second", steps=8)
    program.train(settings, made_in(tmp_path, "first", steps=3), longer)
    assert "first: goes on from step 3; --steps 3: nothing to do" in capsys.readouterr().out
    assert [row["step"] for row in test_job.rows(tmp_path / "second")] == [*range(1, 9)]


def test_a_dry_run_is_one_of_the_first_stage_that_is_not_done(tmp_path, capsys):
    settings = RunSettings(deterministic=False)
    dry = {"dry_run": True}
    makers = made_in(tmp_path, "first", **dry), made_in(tmp_path, "second", **dry)
    program.train(settings, *makers)
    assert [*tmp_path.iterdir()] == []
    out = capsys.readouterr().out
    assert f"{tmp_path / 'first'}: starts from nothing" in out
    assert "second" not in out
    program.train(settings, made_in(tmp_path, "first"))
    program.train(settings, *makers)
    assert f"{tmp_path / 'second'}: starts from nothing" in capsys.readouterr().out
    assert not (tmp_path / "second").exists()
