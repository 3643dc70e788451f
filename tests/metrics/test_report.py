import base64
import collections
import errno
import html.parser
import io
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import metrics
from interface.command_line import UserError
from metrics import report

ROOT = pathlib.Path(metrics.__file__).parents[1]
ODD = "<b>a&b'\"> $(x)"
VOID = ("meta", "img")
DRAWN = ("line", "path", "circle")


class Page(html.parser.HTMLParser):
    """What a reader of a page sees; it must be well-formed."""

    def __init__(self, path):
        super().__init__()
        self.open, self.tags, self.words, self.cells = [], collections.Counter(), [], []
        self.links, self.images, self.attributes, self.titles = [], [], [], []
        self.feed(path.read_text())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags[tag] += 1
        self.attributes += attributes
        self.links += [given[name] for name in ("src", "href", "xlink:href") if name in given]
        if tag == "svg" and "aria-label" in given:
            self.titles.append(given["aria-label"])
        if tag == "img":
            data = base64.b64decode(given["src"].split("base64,")[1], validate=True)
            self.images.append((given["alt"], np.asarray(Image.open(io.BytesIO(data)))))
        if tag in ("td", "th"):
            self.cells.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in DRAWN
        self.tags[tag] += 1
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    def text(self):
        return " ".join(" ".join(self.words).split())


def picture(path, colour, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def rows(path, *values):
    path.write_text("".join(json.dumps(row) + "\n" for row in values))


@pytest.fixture
def folders(tmp_path):
    """An evaluated run of two stages and, of an odd name, one that has just begun."""
    for name, steps in (("plain/phase_2_fade", 20), ("plain/phase_2", 40), (f"{ODD}/phase_2", 40)):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        settings = {"phase": 2, "smooth": "fade" in name, "batch_size": 8, "steps": steps}
        settings.update(lr=0.125, note=ODD)
        (folder / "config.json").write_text(json.dumps(settings))
        logged = {"critic_loss": -1.5, "score_real": 2.0, "drift": 7.0}
        rows(folder / "metrics.jsonl", *({"step": s, **logged} for s in (steps - 10, steps)))
    stable = tmp_path / "runs" / "plain" / "phase_2"
    rows(stable / "evaluations.jsonl", {"step": 30, "sliced": 31.0}, {"step": 40, "sliced": 29.0})
    rows(stable / "timing.jsonl", {"step": 40, "images_a_second": 123.25, "peak_memory_gb": 0.75})
    picture(stable / "samples" / "step_00000040.png", "red")
    evaluated = stable / "evaluation" / "step_00000040"
    picture(evaluated / "masks_by_latents.png", "lime", (4000, 100))
    picture(evaluated / "interpolation.png", "blue")
    figures = {"sliced": {"mean": 29.0625, "floor_mean": 3.2}, ODD: {"x": 0.71}}
    content = {"protocol": {"images": 2008, "data": ODD}, "figures": figures}
    (evaluated / "figures.json").write_text(json.dumps(content))
    return [str(tmp_path / "runs" / name) for name in ("plain", ODD)]


def written(tmp_path, *argv):
    out = tmp_path / "new" / "page.html"
    report.main([*argv, "--out", str(out)])
    return Page(out)


def test_the_page_needs_nothing_beside_itself(tmp_path, folders):
    page = written(tmp_path, *folders)
    assert page.links and all(link.startswith("data:image/") for link in page.links)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert not any("url(" in (value or "") for _, value in page.attributes)
    content = (tmp_path / "new" / "page.html").read_text()
    assert "http" not in content and "@import" not in content


def test_both_runs_and_their_numbers_are_told(tmp_path, folders):
    page = written(tmp_path, *folders)
    assert page.cells.count("plain") >= 3 and page.cells.count(ODD) >= 3
    assert {"29.06", "3.2", "0.71", "2008", "123.2", "0.75", "0.125"} <= {*page.cells}
    assert "phase_2, step 40 of 40" in page.cells
    assert "2 training runs plain, " in page.text()
    assert "trained on up to 320 images." in page.text()


def test_names_never_become_tags(tmp_path, folders):
    page = written(tmp_path, *folders)
    charts = page.titles
    assert page.tags["b"] == len(charts) > 0  # their titles
    assert ODD in page.text()


def test_there_is_a_chart_of_every_value_logged_the_telling_ones_first(tmp_path, folders):
    page = written(tmp_path, *folders)
    assert page.titles == ["sliced", "critic_loss", "score_real", "drift"]
    # A line for each stage, and a key for each run; "sliced" has one of each.
    assert page.tags["circle"] == 1 + 3 * 3
    assert page.tags["path"] == (1 + 3 * 3) + (1 + 3 * 2)


def test_the_newest_pictures_are_shown_with_how_to_read_them(tmp_path, folders):
    page = written(tmp_path, *folders)
    (samples, red), (masks, lime), (between, blue) = page.images
    assert "phase_2 at step 40." in samples and "phase_2 at step 40." in between
    assert "Along a row: the same mask" in masks and "Down a column: the same latent" in masks
    assert "from one draw to another" in between
    assert [red.shape, lime.shape] == [(30, 40, 3), (51, 2048, 3)]
    for shown, colour in ((red, (255, 0, 0)), (lime, (0, 255, 0)), (blue, (0, 0, 255))):
        np.testing.assert_allclose(shown.reshape(-1, 3).mean(axis=0), colour, atol=3)
    for alt, _ in page.images:
        assert alt in page.text()


def test_a_run_that_was_not_evaluated_is_told_how_to(tmp_path, folders):
    page = written(tmp_path, *folders)
    assert f"{ODD}: not evaluated; run:" in page.text()
    assert "plain: not evaluated" not in page.text()


def test_a_run_of_another_system_is_not_told_of_masks_nor_of_phases(tmp_path):
    stage = tmp_path / "run" / "global"
    picture(stage / "samples" / "step_00000004.png", "red")
    (stage / "config.json").write_text('{"sources": [], "batch_size": 8, "steps": 4}')
    rows(stage / "metrics.jsonl", {"step": 4, "matching": 1.5})
    page = written(tmp_path, str(tmp_path / "run"))
    assert [alt for alt, _ in page.images] == ["global at step 4. Samples of training."]
    assert (page.titles, page.tags["details"]) == (["matching"], 1)  # of settings that all share
    assert "run: not evaluated" in page.text() and "--phase" not in page.text()


def test_a_single_run_gives_its_name_to_the_page(tmp_path, folders):
    page = written(tmp_path, folders[1])
    assert page.words[-1] != "plain"
    assert page.text().startswith(ODD)
    assert page.images == []


def test_a_run_without_a_single_row_has_a_page(tmp_path):
    (tmp_path / "run" / "phase_1").mkdir(parents=True)
    settings = {"phase": 1, "smooth": False, "batch_size": 8, "steps": 4}
    (tmp_path / "run" / "phase_1" / "config.json").write_text(json.dumps(settings))
    page = written(tmp_path, str(tmp_path / "run"))
    assert "phase_1, step 0 of 4" in page.cells
    assert page.titles == []


def test_the_page_lies_where_one_stands_unless_told_otherwise(tmp_path, folders, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report.main(folders)
    assert (tmp_path / "report.html").read_bytes() == report.report(report.read_runs(folders))


@pytest.mark.parametrize(
    "argv, told",
    [
        ([], "RUN_DIR... is missing"),
        (["{0}/none"], "{0}/none: no such folder"),
        (["{0}/runs"], "{0}/runs: no stage"),
        (["{0}/runs/plain", "--out={0}/x.txt"], "--out {0}/x.txt: wanted a file name that ends"),
        (["{0}/runs/plain", "--out={0}/x.html"], "--out {0}/x.html: wanted a file name"),
        (["{0}/runs/plain", "--out={0}/file/x.html"], "{0}/file is a file"),
        (["{0}/runs/plain", "--nope"], "nope"),
        (["{0}/broken"], "{0}/broken/phase_1/samples/step_00000001.png: no picture"),
    ],
)
def test_what_cannot_work_is_one_line_and_nothing_is_written(tmp_path, folders, argv, told):
    (tmp_path / "x.html").mkdir()
    (tmp_path / "file").touch()
    samples = tmp_path / "broken" / "phase_1" / "samples"
    samples.mkdir(parents=True)
    settings = {"phase": 1, "smooth": False, "batch_size": 8, "steps": 4}
    (samples.parent / "config.json").write_text(json.dumps(settings))
    picture(tmp_path / "whole.png", "red", (300, 300))
    (samples / "step_00000001.png").write_bytes((tmp_path / "whole.png").read_bytes()[:200])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError) as caught:
        report.main([word.format(tmp_path) for word in argv])
    assert told.format(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_leaves_the_page_as_it_was(tmp_path, folders, monkeypatch):
    written(tmp_path, folders[0])
    before = (tmp_path / "new" / "page.html").read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        written(tmp_path, *folders)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]
    assert (tmp_path / "new" / "page.html").read_bytes() == before


def test_the_program_needs_no_tensorflow():
    text = "import sys, metrics.report; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("False\n", "")
