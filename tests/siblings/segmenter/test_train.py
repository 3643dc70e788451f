import json
import shutil

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from siblings.segmenter import train

SMALL = ["--features=4", "--batch_size=4", "--log_every=5", "--sample_every=1000"]


def trained(records_dir, folder, *words):
    train.main([*SMALL, f"--data_dir={records_dir}", f"--run_dir={folder}", *words])
    return folder / "segmenter"


def rows(stage, log):
    return [json.loads(line) for line in (stage / f"{log}.jsonl").read_text().splitlines()]


def test_it_learns_to_find_discs_and_keeps_the_best_checkpoint(label_records_dir, tmp_path):
    stage = trained(label_records_dir, tmp_path, "--steps=60", "--lr=0.02", "--eval_every=20")
    first, *_, last = rows(stage, "metrics")
    assert last["loss"] < 0.2 < first["loss"]
    figures = {row["step"]: row["mean_iou"] for row in rows(stage, "evaluations")}
    assert figures[60] > 0.9
    best = max(figures, key=lambda step: (figures[step], -step))
    assert [path.name for path in (stage / "best").iterdir()] == [f"step_{best:08d}"]
    written = json.loads((stage / "config.json").read_text())
    assert (written["label_count"], written["size"]) == (2, [32, 32])
    with Image.open(stage / "samples" / "step_00000060.png") as sheet:
        pixels = np.asarray(sheet)
    # Four photos of the validation split, four times as large: a photo, its map, what was made.
    assert pixels.shape == (4 * 130 + 2, 3 * 130 + 2, 3)
    wanted, made = (pixels[2:130, start : start + 128] for start in (132, 262))
    assert {*map(tuple, wanted.reshape(-1, 3))} == {(0, 0, 0), (128, 0, 0)}  # PASCAL VOC's first
    assert (wanted == made).all(-1).mean() > 0.9


def test_without_validation_records_figures_can_not_be_had(label_records_dir, tmp_path):
    copy = shutil.copytree(label_records_dir, tmp_path / "copy")
    for path in copy.glob("labels-validation*"):
        path.unlink()
    with pytest.raises(UserError, match="has no validation records; prepare it with --hold_out"):
        trained(copy, tmp_path / "run", "--steps=2", "--eval_every=1")
    trained(copy, tmp_path / "run", "--steps=2")


@pytest.mark.parametrize(
    "words, told",
    [
        (["--size=40"], "--size: 40,40; wanted a side or height,width in pixels, multiples of 16"),
        (["--batch_size=0"], "--batch_size"),
        (["--data_dir=elsewhere"], "--data_dir elsewhere: no such folder"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(label_records_dir, tmp_path, words, told):
    with pytest.raises(UserError) as caught:
        trained(label_records_dir, tmp_path / "run", "--steps=2", *words)
    assert told in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_another_network_or_other_classes_are_refused(label_records_dir, tmp_path):
    trained(label_records_dir, tmp_path, "--steps=1")
    with pytest.raises(UserError, match="--features 3: .* was trained with --features 4"):
        trained(label_records_dir, tmp_path, "--steps=2", "--features=3")
