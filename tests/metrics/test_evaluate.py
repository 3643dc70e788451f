import contextlib
import io
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.faces import schema
from interface import files
from interface.command_line import UserError
from metrics import evaluate
from serving import painter

QUICK = "--metrics=sliced_wasserstein,variety"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def options(small_run, records_dir, cache):
    """Flags that measure the small run on the squares of `records_dir`."""
    flags = [f"--run_dir={small_run}", "--phase=2", f"--data_dir={records_dir}", QUICK]
    return [*flags, f"--cache_dir={cache}"]


@pytest.fixture(scope="module")
def printed(options):
    """What it says of the small run; its figures lie there since."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        evaluate.main(options)
    return out.getvalue()


def test_it_prints_one_line_of_json_and_keeps_it_with_two_sheets(printed, small_run):
    content = json.loads(printed)
    assert printed.count("\n") == 1
    folder = small_run / "phase_2" / "evaluation" / "step_00000002"
    assert json.loads((folder / "figures.json").read_text()) == content
    names = ["figures.json", "interpolation.png", "masks_by_latents.png"]
    assert sorted(path.name for path in folder.iterdir()) == names
    for sheet in folder.glob("*.png"):
        with Image.open(sheet) as picture:
            assert np.asarray(picture).std() > 10
    assert set(content["figures"]) == {"sliced_wasserstein", "variety"}
    protocol = content["protocol"]
    assert (protocol["trained_steps"], protocol["images"], protocol["seed"]) == (2, 12, 0)
    assert "512 directions" in protocol["sliced_wasserstein"]
    assert "12 masks by 32 latents" in protocol["variety"]


def test_the_same_command_gives_the_same_figures_also_from_the_cache(
    options, printed, cache, tmp_path, capsys
):
    kept = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    evaluate.main(options)
    assert capsys.readouterr().out == printed
    assert len(kept) == 2
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    evaluate.main([*options, "--seed=1", f"--out={tmp_path}"])
    assert json.loads(capsys.readouterr().out)["figures"] != json.loads(printed)["figures"]


def test_measures_asked_for_later_join_those_that_are_there_and_other_files_stay(
    options, printed, tmp_path, capsys
):
    (tmp_path / "mine.txt").write_text("mine")
    for name in ("variety", "sliced_wasserstein"):
        evaluate.main([*options, f"--metrics={name}", f"--out={tmp_path}"])
    *_, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["figures"] == json.loads(printed)["figures"]
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_two_evaluations_of_one_folder_do_not_lose_each_others_figures(
    options, small_run, tmp_path
):
    out = tmp_path / "figures"
    with files.locked(out), pytest.raises(UserError, match="another process is at work in it"):
        evaluate.main([*options, f"--out={out}"])
    assert not [*out.iterdir()]


def test_figures_taken_otherwise_are_not_overwritten(options, printed, small_run, monkeypatch):
    (path,) = small_run.glob("phase_2/evaluation/*/figures.json")
    kept = path.read_bytes()
    monkeypatch.setattr(painter.Painter, "__call__", lambda *given: pytest.fail("painted"))
    with pytest.raises(UserError, match="taken with seed 0, now it is 1; remove it, or"):
        evaluate.main([*options, "--seed=1"])
    assert path.read_bytes() == kept


def test_records_smaller_than_the_pictures_are_refused(options):
    with pytest.raises(UserError, match="--size 8: smaller than its pictures, 16"):
        evaluate.main([*options, "--size=8"])


def test_a_model_has_nearly_its_runs_figures(options, printed, small_model, tmp_path, capsys):
    evaluate.main([f"--model={small_model}", f"--out={tmp_path}", *options[2:]])
    of_model = json.loads(capsys.readouterr().out)
    for name, figures in json.loads(printed)["figures"].items():
        assert of_model["figures"][name] == pytest.approx(figures, rel=1e-3)
    assert (tmp_path / "figures.json").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "Give the --phase of --run_dir, or a --model"),
        (["--phase=2", "--model=x"], "Give the --phase of --run_dir, or a --model"),
        (["--model=x", "--out=y", "--best"], "leave it out"),
        (["--model=x"], "--out is missing"),
        (["--model=x", "--out=y"], "no such folder"),
        (["--phase=2", "--run_dir=nowhere"], "no such folder"),
        (["--phase=2", "--metrics=beauty"], "some of sliced_wasserstein"),
        (
            ["--phase=2", "--metrics=label_maps"],
            "--metrics label_maps: not of faces, which this model",
        ),
        (["--phase=2", "--metrics=copies"], "Give --trained_on"),
        (["--phase=2", "--images=3"], ">= 8"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(flags, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as refused:
        evaluate.main(flags)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_records_without_landmarks_are_refused_before_anything_is_painted(
    options, tmp_path, monkeypatch
):
    with tf.io.TFRecordWriter(str(tmp_path / "celeba-r16.tfrecords")) as writer:
        for _ in range(8):
            record = schema.encode(
                np.zeros([16, 16, 3], np.uint8), np.ones([16, 16]), np.zeros([68, 2]), ""
            )
            example = tf.train.Example.FromString(record)
            example.features.feature.pop("landmarks")
            writer.write(example.SerializeToString())
    monkeypatch.setattr(painter.Painter, "__call__", lambda *given: pytest.fail("painted"))
    flags = [*options, f"--data_dir={tmp_path}", "--metrics=masks,variety,landmarks"]
    with pytest.raises(UserError, match="^--metrics masks,landmarks: the records hold no landm"):
        evaluate.main(flags)


def test_the_help_names_what_takes_longest(capsys):
    with pytest.raises(SystemExit):
        evaluate.main(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "people, faces, copies, inception take longest; some of: sliced_wasserstein, " in told
    assert "(default: the quick ones that fit the model)" in told.replace("\xa0", " ")


@pytest.mark.slow
def test_the_whole_set_of_measures_runs_in_a_process_of_its_own(
    face_records, small_model, tmp_path
):
    command = [sys.executable, "-m", "metrics.evaluate", f"--model={small_model}", "--size=32"]
    command += [f"--data_dir={face_records}", f"--out={tmp_path}", f"--cache_dir={tmp_path / 'c'}"]
    command += ["--metrics=sliced_wasserstein,landmarks,masks,variety,people,faces,copies"]
    command += [f"--trained_on={face_records}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout)["figures"]
    assert all(np.isfinite(list(each.values())).all() for each in figures.values())
    assert figures["landmarks"]["floor_error"] < 0.1
    copies = figures["copies"]
    assert copies["nearest_of_photos"] == pytest.approx(0, abs=1e-3)
    assert copies["nearest"] > 0.1
