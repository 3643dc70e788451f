"""A painter that is as good as can be: of rivers whose colours tell their classes."""

import dataclasses
import types

import numpy as np
import pytest

from input_pipeline.faces import framing
from input_pipeline.label_maps.record_files import open_records
from interface import pictures
from metrics.evaluation.painted_watch import looking
from siblings.pix2pixhd import phases, train, watching
from siblings.pix2pixhd.config import from_flags
from tests.faults.systems import PIX2PIXHD
from tests.metrics.painted_models import COUNT, INSTANCES, LABELS, PHOTOS, SIZE
from tests.serving.label_models import PALETTE


class Painting:
    """Each class in its colour; what it was asked for stays known."""

    def __init__(self):
        self.batches = []

    def paint(self, batch):
        self.batches.append(batch)
        return (PALETTE[batch["label"]] / 127.5 - 1).astype(np.float32)


def shown_of(records_dir, count, *words, size=SIZE):
    settings = from_flags([*words])
    *_, part = phases.parts(settings)
    return watching.shown(settings, part, open_records(str(records_dir), "train"), size, count)


def places(maps, among=LABELS):
    """Where each of them is among others."""
    found = [[np.array_equal(each, other) for other in among] for each in maps]
    return [row.index(True) for row in found]


def test_a_sheet_shows_label_map_photo_and_picture(river_records):
    painter = Painting()
    rows = watching.Sheet(shown_of(river_records, 5, "--phase=2"), painter)()
    assert [len(row) for row in rows] == [3] * 5
    for pictured, photo, painted in rows:
        assert pictured.shape == photo.shape == painted.shape == (*SIZE, 3)
        np.testing.assert_array_equal(pictured, painted)  # the palette is the classes' colours
        np.testing.assert_array_equal(photo, PHOTOS[places([photo], PHOTOS)[0]])
    assert [len(batch["label"]) for batch in painter.batches] == [4, 1]
    wanted = INSTANCES[places([batch["label"][0] for batch in painter.batches])]
    np.testing.assert_array_equal([batch["instance"][0] for batch in painter.batches], wanted)


def test_rows_are_no_more_than_records(river_records):
    sheet = watching.Sheet(shown_of(river_records, 99, "--phase=2"), Painting())
    assert len(sheet()) == COUNT


def test_phase_1_is_shown_half_as_large(river_records):
    shown = shown_of(river_records, COUNT, "--phase=1", size=(8, 16))
    assert shown.photos.shape == (COUNT, 8, 16, 3)
    found = places(shown.batch["label"], LABELS[:, 1::2, 1::2])
    assert {*found} == {*range(COUNT - 1)}  # of which the last is the first again


def test_of_crops_their_middle_is_shown(river_records):
    shown = shown_of(river_records, COUNT, "--phase=2", "--resize=crop", size=(8, 8))
    for photo, label in zip(shown.photos, shown.batch["label"]):
        place = places([photo], PHOTOS[:, 4:12, 12:20])[0]
        np.testing.assert_array_equal(label, LABELS[place, 4:12, 12:20])


def test_instances_are_read_where_they_are_needed(river_records):
    words = ["--phase=2", "--noinstances"]
    assert {*shown_of(river_records, 2, *words).batch} == {"image", "label"}
    assert {*shown_of(river_records, 2, "--phase=3").batch} == {"image", "label", "instance"}


def test_a_segmenter_finds_every_class_where_it_was_wanted(river_records, river_segmenter):
    words = ["--phase=2", "--eval_every=1", f"--segmenter={river_segmenter}"]
    looks = looking(str(river_segmenter), open_records(str(river_records)))
    painter = Painting()
    watch = watching.figures(shown_of(river_records, COUNT, *words), looks, painter)
    figures = watch()
    assert (watch.decisive, watch.images) == ("mean_iou", COUNT)
    assert (figures["mean_iou"], figures["pixel_accuracy"]) == (1, 1)
    assert {*figures} == {"mean_iou", "pixel_accuracy", "ssim"}
    assert [len(batch["label"]) for batch in painter.batches] == [4, 4, 1]


def test_without_a_segmenter_pictures_are_held_against_photos(river_records):
    class Perfect(Painting):
        def paint(self, batch):
            return batch["image"]

    shown = shown_of(river_records, COUNT, "--phase=2")
    watches = [watching.figures(shown, None, painter) for painter in (Perfect(), Painting())]
    perfect, flat = (watch() for watch in watches)
    assert {*perfect} == {*flat} == {"sliced_wasserstein", "ssim"}
    assert perfect["ssim"] == pytest.approx(1, abs=1e-4)
    assert perfect["ssim"] > flat["ssim"]
    assert perfect["sliced_wasserstein"] < flat["sliced_wasserstein"]


def test_what_config_json_keeps_beside_the_settings(river_records):
    records = open_records(str(river_records))
    settings = from_flags(["--phase=1"])
    (part,) = phases.parts(settings)
    said = watching.said(settings, part, records, (8, 16))
    assert (said["stage_enhancers"], said["trained_size"]) == (0, [8, 16])
    assert [each["name"] for each in said["classes"]] == ["sky", "left bank", "right bank"]
    assert {"width", "discriminators"} <= said["networks"].keys()
    assert framing.FIELD not in said  # whole photos
    framed = dataclasses.replace(records, framing=types.SimpleNamespace(value="as they are cut"))
    said = watching.said(settings, part, framed, (8, 16))
    assert said[framing.FIELD] == "as they are cut"


@pytest.mark.parametrize("phase", [1, 2, 3])
def test_the_table_tells_what_is_about_to_be_trained(instance_records_dir, phase):
    import tensorflow as tf

    settings = from_flags([*PIX2PIXHD.split(), f"--phase={phase}", "--steps=1"])
    part, *_ = phases.parts(settings)
    replicas = tf.distribute.get_strategy()
    trainer = train.build_trainer(settings, part, 2, (16, 24), replicas)
    rows = watching.table(open_records(str(instance_records_dir)), trainer, 2)
    assert rows["photos"] == "12, seen at 16 × 24 pixels"
    assert rows["classes"] == "2: 0, 1"
    if phase == 2:
        # An enhancer of width 2: 7×7, down, a block, up, 7×7, with biases; three channels come in.
        first, down, block, up = 49 * 3 * 2 + 2, 9 * 2 * 4 + 4, 2 * (9 * 4 * 4 + 4), 9 * 4 * 2 + 2
        numbers = first + down + block + up + 49 * 2 * 3 + 3
        assert rows["generator"] == f"{numbers:,} parameters, the outermost alone"
    else:
        assert rows["generator"].endswith(" parameters")
    assert rows.get("encoder", "").endswith("features of each instance") == (phase == 3)
    assert "MB on each device" in rows["memory"]


def test_pictures_are_whole_levels(river_records):
    shown = shown_of(river_records, 3, "--phase=2")
    painted = shown.painted(Painting().paint, slice(1, 3))
    assert (painted.dtype, len(painted)) == (np.uint8, 2)
    np.testing.assert_array_equal(painted, PALETTE[shown.batch["label"][1:3]])
    np.testing.assert_array_equal(shown.photos, pictures.to_uint8(shown.batch["image"]))
