"""A painter and a VAE whose pictures are known."""

import types

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.faces import framing
from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.record_files import open_records
from interface import pictures
from metrics.confusion import agreement, confusion
from siblings.maskgan import train, watching
from siblings.maskgan.config import Config, from_flags
from tests.metrics.painted_models import COUNT, LABELS, PHOTOS, SIZE
from tests.serving.label_models import PALETTE
from tests.siblings.maskgan.editor_runs import TINY


class Masks:
    """Gives back maps whose class 2 has become class 1; what lies between is the other one."""

    def given_back(self, label):
        return np.minimum(label, 1)

    def between(self, label, other, weight):
        assert weight == 0.5
        return other


class Painting:
    """Each class in its colour, mixed with the mean of the style's photo."""

    def paint(self, batch):
        style = batch.get("style_image", batch["image"]).mean(axis=(1, 2), keepdims=True)
        return ((PALETTE[batch["label"]] / 127.5 - 1) + style) / 2

    def edit(self, batch):
        return np.zeros_like(batch["label"]), 0 * batch["image"], 0 * batch["image"] + 1


@pytest.fixture(scope="module")
def records(river_records):
    return open_records(str(river_records))


def watched(records, *words):
    settings = from_flags([*words, "--sample_rows=5", f"--eval_images={COUNT}"])
    return watching.of(settings, records, SIZE)


def places(maps, among):
    return [[np.array_equal(each, other) for other in among].index(True) for each in maps]


def test_of_masks_rows_show_what_comes_back_and_what_lies_between(records):
    rows = watched(records, "--phase=1").sheet(Masks())()
    assert [len(row) for row in rows] == [3] * 5
    shown = places([row[0] for row in rows], PALETTE[LABELS])
    for number, (_, back, between) in enumerate(rows):
        np.testing.assert_array_equal(back, PALETTE[np.minimum(LABELS[shown[number]], 1)])
        np.testing.assert_array_equal(between, PALETTE[LABELS[shown[(number + 1) % 5]]])


def test_masks_are_held_against_what_came_back(records):
    watch = watched(records, "--phase=1").evaluation(Masks())
    wanted = agreement(confusion(np.minimum(LABELS, 1), LABELS, 3))
    assert (watch.decisive, watch.highest_is_best, watch.images) == ("mean_iou", True, COUNT)
    assert watch() == {name: wanted[name] for name in ("mean_iou", "pixel_accuracy")}


@pytest.mark.parametrize("phase, columns", [(2, 4), (3, 7)])
def test_of_pictures_rows_show_the_own_style_and_the_next_photos(records, phase, columns):
    rows = watched(records, f"--phase={phase}").sheet(Painting())()
    assert [len(row) for row in rows] == [columns] * 5
    shown = places([row[1] for row in rows], PHOTOS)
    signed = PHOTOS / 127.5 - 1
    for number, (pictured, _, own, other, *edits) in enumerate(rows):
        np.testing.assert_array_equal(pictured, PALETTE[LABELS[shown[number]]])
        for made, style in ((own, shown[number]), (other, shown[(number + 1) % 5])):
            mean = signed[style].mean(axis=(0, 1))
            wanted = ((pictured / 127.5 - 1) + mean) / 2
            assert np.abs(made - (wanted + 1) * 127.5).max() <= 0.51
        if edits:
            assert (edits[0] == PALETTE[0]).all()
            assert {*np.unique(edits[1])} <= {127, 128} and (edits[2] == 255).all()


def test_pictures_are_held_against_photos(records):
    watch = watched(records, "--phase=2").evaluation(Painting())
    assert {*watch()} == {"sliced_wasserstein", "ssim"}
    assert watch.images == COUNT
    assert pictures.to_uint8(np.array([-1.0, 1.0])).tolist() == [0, 255]


def test_a_segmenter_looks_where_it_is_asked(records, river_segmenter):
    class Perfect(Painting):
        def paint(self, batch):
            return PALETTE[batch["label"]] / 127.5 - 1

    words = ["--phase=3", "--eval_every=1", f"--segmenter={river_segmenter}"]
    figures = watched(records, *words).evaluation(Perfect())()
    assert (figures["mean_iou"], figures["pixel_accuracy"]) == (1, 1)


def test_config_json_keeps_classes_size_and_how_faces_were_cut(records):
    import dataclasses

    said = watching.said(records, SIZE)
    assert said == {"classes": records.label_set.to_json(), "trained_size": [*SIZE]}
    framed = dataclasses.replace(records, framing=types.SimpleNamespace(value="as they are cut"))
    assert watching.said(framed, SIZE)[framing.FIELD] == "as they are cut"
    assert label_sets.parsed(said["classes"], "x") == records.label_set


@pytest.mark.parametrize("phase, trained", [(1, "vae"), (2, "painter critics"), (3, "blender")])
def test_the_table_tells_what_is_about_to_be_trained(records, phase, trained):
    given = {**TINY, "phase": phase, "keep_checkpoints": 3}
    settings, size = Config(**given).settled(1), (32, 32)
    alone = tf.distribute.get_strategy()
    trainer = train.build_trainer(settings, 3, size, alone)
    rows = watching.table(settings, records, size, trainer, 2)
    assert rows["photos"] == f"{COUNT} of 32 × 32 pixels"
    assert rows["classes"] == "3: sky, left bank, right bank"
    for name in trained.split():
        numbers = sum(int(tf.size(w)) for w in trainer.networks[name].trainable_weights)
        assert rows[name] == f"{numbers:,} parameters"
    assert rows["memory"].startswith("about 6") and "MB on each device" in rows["memory"]
    assert rows["checkpoints"].endswith("MB each, 3 of them kept (--keep_checkpoints)")
