"""Figures of a painter that is told where, of one that does exactly what it is told."""

import json

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from metrics import evaluate


def measured(model, segmenter, records, out, *words):
    where = [f"--data_dir={records}", f"--out={out}", f"--cache_dir={out / 'cache'}"]
    flags = [f"--model={model}", f"--segmenter={segmenter}", *where, "--split=train", *words]
    evaluate.main(flags)
    return json.loads((out / "figures.json").read_text())


@pytest.fixture(scope="module")
def content(disc_painter, disc_segmenter, label_records_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("evaluation")
    return measured(disc_painter, disc_segmenter, label_records_dir, out), out


def test_the_quick_measures_are_taken(content):
    figures = content[0]["figures"]
    assert [*figures] == ["sliced_wasserstein", "variety", "location"]
    assert figures["location"]["iou"] == 1


def test_the_protocol_says_what_was_measured(content, disc_segmenter):
    protocol = content[0]["protocol"]
    assert (protocol["images"], protocol["system"]) == (12, "discs")
    assert str(disc_segmenter) in protocol["location"]


def test_sheets_show_masks_photos_and_pictures(content):
    with Image.open(content[1] / "masks_by_latents.png") as sheet:
        assert sheet.size == (10 * 130 + 2, 8 * 130 + 2)
        mask, _, picture = (
            np.asarray(sheet)[2:130, left : left + 128, 0] for left in (2, 132, 262)
        )
    np.testing.assert_array_equal(mask > 0, picture > 120)
    with Image.open(content[1] / "nearest_photos.png") as sheet:
        assert sheet.size[0] == 12 * 130 + 2


@pytest.mark.parametrize(
    "words, told",
    [
        (["--segmenter="], "--segmenter is missing: a SavedModel that sees where things are"),
        (["--metrics=landmarks"], "--metrics landmarks: not of pictures with a place"),
        (["--split=test"], "no label maps of test"),
        (["--split=validation"], "4 records of validation; wanted 8"),
    ],
)
def test_what_can_not_be_measured_is_told(
    disc_painter, disc_segmenter, label_records_dir, tmp_path, words, told
):
    with pytest.raises(UserError) as caught:
        measured(disc_painter, disc_segmenter, label_records_dir, tmp_path, *words)
    assert told in str(caught.value)
