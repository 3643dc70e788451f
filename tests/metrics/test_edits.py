"""Figures of pictures that are known: a painter whose colours are classes'."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from input_pipeline.label_maps import schema
from input_pipeline.label_maps.label_sets import CELEBAMASK, IGNORED
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


# The segmenter sees the photos' maps, of the own masks' pictures the first class alone.
BOUNDS = edits.Bounds(LABELS, 0 * LABELS)


def followed(some):
    return edits.followed(some, "eyes wider", BOUNDS, Judge())


def wider(label):
    return label_edits.eyes_wider(label, IDS, label)


def test_an_edit_that_is_painted_is_seen():
    figures = followed(painted())
    assert (figures["images"], figures["mean_iou"], figures["pixel_accuracy"]) == (3, 1, 1)
    assert (figures["changed"], figures["still"]) == (1, 0)
    assert (figures["told in photos"], figures["changed in own"]) == (1, 0)
    share = np.mean([np.mean(wider(each) == each) for each in LABELS])
    assert figures["unedited"]["pixel_accuracy"] == pytest.approx(share)


def test_one_that_is_not_is_not():
    ignored = {"eyes wider": [COLOURS[each] for each in LABELS]}
    figures = followed(painted(**ignored))
    assert (figures["changed"], figures["still"]) == (0, 1)
    assert figures["unedited"] == {"mean_iou": 1, "pixel_accuracy": 1}


def test_what_could_not_be_edited_is_not_counted():
    some = painted()
    some.made["eyes wider"][1] = some.masks["eyes wider"][1] = None
    figures = followed(some)
    assert (figures["images"], figures["not possible"], figures["changed"]) == (2, 1, 1)
    none = painted(**{"eyes wider": [None] * 3})
    assert followed(none) == {"images": 0, "not possible": 3}


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


def test_a_reconstruction_in_its_own_style_is_the_floor():
    some = painted()
    some.made[OWN] = [each + np.uint8([0, 0, 3]) for each in some.photos]
    assert edits.style(some, "hair", Judge())["own style"] == pytest.approx(3)


def test_identity_is_a_distance_of_the_faces_that_are_found(monkeypatch):
    """Of four photos the third has no face, and the picture of the fourth lost its own."""
    known = np.zeros([4, 4])
    known[2] = np.nan
    told = np.array([[3.0, 4, 0, 0], [1, 0, 0, 0], [np.nan] * 4])
    monkeypatch.setattr(edits, "_descriptors", lambda images, about: told)
    one = np.zeros([4, 4, 3], np.uint8)
    figures = edits.identity(known, [one, None, one, one], "")
    assert figures == {"distance": 5, "faces": 1, "not found": 1}
    none = edits.identity(known, [None] * 4, "")
    assert none == {"distance": None, "faces": 0, "not found": 0}


def test_a_face_in_another_light_is_nearer_than_dlibs_bar(photo):
    image = np.asarray(photo)
    dark, grey = image // 3 * 2, np.full_like(image, 128)
    known = edits._descriptors(np.stack([image, dark, grey]), "")
    assert np.isnan(known).any(axis=1).tolist() == [False, False, True]
    assert 0 < np.linalg.norm(known[0] - known[1]) < 0.6


def test_reconstructions_stand_beside_photos():
    figures = edits.reconstruction(painted(), edits.Bounds(LABELS, 0 * LABELS), Judge())
    assert figures["ssim"] == pytest.approx(1, abs=1e-4)
    assert figures["ssim of other photos"] < 0.99
    assert figures["photos"] == {"mean_iou": 1, "pixel_accuracy": 1}
    assert figures["pixel_accuracy"] == pytest.approx((LABELS == 0).mean())
    assert figures["sliced_wasserstein"] < figures["sliced_wasserstein of halves of photos"]


def test_what_could_not_be_edited_is_white_on_the_sheet():
    some = painted()
    some.masks["face wider"], some.made["face wider"] = some.masks[OWN], some.made[OWN]
    some.masks["eyes wider"][0] = some.made["eyes wider"][0] = None
    shown = np.asarray(edits.sheet(some, Judge()))
    step = shown.shape[1] // 8
    row = [
        shown[step // 2 - 20 : step // 2 + 20, step * n + 10 : step * n + step - 10]
        for n in range(8)
    ]
    assert [bool((each == 255).all()) for each in row] == [False] * 4 + [True] * 2 + [False] * 2


def write_records(folder, count):
    """The first so many photos; a pixel of each is of no class."""
    folder.mkdir()
    with tf.io.TFRecordWriter(str(folder / "labels-validation-00000-of-00001.tfrecords")) as writer:
        for number, label in enumerate(LABELS[:count]):
            some = label.copy()
            some[0, 0] = IGNORED
            writer.write(schema.encode(COLOURS[label], some, None, f"{number}.png"))
    told = {"label_set": CELEBAMASK.to_json(), "ignores": True}
    (folder / "dataset.json").write_text(json.dumps(told))


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
    write_records(top / "records", COUNT)
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
    assert figures["protocol"]["blend"] is bool(words)
    assert {*figures["edits"]} == {*label_edits.EDITS}
    for of_edit in figures["edits"].values():
        assert (of_edit["changed"], of_edit["still"]) == (1, 0)
        assert (of_edit["told in photos"], of_edit["changed in own"]) == (1, 0)
    assert figures["identity"]["faces found in photos"] == 0  # they are boxes
    assert figures["style"]["skin"]["photos"] == 0
    with Image.open(tmp_path / "edits.png") as sheet:
        assert sheet.width / sheet.height == pytest.approx((4 + 2 * 5) / 3, rel=0.02)


def test_mistakes_are_one_line(models, tmp_path, disc_segmenter):
    with pytest.raises(UserError, match="its classes are not those of --segmenter"):
        measure(models, tmp_path / "edits", f"--segmenter={disc_segmenter}")
    with pytest.raises(UserError, match="no label maps of train"):
        measure(models, tmp_path / "edits", "--split=train")
    assert not [*tmp_path.iterdir()]


def test_the_edits_classes_are_wanted(tmp_path, models, segmenter_model):
    rivers = label_models.write_edited(tmp_path / "1")
    given = [f"--model={rivers}", f"--segmenter={segmenter_model}", f"--out={tmp_path / 'a'}"]
    with pytest.raises(UserError, match="tells no background, .*; wanted CelebAMask-HQ's classes"):
        edits.main([*given, f"--data_dir={models / 'records'}"])
    with pytest.raises(UserError, match="one record; wanted two or more"):
        one = models / "one"
        write_records(one, 1)
        measure(models, tmp_path / "a", f"--data_dir={one}")
