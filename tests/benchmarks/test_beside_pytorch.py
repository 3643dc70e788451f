import contextlib
import importlib.util
import multiprocessing

import pytest

from benchmarks import beside_pytorch
from benchmarks.beside_pytorch import Options, Side
from interface.command_line import UserError

TINY = Options(narrow=True)


def test_short_numbers_have_rows_where_the_processor_has_units_for_them():
    told = [
        [(s.kind, s.precision, s.xla) for s in beside_pytorch.sides(Options(("flowers",)), units)]
        for units in (False, True)
    ]
    assert told[0] == [("step", "float32", False), ("picture", "float32", False)]
    assert told[1] == told[0] + [("step", "mixed_bfloat16", xla) for xla in (False, True)]


def test_a_line_has_the_ratio_of_sides_that_took_turns(monkeypatch):
    @contextlib.contextmanager
    def process(side):
        yield lambda count: count * (0.3 if side.ours else 0.1)

    monkeypatch.setattr(beside_pytorch, "_process", process)
    side = Side(Options(seconds=0), "flowers", "step", ours=True)
    figures = beside_pytorch.measured(side)
    assert figures == pytest.approx((300, 100, 3))
    assert beside_pytorch.line(side, figures) == (
        "| flowers | step | float32 | off | 300.0 | 100.0 | 3.00 |"
    )


def test_a_process_does_as_many_as_it_is_told_and_ends_with_the_block():
    with beside_pytorch._process(Side(TINY, "flowers", "picture", ours=True)) as run:
        assert run(1) > 0
        assert 0 < run(2) < 60
    assert multiprocessing.active_children() == []


def test_without_pytorch_it_is_told_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"PyTorch is missing: pip install '\.\[bench\]'"):
        beside_pytorch.main([])
