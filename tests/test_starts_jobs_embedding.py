"""The schedule's script: which commands it gives, and that train.py takes them."""

import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

import config
import train

ROOT = pathlib.Path(__file__).parents[1]


def script(*words, **environment):
    command = [str(ROOT / "starts_jobs_embedding.sh"), *words]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_trains_each_phase_fading_and_then_stable():
    lines = script(PYTHON="echo", DATA_DIR="d", RUN_DIR="r", GPUS="4")
    runs = [config.from_flags(line.split()[1:]) for line in lines]
    stages = [(settings.phase, settings.smooth) for settings in runs]
    assert stages == [(phase, smooth) for phase in range(2, 8) for smooth in (True, False)]
    assert [settings.from_scratch for settings in runs] == [True, True] + [False] * 10
    for settings in runs:
        assert (settings.use_embedding, settings.GPU) == (True, 4)
        assert (settings.data_dir, settings.run_dir) == ("d", "r")


def test_phases_can_be_chosen_and_flags_pass_through():
    lines = script("--seed", "3", PYTHON="echo", FIRST_PHASE="1", LAST_PHASE="2")
    runs = [config.from_flags(line.split()[1:]) for line in lines]
    assert [(s.phase, s.smooth, s.seed) for s in runs] == [
        (1, False, 3),
        (2, True, 3),
        (2, False, 3),
    ]
    assert not any(settings.from_scratch for settings in runs)  # phase 2 grows from phase 1


def test_train_takes_its_commands(records_dir, tmp_path, capsys):
    folders = {"DATA_DIR": str(records_dir), "RUN_DIR": str(tmp_path)}
    for line in script("--dry_run", PYTHON="echo", LAST_PHASE="2", **folders):
        program, *words = line.split()
        assert program == "train.py"
        train.main(words)
    output = capsys.readouterr().out
    assert "12 records; to step 21875" in output
    assert "12 records; to step 51953" in output
    assert not list(tmp_path.iterdir())


def test_small_settings_go_through_the_same_stages(tmp_path):
    lines = script("--seed", "3", PYTHON="echo", SMALL="1", DATA_DIR=str(tmp_path))
    runs = [config.from_flags(line.split()[1:]) for line in lines]
    stages = [(settings.phase, settings.smooth) for settings in runs]
    assert stages == [(phase, smooth) for phase in range(2, 8) for smooth in (True, False)]
    assert [settings.steps for settings in runs] == [20, 40] * 6
    for settings in runs:
        assert (settings.max_features, settings.batch_size, settings.seed) == (16, 4, 3)


@pytest.mark.slow
def test_the_schedule_trains_and_again_finds_nothing_to_do(records_dir, tmp_path):
    command = {
        "PYTHON": sys.executable,
        "SMALL": "1",
        "LAST_PHASE": "2",
        "DATA_DIR": str(records_dir),
        "RUN_DIR": str(tmp_path),
    }
    script("--max_features=4", **command)
    alphas = {}
    for stage in ("phase_2_fade", "phase_2"):
        rows = (tmp_path / stage / "metrics.jsonl").read_text().splitlines()
        alphas[stage] = [json.loads(row)["alpha"] for row in rows]
    assert alphas["phase_2_fade"][-1] == 1
    assert alphas["phase_2"] == [1] * 4  # steps 25 to 40
    again = "\n".join(script("--max_features=4", **command))
    assert "phase_2_fade: is done at step 20" in again
    assert "phase_2: is done at step 40" in again


def test_phases_that_make_no_sense_are_refused():
    for first, last in (("x", "7"), ("3", "2"), ("0", "7"), ("2", "9")):
        environment = {**os.environ, "PYTHON": "echo", "FIRST_PHASE": first, "LAST_PHASE": last}
        done = subprocess.run(
            [str(ROOT / "starts_jobs_embedding.sh")],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2
        assert done.stderr.startswith("error: FIRST_PHASE")
        assert done.stdout == ""


def test_a_stop_signal_stops_the_schedule_although_train_ends_well(tmp_path):
    """A stand-in for train.py that saves and exits 0 on SIGINT, as the real one does."""
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\necho \"$@\"\ntrap 'exit 0' INT\nkill -INT 0\nsleep 9 >&- 2>&- & wait\n"
    )
    python.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / "starts_jobs_embedding.sh")],
        env={**os.environ, "PYTHON": str(python)},
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=60,
    )
    assert done.returncode == 130
    assert len(done.stdout.splitlines()) == 1


def test_a_stop_signal_to_the_script_alone_reaches_train(tmp_path):
    """As in a container, where the script is the first process."""
    python, log = tmp_path / "python", tmp_path / "log"
    python.write_text(
        f"#!/bin/sh\ntrap 'echo saved >> {log}; exit 0' TERM\necho started >> {log}\n"
        "while :; do sleep 0.1; done\n"
    )
    python.chmod(0o755)
    process = subprocess.Popen(
        [str(ROOT / "starts_jobs_embedding.sh")], env={**os.environ, "PYTHON": str(python)}
    )
    while not log.exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.terminate()
    assert process.wait(timeout=60) == 130
    assert log.read_text() == "started\nsaved\n"
