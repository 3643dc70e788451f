import dataclasses
import io
import json
import shlex
from typing import Optional

import numpy as np
import pytest
from PIL import Image

from input_pipeline import preparation
from interface.command_line import UserError, setting
from tests.input_pipeline.sharding.letters import ITEMS, Letters


@dataclasses.dataclass(frozen=True)
class Options:
    """Writes letters."""

    out: str = setting("folder")
    items: int = setting("how many", 11)
    verify: bool = setting("re-read", False)
    shards: int = setting("files", 2)
    workers: int = setting("processes", 1)
    runner: Optional[str] = setting("of Beam", None)
    seed: int = setting("of the order", 3)


@dataclasses.dataclass(frozen=True)
class LetterSet:
    options: Options
    packages = ("numpy",)
    words = ("length", "letters")
    parts = {"1": "short", "100": "long"}

    def task(self):
        return Letters()

    def items(self):
        return ITEMS[-self.options.items :] if self.options.items > 1 else ["item 6"]

    def name(self, item):
        return item.replace("item ", "letter ")

    def nothing(self, rejected):
        return f"nothing came of it: {rejected}"

    def about(self, report, counts):
        return {"most": max(counts.values())}

    def extras(self, report, counts):
        tiles = iter(np.full([9, 2, 2, 3], 7, np.uint8))
        return {"preview.png": lambda: preparation.preview(tiles, 4)}

    def remarks(self, described):
        return f" (at most {described['most']})", "a line\n"


def run(out, *flags):
    preparation.main([f"--out={out}", *flags], Options, LetterSet)


def test_a_data_set_is_made_and_described(tmp_path, capsys):
    run(tmp_path)
    content = json.loads((tmp_path / "dataset.json").read_text())
    assert [*content][:3] == ["counts", "most", "rejected"]
    assert (content["counts"], content["most"]) == ({"1": 7, "100": 10}, 10)
    assert 'letter 6,"number 6, that is why"' in (tmp_path / "rejected.csv").read_text()
    assert capsys.readouterr().out == (
        "records per length: 1: 7, 100: 10 (at most 10)\n"
        "rejected: 1 letters (rejected.csv)\n"
        "a line\n"
        f"look at {tmp_path}/preview.png, or all of it:\n"
        f"  python -m input_pipeline.browse {tmp_path}\n"
    )


def test_a_data_set_is_verified_instead_where_that_is_asked_for(tmp_path, monkeypatch):
    verified = []
    monkeypatch.setattr(preparation.verify, "verify", verified.append)
    run(tmp_path / "out", "--verify")
    assert verified == [str(tmp_path / "out")]
    assert list(tmp_path.iterdir()) == []


def test_the_preview_has_rows_of_eight(tmp_path):
    tiles = [np.full([2, 2, 3], 20 * number, np.uint8) for number in range(9)]
    with Image.open(io.BytesIO(preparation.preview(iter(tiles), 4))) as sheet:
        assert sheet.size == (8 * 6 + 2, 2 * 6 + 2)
        assert sheet.getpixel((3, 9)) == (160, 160, 160)


def test_an_empty_data_set_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(UserError, match="nothing came of it: .*'letter 6', 'number 6"):
        run(tmp_path / "out", "--items=1")
    assert list(tmp_path.iterdir()) == []


def test_beams_flags_stand_behind_a_lone_dash(tmp_path):
    with pytest.raises(UserError, match="^--region=x after a lone -- is for Apache Beam; name"):
        run(tmp_path / "out", "--", "--region=x")


def test_what_is_to_be_run_next_can_be_copied_whatever_the_folder_is_called(tmp_path, capsys):
    run(tmp_path / "my 'own' records")
    command = capsys.readouterr().out.splitlines()[-1]
    words = ["python", "-m", "input_pipeline.browse", str(tmp_path / "my 'own' records")]
    assert shlex.split(command) == words
