"""Training is tested by training: tiny networks, records made in memory, the real train.main."""

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import train
from input_pipeline.faces import record_files, shape
from interface import files
from interface.command_line import UserError
from training.run import workers
from training.run.stages import Stage

ROOT = pathlib.Path(__file__).parents[1]
TINY = ["--max_features=4", "--embedding_hidden=4", "--batch_size=4", "--sample_rows=2"]
TINY += ["--log_every=1", "--average_decay=0.5", "--use_embedding"]


def run(records_dir, run_dir, *words):
    train.main([*TINY, f"--data_dir={records_dir}", f"--run_dir={run_dir}", *words])


def state(stage, step=None):
    """{name: array} of a stage's checkpoint, the newest one if no step is given."""
    saved = Stage(stage).checkpoints()
    step = saved.latest() if step is None else step
    reader = tf.train.load_checkpoint(str(saved.folder / f"step_{step:08d}" / "state"))
    names = [n for n in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in n]
    return {name: reader.get_tensor(name) for name in names}


def metrics(stage):
    return [json.loads(line) for line in (stage / "metrics.jsonl").read_text().splitlines()]


def test_phases_follow_each_other_and_leave_what_a_run_should(records_dir, tmp_path, capsys):
    run(records_dir, tmp_path, "--phase=1", "--steps=2")
    run(records_dir, tmp_path, "--phase=2", "--smooth", "--steps=3", "--size=16")
    run(records_dir, tmp_path, "--phase=2", "--steps=5", "--sample_every=4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["phase_1", "phase_2", "phase_2_fade"]
    stage = tmp_path / "phase_2"
    assert [row["step"] for row in metrics(stage)] == [4, 5]  # counts on from the fade's 3
    assert all(np.isfinite(list(row.values())).all() for row in metrics(stage))
    assert [row["alpha"] for row in metrics(tmp_path / "phase_2_fade")] == [0.0, 0.5, 1.0]
    assert sorted(p.name for p in (stage / "samples").iterdir()) == [
        "step_00000004.png",
        "step_00000005.png",
    ]
    with Image.open(stage / "samples" / "step_00000005.png") as sheet:
        assert sheet.size == (8 * 66 + 2, 2 * 66 + 2)  # mask, photo, six variations; two rows
    settings = json.loads((stage / "config.json").read_text())
    assert (settings["phase"], settings["steps"], settings["smooth"]) == (2, 5, False)
    assert json.dumps(settings, indent=2) in capsys.readouterr().out
    assert Stage(stage).checkpoints().steps() == [3, 5]  # where it began, and where it ended
    assert list((stage / "logs").glob("events*"))


def test_small_evaluations_keep_the_best_checkpoint_beside_the_newest(
    uncompiled, records_dir, tmp_path
):
    run(records_dir, tmp_path, "--phase=1", "--steps=5", "--eval_every=2", "--eval_images=8")
    rows = (tmp_path / "phase_1" / "evaluations.jsonl").read_text().splitlines()
    figures = {row["step"]: row["sliced_wasserstein"] for row in map(json.loads, rows)}
    assert list(figures) == [2, 4, 5]
    assert Stage(tmp_path / "phase_1").best().steps() == [min(figures, key=figures.get)]


def test_the_same_command_again_goes_on_exactly_where_it_stopped(records_dir, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run(records_dir, whole, "--phase=1", "--steps=6")
    run(records_dir, cut, "--phase=1", "--steps=3")
    run(records_dir, cut, "--phase=1", "--steps=6")
    expected, found = state(whole / "phase_1"), state(cut / "phase_1")
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    assert metrics(whole / "phase_1") == metrics(cut / "phase_1")
    last = "phase_1/samples/step_00000006.png"
    assert (whole / last).read_bytes() == (cut / last).read_bytes()


def test_a_finished_stage_and_a_dry_run_change_nothing(uncompiled, records_dir, tmp_path, capsys):
    run(records_dir, tmp_path, "--phase=1", "--steps=1", "--dry_run")
    assert list(tmp_path.iterdir()) == []
    run(records_dir, tmp_path, "--phase=1", "--steps=1")
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    run(records_dir, tmp_path, "--phase=1", "--steps=1")
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == before
    assert "is done" in capsys.readouterr().out


def test_a_run_keeps_how_its_faces_differ_once(uncompiled, people_dir, tmp_path):
    kept = tmp_path / shape.FILE
    run(people_dir, tmp_path, "--phase=1", "--steps=1", "--dry_run")
    assert not kept.exists()
    run(people_dir, tmp_path, "--phase=1", "--steps=1")
    records = record_files.open_records(str(people_dir), 16)
    wanted = shape.of_records(records).to_json()
    assert kept.read_text() == wanted
    kept.write_text("kept")
    run(people_dir, tmp_path, "--phase=1", "--steps=2")
    assert kept.read_text() == "kept"
    kept.unlink()
    run(people_dir, tmp_path, "--phase=1", "--steps=2", "--dry_run")
    assert not kept.exists()
    with files.locked(tmp_path):  # by another stage of the run, which writes it
        run(people_dir, tmp_path, "--phase=1", "--steps=2")
    assert not kept.exists()
    run(people_dir, tmp_path, "--phase=1", "--steps=2")  # is done
    assert kept.read_text() == wanted
    assert sorted(path.name for path in tmp_path.iterdir()) == ["phase_1", shape.FILE]


def test_of_several_workers_the_chief_alone_writes(uncompiled, people_dir, tmp_path, monkeypatch):
    made = workers.Workers.__init__

    def second(self, strategy):
        made(self, strategy)
        self.chief = False

    monkeypatch.setattr(workers.Workers, "__init__", second)
    run(people_dir, tmp_path, "--phase=1", "--steps=1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--phase=2"], "--phase 2: no checkpoint of phase 1"),
        (["--phase=1", "--batch_size=6"], "--batch_size 6"),
        (["--phase=1", "--GPU=99"], "--GPU 99: found"),
        (["--phase=1", "--data_dir=nowhere"], "--data_dir nowhere: no such folder"),
        (["--phase=1", "--size=64"], "no 64-pixel records (it has 16, 32)"),
        (["--phase=1", "--run_dir=train.py", "--dry_run"], "train.py is a file"),
    ],
)
def test_mistakes_are_found_before_anything_is_written(records_dir, tmp_path, words, message):
    with pytest.raises(UserError) as error:
        run(records_dir, tmp_path, *words)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def start(records_dir, run_dir, *words):
    command = [sys.executable, "train.py", *TINY, *words]
    return subprocess.Popen(
        [*command, f"--data_dir={records_dir}", f"--run_dir={run_dir}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_mistake_is_one_line_and_exit_code_two(records_dir, tmp_path):
    process = start(records_dir, tmp_path, "--phase=2")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert errors.startswith("error: --phase 2: no checkpoint of phase 1")
    assert errors.count("\n") == 1


def test_records_of_the_release_train(uncompiled, tmp_path):
    """One file, shape, data and mask alone, ink of 1: as the release wrote them."""
    rng = np.random.default_rng(0)

    def feature(value):
        if isinstance(value, bytes):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        return tf.train.Feature(int64_list=tf.train.Int64List(value=value))

    with tf.io.TFRecordWriter(str(tmp_path / "celeba-r16.tfrecords")) as writer:
        for _ in range(5):
            image = rng.integers(0, 256, [3, 16, 16], np.uint8).tobytes()
            mask = rng.integers(0, 2, [16, 16], np.uint8).tobytes()
            values = {"shape": [3, 16, 16], "data": image, "mask": mask}
            features = {name: feature(value) for name, value in values.items()}
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())
    run(tmp_path, tmp_path / "run", "--phase=1", "--steps=2")
    assert [row["step"] for row in metrics(tmp_path / "run" / "phase_1")] == [1, 2]
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["phase_1"]  # no shapes.json


def test_a_damaged_checkpoint_is_passed_over(uncompiled, records_dir, tmp_path, capsys):
    whole, damaged = tmp_path / "whole", tmp_path / "damaged"
    run(records_dir, whole, "--phase=1", "--steps=4")
    run(records_dir, damaged, "--phase=1", "--steps=3", "--checkpoint_every=2")
    newest = damaged / "phase_1" / "checkpoints" / "step_00000003" / "state.index"
    newest.write_bytes(b"noise")
    run(records_dir, damaged, "--phase=1", "--steps=4")
    assert "step_00000003: damaged" in capsys.readouterr().err
    assert metrics(whole / "phase_1") == metrics(damaged / "phase_1")
    expected, found = state(whole / "phase_1"), state(damaged / "phase_1")
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_what_is_about_to_be_trained_is_said_before(uncompiled, records_dir, tmp_path, capsys):
    run(records_dir, tmp_path, "--phase=1", "--steps=1")
    table = capsys.readouterr().out.split("starts from random weights")[1]
    for words in (
        "8 × 8 pixels",
        "12 of 16 pixels",
        "CPU, ",
        "4, 4 on each device, float32",
        " MB",
    ):
        assert words in table
    run(records_dir, tmp_path, "--phase=1", "--steps=2", "--lr=0.5")
    changed = "--lr 0.5, was 0.001; --steps 2, was 1"
    assert f"goes on from step 1; 12 records; to step 2; {changed}" in capsys.readouterr().out


def test_records_that_are_cut_otherwise_are_told_of(uncompiled, records_dir, tmp_path, capsys):
    run(records_dir, tmp_path / "run", "--phase=1", "--steps=1")
    shutil.copytree(records_dir, tmp_path / "other")
    (tmp_path / "other" / "dataset.json").write_text('{"framing": "central square"}')
    run(tmp_path / "other", tmp_path / "run", "--phase=1", "--steps=2")
    changed = "; framing of the records: central square, was aligned\n"
    assert changed in capsys.readouterr().out
    settings = json.loads((tmp_path / "run" / "phase_1" / "config.json").read_text())
    assert settings["framing"] == "central square"


@pytest.mark.parametrize(
    "words",
    [
        ["--precision=mixed_bfloat16"],
        ["--precision=mixed_float16", "--clip_norm=1"],
        ["--diff_augment=color,translation,cutout", "--lr_warmup=2"],
        ["--loss=logistic", "--other_masks=0.5"],
    ],
)
def test_options_train_and_go_on_exactly(uncompiled, records_dir, tmp_path, words):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run(records_dir, whole, "--phase=1", "--steps=3", *words)
    run(records_dir, cut, "--phase=1", "--steps=2", *words)
    run(records_dir, cut, "--phase=1", "--steps=3", *words)
    assert metrics(whole / "phase_1") == metrics(cut / "phase_1")
