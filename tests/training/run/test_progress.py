import itertools
import types

import numpy as np
from PIL import Image

from training.run import progress


def test_a_sheet_shows_its_rows_as_large_tiles_of_whole_pixels(tmp_path):
    grey = np.arange(4, dtype=np.uint8)[:, None, None] * np.full([8, 8], 60, np.uint8)
    shown, board = [], types.SimpleNamespace(png=lambda *event: shown.append(event))
    sheet = progress.SampleSheet(tmp_path, board, lambda: [[*grey[:2]], [*grey[2:]]])
    sheet(12, {})
    picture, tile = np.asarray(Image.open(tmp_path / "step_00000012.png")), 32
    assert picture.shape == (2 * (tile + 2) + 2, 2 * (tile + 2) + 2, 3)
    assert picture[[18, 52]][:, [18, 52], 0].tolist() == [[0, 60], [120, 180]]
    assert shown == [(12, "samples", tmp_path / "step_00000012.png")]


def test_once_warm_the_bar_says_how_long_it_will_take(monkeypatch, capsys):
    """One step takes 2 s after a first one of 60 s: 196 more take 392 s."""
    clock = itertools.accumulate(itertools.chain([0.0, 60.0], itertools.repeat(6.0)))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.ProgressBar("stage", (0, 200), 4, 1000, ["critic_loss"]) as bar:
        for step in range(1, 6):
            bar(step, {"critic_loss": 0.5})
    assert "warm: 2 s a step; expected time to step 200: 06:32\n" in capsys.readouterr().out
