"""A segmenter's figures, of a tiny one that takes the nearest colour for the class."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.label_maps import schema
from interface.command_line import UserError
from metrics import evaluate
from tests.serving.label_models import CLASSES, PALETTE, write_segmenter

COUNT, WRONG = 9, 3  # photos; pixels of each whose colour is that of another class
RNG = np.random.default_rng(0)
LABELS = RNG.choice(3, (COUNT, 8, 12), p=[0.6, 0.2, 0.2]).astype(np.uint8)
IMAGES = PALETTE[LABELS]
LABELS[:, 0, :WRONG] = (LABELS[:, 0, :WRONG] + 1) % 3
LABELS[:, 7, 11] = 255


def write(folder, split="validation", label_set=CLASSES, labels=LABELS):
    folder.mkdir(exist_ok=True)
    name = f"{schema.file_stem(split)}-00000-of-00001.tfrecords"
    with tf.io.TFRecordWriter(str(folder / name)) as writer:
        for number, (image, label) in enumerate(zip(IMAGES, labels)):
            writer.write(schema.encode(image[: len(label)], label, None, f"{number}.png"))
    summary = {"label_count": 3, "label_set": label_set.to_json(), "counts": {split: COUNT}}
    summary["ignores"] = True
    (folder / "dataset.json").write_text(json.dumps(summary))
    return folder


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return write(tmp_path_factory.mktemp("records"))


def measured(model, records, out, *words):
    evaluate.main([f"--model={model}", f"--data_dir={records}", f"--out={out}", *words])
    return json.loads((out / "figures.json").read_text())


def test_figures_by_class_beside_those_of_the_commonest(segmenter_model, records, tmp_path, capsys):
    content = measured(segmenter_model, records, tmp_path)
    told = capsys.readouterr()
    assert json.loads(told.out) == content
    assert f"--data_dir {records}: {COUNT} records of validation" in told.err
    figures = content["figures"]["label_maps"]
    counted = LABELS != 255
    assert figures["pixel_accuracy"] == pytest.approx(1 - WRONG * COUNT / counted.sum())
    commonest = np.bincount(LABELS[counted]).max() / counted.sum()
    assert figures["floor_pixel_accuracy"] == pytest.approx(commonest)
    assert {*figures} >= {"iou_sky", "iou_left bank", "iou_right bank", "mean_iou"}
    assert content["protocol"]["images"] == COUNT
    assert content["protocol"]["system"] == "segmenter"
    with Image.open(tmp_path / "worst.png") as sheet:
        assert sheet.size == (3 * (21 * 12 + 2) + 2, 8 * (21 * 8 + 2) + 2)
        right, made = (
            np.asarray(sheet)[2 : 2 + 168, 256:508],
            np.asarray(sheet)[2 : 2 + 168, 510:762],
        )
    assert (right != made).any(-1).sum() == (WRONG + 1) * 21 * 21  # what is ignored is white


def test_classes_may_count_as_others(segmenter_model, records, tmp_path):
    merged = "--merged=left bank:sky,right bank:sky"
    figures = measured(segmenter_model, records, tmp_path, merged)["figures"]["label_maps"]
    assert figures["pixel_accuracy"] == 1
    assert "iou_left bank" not in figures


@pytest.mark.parametrize(
    "words, told",
    [
        (["--split=test"], "no label maps of test"),
        (["--metrics=variety"], "--metrics variety: not of label maps, which this model makes"),
        (["--merged=sea:sky"], "--merged sea:sky: wanted pairs like hat:hair, of sky, left bank"),
    ],
)
def test_mistakes_are_one_line(segmenter_model, records, tmp_path, words, told):
    with pytest.raises(UserError) as caught:
        measured(segmenter_model, records, tmp_path / "out", *words)
    assert told in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_records_of_other_classes_or_of_odd_sizes_are_refused(segmenter_model, tmp_path):
    from input_pipeline.label_maps.label_sets import numbered

    other = write(tmp_path / "other", "train", numbered(3))
    with pytest.raises(UserError, match="its classes are 0, 1, 2; the segmenter knows sky, left"):
        measured(segmenter_model, other, tmp_path / "out")
    odd = write(tmp_path / "odd", "train", labels=LABELS[:, :6])
    with pytest.raises(UserError, match="0.png: 6x12 pixels; the segmenter wants multiples of 4"):
        measured(segmenter_model, odd, tmp_path / "out")


def test_photos_that_are_cut_otherwise_are_told(records, tmp_path, capsys):
    model = write_segmenter(tmp_path / "faces" / "1", framing="aligned")
    measured(model, records, tmp_path)
    assert "its photos are whole, those that the segmenter learnt from aligned" in (
        capsys.readouterr().err
    )
