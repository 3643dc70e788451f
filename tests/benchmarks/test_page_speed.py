import pathlib
import re
import shutil

import pytest

from benchmarks import page_speed
from interface.command_line import UserError

ROOT = pathlib.Path(__file__).parents[2]


def test_without_a_browser_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="no chromium found; install it"):
        page_speed.main([])


@pytest.mark.browser
def test_a_line_for_each_model_comes_from_a_real_browser(capsys):
    page_speed.main([f"--model={ROOT / 'models' / 'edited'}", "--dabs=4"])
    (line,) = [each for each in capsys.readouterr().out.splitlines() if "≤" in each]
    name, alone, dab, stroke, wanted = (cell.strip() for cell in line.strip("|").split("|"))
    # A picture takes longer through a browser than without one, and less than a second.
    assert name == "edited" and 0 < float(alone) < float(dab) < 1000
    median, late = map(float, stroke.split(", "))
    assert 0 < median <= late < 1000 and re.fullmatch(r"≤ 1\.5 × \+ 50 ms = \d+", wanted)
