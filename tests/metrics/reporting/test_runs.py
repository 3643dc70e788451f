import json
import os
import pathlib
import shutil

import numpy as np
import pytest

from interface.command_line import UserError
from metrics.reporting import runs


@pytest.fixture
def stage(tmp_path):
    """Write a stage's folder: stage("a/phase_2", {"batch_size": 4}, metrics=[{...}], ...)."""

    def write(name, settings=None, **logs):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        _, phase, *fade = folder.name.split("_")
        whole = {"phase": int(phase), "smooth": bool(fade), "batch_size": 8, "steps": 50}
        (folder / "config.json").write_text(json.dumps({**whole, **(settings or {})}))
        for log, rows in logs.items():
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / f"{log}.jsonl").write_text(lines)
        return folder

    return write


def losses(*steps):
    return [{"step": step, "loss": step / 10} for step in steps]


def read(folder):
    (run,) = runs.read_runs([str(folder)])
    return run


def test_images_count_on_through_fades_stable_stages_and_phases(tmp_path, stage):
    stage("a/phase_10", {"batch_size": 2, "n_critic": 1}, metrics=losses(1))
    stage("a/phase_2", {"batch_size": 100}, metrics=losses(10, 20))
    stage("a/phase_3_fade", {"batch_size": 10, "n_critic": 1}, metrics=losses(5, 30))
    stage("a/phase_3", {"batch_size": 4, "n_critic": 3}, metrics=losses(35, 40))
    run = read(tmp_path / "a")
    names = ["phase_2", "phase_3_fade", "phase_3", "phase_10"]
    assert [stage.name for stage in run.stages] == names
    assert [stage.step for stage in run.stages] == [20, 30, 40, 1]
    # phase 2: 20 × 100; the fade: 30 × 10; on from step 30: 10 × 12; phase 10: 1 × 2
    wanted = [
        [(1000, 1.0), (2000, 2.0)],
        [(2050, 0.5), (2300, 3.0)],
        [(2360, 3.5), (2420, 4.0)],
        [(2422, 0.1)],
    ]
    for part, points in zip(run.curve("metrics", "loss"), wanted):
        np.testing.assert_allclose(part, points)
    assert run.images == 2422


def test_stages_of_other_systems_count_on_from_what_they_continue(tmp_path, stage):
    """What each started from says the order; the step of what it continues is where it starts."""
    first = {"stage": "phase_9", "step": 10, "continues": True}
    for name, sources in (("phase_1", [first]), ("phase_9", [])):
        folder = stage(f"a/{name}", metrics=losses(*(step + 10 * len(sources) for step in (5, 10))))
        (folder / "config.json").write_text(
            json.dumps({"batch_size": 2, "steps": 20, "sources": sources})
        )
    run = read(tmp_path / "a")
    assert [stage.name for stage in run.stages] == ["phase_9", "phase_1"]
    one, other = run.curve("metrics", "loss")
    np.testing.assert_array_equal(one, [[10, 0.5], [20, 1]])
    np.testing.assert_array_equal(other, [[30, 1.5], [40, 2]])


def test_a_stage_that_has_just_begun_has_no_curve(tmp_path, stage):
    stage("a/phase_1", metrics=losses(10))
    stage("a/phase_2")
    run = read(tmp_path / "a")
    assert (len(run.curve("metrics", "loss")), run.images) == (1, 80)
    assert run.curve("evaluations", "loss") == []


def test_what_is_no_finite_number_is_no_point(tmp_path, stage):
    values = [1.5, float("nan"), "x", None, float("inf"), 2]
    rows = [{"step": step, "v": value} for step, value in enumerate(values)] + [{"step": 9}]
    stage("a/phase_1", evaluations=rows)
    (part,) = read(tmp_path / "a").curve("evaluations", "v")
    np.testing.assert_array_equal(part, [[0, 1.5], [40, 2]])


@pytest.mark.parametrize("tail", ['{"step": 3, "lo', '{"step": 3', "\x00\x00", "{}", "7"])
def test_a_last_row_that_was_cut_off_is_passed_over(tmp_path, stage, tail):
    with open(stage("a/phase_1", metrics=losses(1, 2)) / "metrics.jsonl", "a") as file:
        file.write(tail)
    assert [row["step"] for row in read(tmp_path / "a").stages[0].metrics] == [1, 2]


def test_runs_are_named_by_their_folders_or_where_these_agree_by_their_paths(
    tmp_path, stage, monkeypatch
):
    for name in ("a", "b", "x/a"):
        stage(f"{name}/phase_1")
    monkeypatch.chdir(tmp_path / "a")
    pair = runs.read_runs([".", "../b"])
    assert [run.name for run in pair] == ["a", "b"]
    assert [run.folder for run in pair] == [pathlib.Path("."), pathlib.Path("../b")]
    assert [run.name for run in runs.read_runs([".", "../x/a"])] == ["a", "x/a"]


def test_samples_are_the_last_stages_and_the_evaluation_the_one_made_last(tmp_path, stage):
    fade, stable = stage("a/phase_2_fade"), stage("a/phase_2")
    assert read(tmp_path / "a").newest_samples() is None
    assert read(tmp_path / "a").newest_evaluation() is None
    for name in ("samples/step_00000900.png", "samples/step_00001000.png"):
        (fade / name).parent.mkdir(exist_ok=True)
        (fade / name).touch()
    (stable / "samples").mkdir()  # still empty
    for second, (folder, step) in enumerate([(fade, 9000), (stable, 3000), (stable, 1000)]):
        path = folder / "evaluation" / f"step_{step:08d}" / "figures.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"protocol": {"step": step}, "figures": {"m": {"x": 1.5}}}))
        os.utime(path, (second, second))
    copied = stable / "evaluation" / "step_00003000 (copy)"
    shutil.copytree(stable / "evaluation" / "step_00003000", copied)
    (stable / "evaluation" / "step_00002000").mkdir()  # without figures
    run = read(tmp_path / "a")
    assert run.newest_samples() == fade / "samples" / "step_00001000.png"
    evaluation = run.newest_evaluation()
    assert evaluation.folder == stable / "evaluation" / "step_00001000"
    assert (evaluation.protocol, evaluation.figures) == ({"step": 1000}, {"m": {"x": 1.5}})


def test_folders_that_are_no_stages_are_passed_over(tmp_path, stage):
    shutil.copytree(stage("a/phase_2"), tmp_path / "a" / "phase_2_old")
    (tmp_path / "a" / "logs").mkdir()
    (tmp_path / "a" / "logs" / "config.json").write_text('{"of": "something else"}')
    (tmp_path / "a" / "phase_3").mkdir()  # without settings
    assert [stage.name for stage in read(tmp_path / "a").stages] == ["phase_2"]


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("config.json", "{", "config.json: damaged, it is no JSON object"),
        ("config.json", "[1]", "config.json: damaged"),
        ("config.json", '{"sources": [], "steps": 3}', "config.json: no batch_size in it"),
        ("config.json", '{"sources": 1, "batch_size": 8, "steps": 3}', 'wanted "sources" with'),
        ("metrics.jsonl", '{"step": 1}\n{"st\n{"step": 3}\n', "metrics.jsonl: line 2 is damaged"),
        ("timing.jsonl", '{"loss": 1}\n{"step": 3}\n', "timing.jsonl: line 1 is damaged"),
        ("evaluations.jsonl", 'no\n\n{"step": 3}\n', "evaluations.jsonl: line 1 is damaged"),
        ("evaluation/step_1/figures.json", "no", "figures.json: damaged"),
        ("evaluation/step_1/figures.json", '{"figures": {}}', 'wanted "protocol" and "figures"'),
    ],
)
def test_a_damaged_file_is_named_in_one_line(tmp_path, stage, name, content, told):
    path = stage("a/phase_1") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        read(tmp_path / "a").newest_evaluation()
    assert str(path) in str(caught.value) and told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "folders, told",
    [
        (["{0}/none"], "{0}/none: no such folder"),
        (["{0}/file"], "{0}/file: no such folder"),
        (["{0}/empty"], "{0}/empty: no stage"),
        (["{0}/a/phase_1"], "{0}/a/phase_1: no stage"),
        (["{0}/a", "{0}/empty/../a"], "{0}/empty/../a: named twice"),
    ],
)
def test_a_folder_that_is_no_run_is_named_in_one_line(tmp_path, stage, folders, told):
    stage("a/phase_1")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UserError) as caught:
        runs.read_runs([folder.format(tmp_path) for folder in folders])
    assert told.format(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
