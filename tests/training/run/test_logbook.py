import json

import numpy as np
import pytest
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

from interface import pictures
from training.run import logbook


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def curves(folder):
    """{name: [(step, value)]} as TensorBoard shows them."""
    events = EventAccumulator(str(folder))
    events.Reload()
    read = {}
    for name in events.Tags()["tensors"]:
        found = [(event.step, event.tensor_proto) for event in events.Tensors(name)]
        read[name] = [(step, t.float_val[0] if t.float_val else None) for step, t in found]
    return read


def test_metrics_are_one_json_object_a_line_and_curves_for_tensorboard(tmp_path):
    log = logbook.MetricsLog(tmp_path, 0, logbook.Board(tmp_path / "logs", 0))
    log(10, {"loss": np.float32(0.5)})
    log(20, {"loss": np.float32(0.25)})
    expected = [{"step": 10, "loss": 0.5}, {"step": 20, "loss": 0.25}]
    assert rows(tmp_path / "metrics.jsonl") == expected
    assert curves(tmp_path / "logs") == {"loss": [(10, 0.5), (20, 0.25)]}


@pytest.mark.parametrize(
    "rest",
    [b'{"step": 30, "lo', b'{"a": 1}', b"\xff\x00", b"[3]"],
    ids=["half", "no step", "no text", "no row"],
)
def test_rows_after_the_step_gone_on_from_are_dropped_and_damaged_ones_kept_aside(
    tmp_path, rest, capsys
):
    path = tmp_path / "metrics.jsonl"
    whole = b'{"step": 10, "loss": 1.0}\n{"step": 20, "loss": 2.0}\n'
    path.write_bytes(whole + rest)
    log = logbook.Rows(path, 10)
    log.append(20, {"loss": 2.5})
    assert rows(path) == [{"step": 10, "loss": 1.0}, {"step": 20, "loss": 2.5}]
    aside = (tmp_path / "metrics.jsonl.damaged").read_text()
    assert aside == rest.decode(errors="replace") + "\n"
    told = f"{path}: 1 damaged line, now in metrics.jsonl.damaged\n"
    assert capsys.readouterr().err == told


def test_rows_behind_a_damaged_one_stay(tmp_path, capsys):
    path = tmp_path / "metrics.jsonl"
    lines = [f'{{"step": {step}, "loss": 1.0}}' for step in range(1, 70)]
    lines[8] = lines[8][:-4] + "\x00"
    path.write_text("\n".join(lines) + "\n")
    assert len(logbook.Rows(path, 100).kept) == 68
    assert "1 damaged line" in capsys.readouterr().err
    logbook.Rows(path, 100)
    assert capsys.readouterr().err == ""


def test_curves_do_not_double_back_after_a_cut_off_run(tmp_path):
    first = logbook.Board(tmp_path, 0)
    for step in (1, 2, 3, 4):
        first.scalars(step, {"loss": float(step)})
    second = logbook.Board(tmp_path, 2)
    for step in (3, 4, 5):
        second.scalars(step, {"loss": 10.0 * step})
    expected = [(1, 1.0), (2, 2.0), (3, 30.0), (4, 40.0), (5, 50.0)]
    assert curves(tmp_path)["loss"] == expected


def test_pictures_reach_tensorboard_as_they_are(tmp_path):
    picture = pictures.grid([[np.full([4, 4, 3], 200, np.uint8)]], tile=4)
    pictures.save_png(tmp_path / "a.png", picture)
    logbook.Board(tmp_path / "logs", 0).png(7, "samples", tmp_path / "a.png")
    events = EventAccumulator(str(tmp_path / "logs"))
    events.Reload()
    (event,) = events.Tensors("samples")
    assert event.step == 7
    assert event.tensor_proto.string_val[2] == (tmp_path / "a.png").read_bytes()


def test_timing_is_the_mean_since_the_row_before(tmp_path, monkeypatch):
    clock, waited = [100.0], [1.0]
    monkeypatch.setattr(logbook.time, "monotonic", lambda: clock[0])
    board = logbook.Board(tmp_path / "logs", 10)
    log = logbook.TimingLog(tmp_path, 10, board, images=8, waited=lambda: waited[0])
    clock[0], waited[0] = 105.0, 2.0
    log(20, {})
    clock[0] = 106.0
    log(30, {})
    first, second = rows(tmp_path / "timing.jsonl")
    assert (first["step"], first["seconds_a_step"], first["images_a_second"]) == (20, 0.5, 16.0)
    assert first["waiting_for_data"] == pytest.approx(0.2)
    assert (second["seconds_a_step"], second["waiting_for_data"]) == (0.1, 0.0)
    assert 0.05 < first["peak_memory_gb"] < 500
    assert curves(tmp_path / "logs")["timing/seconds_a_step"] == [
        (20, 0.5),
        (30, pytest.approx(0.1)),
    ]
