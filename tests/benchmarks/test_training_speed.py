import math

import pytest
import tensorflow as tf

from benchmarks import input_speed, training_speed
from interface.command_line import UserError
from training import phases, schedule
from training.trainer import AdversarialTrainer

TINY = training_speed.Row(2, "float32", False, 4)


@pytest.fixture
def short_blocks(monkeypatch):
    monkeypatch.setattr(input_speed, "BLOCK_SECONDS", 0.01)


def table(capsys):
    """(names of the columns, cells of each row)"""
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    head, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return head, rows


def test_the_table_has_a_row_for_each_phase_compiler_and_precision(monkeypatch, capsys):
    def measured(kind, row, seconds):
        assert seconds == 7
        if kind == "plain":
            assert (row.precision, row.xla) == ("float32", False)
            return {"ratio": 1.5}
        step = {"float32": 0.02, "mixed_bfloat16": 0.01}[row.precision] * (2 if row.xla else 1)
        return {"seconds": step, "overhead": 0.03, "waiting": 0.004, "gigabytes": 1.5}

    monkeypatch.setattr(training_speed, "in_own_process", measured)
    words = ["--phases=2,6", "--precisions=mixed_bfloat16,float32", "--xla", "--compare=plain"]
    training_speed.main([*words, "--seconds=7"])
    head, rows = table(capsys)
    assert len(rows) == 8
    assert head[5:] == [
        "ms/step",
        "images/s",
        "speed, float32 = 1",
        "waiting for data",
        "peak memory",
        "loop over bare step",
        "plain / ours",
    ]
    float32 = ["20.0", "800.0", "1.00 ×", "0.4 %", "1.50 GB", "+3.0 %", "1.50 ×"]
    assert rows[0] == ["2", "16²", "16", "float32", "off", *float32]
    assert rows[1][3:8] == ["mixed_bfloat16", "off", "10.0", "1600.0", "2.00 ×"]
    assert rows[2][3:8] == ["float32", "on", "40.0", "400.0", "0.50 ×"]
    assert rows[4][:3] == ["6", "256²", "16"]
    assert [row[-1] for row in rows] == ["1.50 ×", "–", "–", "–"] * 2


def test_a_measured_row_has_sane_numbers(short_blocks, monkeypatch):
    batches = []

    def train_step(self, batch):  # the real one takes seconds to build; see the slow tests
        batches.append(batch)
        return {"critic_loss": tf.reduce_mean(batch["image"])}

    monkeypatch.setattr(AdversarialTrainer, "train_step", train_step)
    figures = training_speed.measure_loop(TINY, seconds=0.1)
    assert all(map(math.isfinite, figures.values()))
    assert figures["seconds"] > 0
    assert figures["overhead"] > -1
    assert 0 <= figures["waiting"] < 1
    assert 0.1 < figures["gigabytes"] < 100
    assert {tuple(batch["image"].shape) for batch in batches} == {(16, 16, 16, 3)}
    again = sum(batch is batches[1] for batch in batches)
    assert 3 < again < len(batches) - 3  # the bare step's batch, and others for the loop


@pytest.mark.parametrize("phase", [1, 9])
def test_a_phase_without_fade_stage_is_refused(phase):
    with pytest.raises(UserError, match=f"--phases: {phase} is none of 2, 3, 4, 5, 6, 7, 8"):
        training_speed.main([f"--phases=2,{phase}"])


@pytest.mark.slow
def test_our_step_is_measured_beside_the_plain_one(short_blocks):
    assert training_speed.measure_plain(TINY, seconds=0.1)["ratio"] > 0


@pytest.mark.slow
def test_a_row_is_measured_in_a_process_of_its_own():
    figures = training_speed.in_own_process("loop", TINY, seconds=0.0)
    assert figures.keys() == {"seconds", "overhead", "waiting", "gigabytes"}


@pytest.mark.parametrize("phase", [2, 3, 4, 5, 6, 7, 8])
def test_a_row_trains_the_middle_of_the_fade_with_a_batch_that_fits(phase):
    settings = training_speed.Row(phase, "mixed_bfloat16", True, 128).settings()
    assert (settings.smooth, settings.use_embedding, settings.xla) == (True, True, True)
    assert (settings.precision, settings.max_features) == ("mixed_bfloat16", 128)
    assert settings.size == phases.SCHEDULE[phase].size
    assert settings.batch_size == min(16, phases.SCHEDULE[phase].batch_size)
    alpha = schedule.fade_alpha(
        training_speed.start_of(settings), schedule.fade_steps(settings.steps)
    )
    assert float(alpha) == pytest.approx(0.5, abs=0.01)
