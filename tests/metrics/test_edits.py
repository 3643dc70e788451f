"""Figures of pictures that are known: a painter whose colours are classes'."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.label_maps import schema
from input_pipeline.label_maps.label_sets import CELEBAMASK
from interface.command_line import UserError
from metrics import edits
from metrics.edits import OWN, STYLED, Painted
from serving import label_edits
from serving.about import About
from tests.faces_of_boxes import IDS, SIDE, face
from tests.serving import label_models

COLOURS, COUNT = CELEBAMASK.colours, 3
LABELS = np.stack([np.roll(face(), number, axis=1) for number in range(COUNT)])


class Judge:
    """Tells classes by the nearest of their colours."""

    label_set = CELEBAMASK

    def seen(self, photo):
        return photo

    def labels(self, photos):
        apart = (photos[..., None, :].astype(int) - COLOURS) ** 2
        return apart.sum(-1).argmin(-1).astype(np.uint8)


def painted(**made):
    """Photos in the classes' colours; pictures as they are told, else of the masks."""
    masks = {OWN: [*LABELS], STYLED: [*LABELS], "eyes wider": [wider(each) for each in LABELS]}
    pictures = {name: [COLOURS[mask] for mask in each] for name, each in masks.items()}
    return Painted(COLOURS[LABELS], LABELS, masks, {**pictures, **made})


def wider(label):
    return label_edits.eyes_wider(label, IDS, label)


def test_an_edit_that_is_painted_is_seen():
    figures = edits.followed(painted(), "eyes wider", Judge())
    assert (figures["images"], figures["mean_iou"], figures["pixel_accuracy"]) == (3, 1, 1)
    assert (figures["changed"], figures["still"]) == (1, 0)
    share = np.mean([np.mean(wider(each) == each) for each in LABELS])
    assert figures["unedited"]["pixel_accuracy"] == pytest.approx(share)


def test_one_that_is_not_is_not():
    ignored = {"eyes wider": [COLOURS[each] for each in LABELS]}
    figures = edits.followed(painted(**ignored), "eyes wider", Judge())
    assert (figures["changed"], figures["still"]) == (0, 1)
    assert figures["unedited"] == {"mean_iou": 1, "pixel_accuracy": 1}


def test_what_could_not_be_edited_is_not_counted():
    some = painted()
    some.made["eyes wider"][1] = some.masks["eyes wider"][1] = None
    assert edits.followed(some, "eyes wider", Judge())["images"] == 2
    none = painted(**{"eyes wider": [None] * 3})
    assert edits.followed(none, "eyes wider", Judge()) == {"images": 0}


def test_a_style_is_as_near_to_its_reference_as_the_colours_are():
    """The second photo is brighter by 30, and its style's picture by 20; others have none."""
    some = painted()
    some.photos = some.photos // 2
    some.photos[1] += 30
    some.made[STYLED] = [some.photos[0] + 20, some.photos[1] - 30, some.photos[2]]
    figures = edits.style(some, "hair", Judge())
    root = 3**0.5
    assert figures["to reference"] == pytest.approx((10 + 0 + 0) / 3 * root)
    assert figures["to own photo"] == pytest.approx((20 + 30 + 0) / 3 * root)
    assert figures["photos"] == pytest.approx((30 + 30 + 0) / 3 * root)
    assert edits.style(some, "hat", Judge())["photos"] is None


def test_identity_is_a_distance_of_the_faces_that_are_found(monkeypatch):
    known = np.zeros([3, 4])
    told = np.array([[3.0, 4, 0, 0], [np.nan] * 4])
    monkeypatch.setattr(edits, "_descriptors", lambda images: told)
    made = [np.zeros([4, 4, 3], np.uint8), None, np.zeros([4, 4, 3], np.uint8)]
    assert edits.identity(known, made) == {"distance": 5, "faces": 1}
    assert edits.identity(known, [None] * 3) == {"distance": None, "faces": 0}


def test_reconstructions_stand_beside_photos():
    figures = edits.reconstruction(painted(), Judge())
    assert figures["ssim"] == pytest.approx(1, abs=1e-4)
    assert figures["ssim of other photos"] < 0.99
    assert figures["mean_iou"] == figures["photos"]["mean_iou"] == 1
    assert figures["sliced_wasserstein"] < figures["sliced_wasserstein of halves of photos"]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A painter in the classes' colours, a segmenter that tells them, and records."""
    top, u8 = tmp_path_factory.mktemp("colours"), tf.uint8
    about = About("editor", "labels", multiple_of=4, classes=CELEBAMASK, style="reference")
    ids, photo = ([None, None], u8), ([None, None, 3], u8)
    colours = tf.constant(COLOURS)

    def paint(_, labels, style_image, style_labels):
        return tf.gather(colours, tf.cast(labels, tf.int32))

    def tell(_, image):
        apart = tf.cast(image[..., None, :], tf.int32) - tf.cast(colours, tf.int32)
        return tf.cast(tf.argmin(tf.reduce_sum(apart**2, -1), -1), u8)

    more = {"trained_size": [SIDE, SIDE]}
    inputs = {"labels": ids, "style_image": photo, "style_labels": ids}
    label_models.write(top / "painter", about, paint, more, **inputs)
    telling = About(
        "segmenter", "photo", multiple_of=4, classes=CELEBAMASK, style="none", gives="labels"
    )
    label_models.write(top / "segmenter", telling, tell, more, photo=photo)
    (top / "records").mkdir()
    name = str(top / "records" / "labels-validation-00000-of-00001.tfrecords")
    with tf.io.TFRecordWriter(name) as writer:
        for number, label in enumerate(LABELS):
            writer.write(schema.encode(COLOURS[label], label, None, f"{number}.png"))
    told = {"label_set": CELEBAMASK.to_json(), "sizes": {f"{SIDE}x{SIDE}": COUNT}}
    (top / "records" / "dataset.json").write_text(json.dumps(told))
    return top


def measure(models, out, *words):
    given = {"model": "painter", "segmenter": "segmenter", "data_dir": "records"}
    flags = [f"--{name}={models / folder}" for name, folder in given.items()]
    edits.main([*flags, f"--out={out}", *words])
    return json.loads(out.with_name(f"{out.name}.json").read_text())


@pytest.mark.parametrize("words", [[], ["--blend"]])
def test_a_painter_that_does_what_it_is_told_has_the_best_figures(models, tmp_path, words):
    figures = measure(models, tmp_path / "edits", *words)
    assert (figures["images"], figures["reconstruction"]["mean_iou"]) == (3, 1)
    assert {*figures["edits"]} == {*label_edits.EDITS}
    for of_edit in figures["edits"].values():
        assert (of_edit["changed"], of_edit["still"]) == (1, 0)
    assert figures["identity"]["faces found in photos"] == 0  # they are boxes
    assert figures["style"]["skin"]["photos"] == 0
    with Image.open(tmp_path / "edits.png") as sheet:
        assert sheet.width / sheet.height == pytest.approx((4 + 2 * 5) / 3, rel=0.02)


def test_mistakes_are_one_line(models, tmp_path, disc_segmenter):
    with pytest.raises(UserError, match="tells other classes than are painted"):
        measure(models, tmp_path / "edits", f"--segmenter={disc_segmenter}")
    with pytest.raises(UserError, match="no label maps of train"):
        measure(models, tmp_path / "edits", "--split=train")
    assert not [*tmp_path.iterdir()]
