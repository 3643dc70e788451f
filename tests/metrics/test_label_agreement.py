"""Tiny models: a painter of each class in its colour, a segmenter that takes the nearest one."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.label_maps import schema, segmenter
from input_pipeline.label_maps.label_sets import numbered
from interface.command_line import UserError
from metrics import label_agreement
from serving import saved_model
from tests.serving import label_models
from tests.serving.label_models import CLASSES, PALETTE

LABELS = np.random.default_rng(0).integers(0, 3, (6, 8, 12)).astype(np.uint8)
INSTANCES = np.zeros([8, 12], np.int32)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Photos of which a third of the pixels is another class's colour."""
    folder, wrong = tmp_path_factory.mktemp("records"), LABELS.copy()
    wrong[:, :, ::3] = (wrong[:, :, ::3] + 1) % 3
    name = f"{schema.file_stem('test')}-00000-of-00001.tfrecords"
    with tf.io.TFRecordWriter(str(folder / name)) as writer:
        for number, (label, shown) in enumerate(zip(LABELS, wrong)):
            writer.write(schema.encode(PALETTE[shown], label, INSTANCES, f"{number}.png"))
    summary = {"label_count": 3, "label_set": CLASSES.to_json(), "counts": {"test": 6}}
    (folder / "dataset.json").write_text(json.dumps(summary))
    return folder


def scores(model, segmenter_model, records, capsys, *words):
    where = [f"--model={model}", f"--segmenter={segmenter_model}", f"--data_dir={records}"]
    label_agreement.main([*where, *words])
    return json.loads(capsys.readouterr().out)


def test_a_perfect_painter_has_one_photos_what_they_show_and_chance_is_told(
    segmenter_model, records, tmp_path, capsys
):
    model = label_models.write_free(tmp_path / "1")
    figures = scores(model, segmenter_model, records, capsys)
    assert figures["pictures"]["pixel_accuracy"] == figures["pictures"]["iou_sky"] == 1
    assert figures["photos"]["pixel_accuracy"] == pytest.approx(2 / 3)
    chance = (LABELS[1:] == LABELS[:-1]).mean()
    assert figures[label_agreement.CHANCE]["pixel_accuracy"] == pytest.approx(chance)
    merged = scores(model, segmenter_model, records, capsys, "--merged=left bank:right bank")
    assert "iou_left bank" not in merged["photos"]


def test_a_painter_with_instances_and_seeds_is_given_them(
    segmenter_model, records, tmp_path, capsys
):
    """Its seed makes pictures brighter: few grey values are no other class."""
    model = label_models.write_styled(tmp_path / "1")
    figures = scores(model, segmenter_model, records, capsys, "--images=3")
    assert figures["pictures"]["pixel_accuracy"] == 1


def test_what_does_not_paint_from_these_classes_is_refused(
    segmenter_model, small_model, records, tmp_path, capsys
):
    for model in (small_model, segmenter_model):
        with pytest.raises(UserError, match="wanted one that paints from label maps alone"):
            scores(model, segmenter_model, records, capsys)
    numbers = dataclasses.replace(label_models.FREE, classes=numbered(3))
    model = label_models.write_free(tmp_path / "1", numbers)
    with pytest.raises(UserError, match="its classes are not those of --segmenter .*, sky, left"):
        scores(model, segmenter_model, records, capsys)


def test_records_that_a_painter_does_not_take_are_named(segmenter_model, records, tmp_path, capsys):
    large = dataclasses.replace(label_models.FREE, multiple_of=16)
    model = label_models.write_free(tmp_path / "1", large)
    with pytest.raises(UserError, match="0.png has 8x12 pixels, .* takes multiples of 16: prepare"):
        scores(model, segmenter_model, records, capsys)
    model = label_models.write_fixed(tmp_path / "2")
    assert scores(model, segmenter_model, records, capsys)["pictures"]["pixel_accuracy"] == 1
    paint = painter(model, segmenter_model)
    turned = schema.Record(PALETTE[LABELS[0].T], LABELS[0].T, None, "turned.png")
    with pytest.raises(UserError, match="turned.png has 12x8 pixels, .* takes 8x12: prepare"):
        paint(turned, 0)


def painter(model, judge):
    return label_agreement.painter_of(saved_model.load(str(model)), segmenter.read(str(judge)))
