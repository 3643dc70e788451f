import json
import urllib.parse

import numpy as np

from benchmarks import serving_speed
from serving import models


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_both_tables_come_from_a_running_server(small_model, capsys, monkeypatch):
    monkeypatch.setattr(serving_speed, "LARGEST_CALL", 4)  # images: the clients below
    flags = [f"--model={small_model.parent}", "--single=10", "--requests=100", "--clients=4"]
    serving_speed.main(flags)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    waiting, throughput = cells(lines[2]), cells(lines[5])
    assert len(waiting) == len(cells(lines[0])) and len(throughput) == len(cells(lines[3]))
    assert float(waiting[0]) > 0 and float(waiting[2]) >= float(waiting[1]) > 0
    assert throughput[0] == "4" and float(throughput[1]) > 0
    assert 1 <= float(throughput[2]) <= 4
    assert 0 < float(throughput[3]) < 2
    assert float(throughput[6]) > 100


def test_a_form_asks_for_68_landmarks(small_model):
    (version,) = models.Models({"faces": small_model})
    form = serving_speed.face_of(version)
    points = np.array(json.loads(form["landmarks"]))
    assert points.shape == (68, 2) and 0 <= points.min() <= points.max() <= 1
    assert urllib.parse.urlencode(form)
