import dataclasses
import json

import numpy as np
import pytest

from interface.command_line import UserError
from serving import label_painter, saved_model
from serving.label_painter import LabelPainter, styles_of
from serving.scene import Reference, Scene
from serving.styles import Styles
from tests.metrics import painted_models
from tests.serving.label_models import BRIGHT, DARK, PALETTE

LABEL = np.array([[0, 0, 1, 1], [0, 2, 2, 1], [0, 2, 2, 2], [0, 0, 0, 0]], np.uint8)
IDS = np.where(LABEL == 2, [[2000], [2000], [2001], [0]], LABEL).astype(np.int32)
SCENE = Scene(LABEL, IDS)
# Of each class but the last one cluster, so that nothing is left to the seed there.
CLUSTERS = {
    0: np.array([[16, 32, 48]], np.float32),
    1: np.array([[64, 80, 96]], np.float32),
    2: np.array([[8, 0, 0], [0, 120, 0], [0, 0, 240]], np.float32),
}


def write(folder, of="instance"):
    painted_models.write_styled(folder, of)
    Styles("abc", of, 3, CLUSTERS).write(folder / "assets" / "styles.json")
    return folder


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    return LabelPainter(str(write(tmp_path_factory.mktemp("painter") / "1")))


@pytest.fixture(scope="module")
def of_labels(tmp_path_factory):
    return LabelPainter(str(write(tmp_path_factory.mktemp("of_labels") / "1", "label")))


def shown(features):
    """What `painted_models.write_styled` makes of features [H, W, 3]."""
    return (features / 2 + features.mean(axis=(0, 1)) / 4).astype(np.uint8)


def test_seeds_make_pictures_in_as_many_calls_as_it_takes(painter):
    assert painter.is_seeded and painter.features == "instance"
    seeds = [*range(3, 14)]
    painted = painter.painted(SCENE, seeds)
    np.testing.assert_array_equal(painted, [PALETTE[LABEL] + seed for seed in seeds])


def test_a_model_without_seeds_paints_once(free_model, fixed_model):
    painter = LabelPainter(str(free_model))
    assert not painter.is_seeded and painter.features == ""
    np.testing.assert_array_equal(painter.painted(Scene(LABEL), [7]), PALETTE[LABEL][None])
    # Its maps have a channel behind.
    label = np.random.default_rng(0).integers(0, 3, [8, 12]).astype(np.uint8)
    painted = LabelPainter(str(fixed_model)).painted(Scene(label), [0])
    np.testing.assert_array_equal(painted, PALETTE[label][None])


def test_a_model_may_take_seeds_without_a_signature_for_them(styled_model):
    painter = LabelPainter(str(styled_model))
    assert painter.is_seeded
    scene = Scene(LABEL, IDS % 100)
    wanted = [PALETTE[LABEL] + (IDS % 100 + seed)[..., None] for seed in (5, 6)]
    np.testing.assert_array_equal(painter.painted(scene, [5, 6]), wanted)


def test_chosen_styles_are_clusters(painter, of_labels):
    scene = Scene(LABEL, IDS, {2000: 1, 2001: 2})
    features = np.stack([CLUSTERS[0][0], CLUSTERS[1][0], np.zeros(3)])[LABEL]
    features[IDS == 2000], features[IDS == 2001] = CLUSTERS[2][1:]
    np.testing.assert_array_equal(painter.styled(scene, [0, 1]), [shown(features)] * 2)
    features[LABEL == 2] = CLUSTERS[2][1]
    (painted,) = of_labels.styled(Scene(LABEL, None, {2: 1}), [0])
    np.testing.assert_array_equal(painted, shown(features))


def test_what_has_no_choice_is_drawn_by_the_seed(painter):
    features = np.stack([CLUSTERS[0][0], CLUSTERS[1][0], np.zeros(3)])[LABEL]
    features[IDS == 2000] = CLUSTERS[2][1]
    wanted = []
    for centre in CLUSTERS[2]:
        features[IDS == 2001] = centre
        wanted.append(shown(features).tobytes())
    painted = painter.styled(Scene(LABEL, IDS, {2000: 1}), range(20))
    assert {each.tobytes() for each in painted} == {*wanted}


@pytest.mark.parametrize("of", ["instance", "label"])
def test_styles_of_a_photo_are_those_of_its_regions(painter, of_labels, of):
    photo = np.random.default_rng(0).integers(0, 256, [4, 4, 3]).astype(np.uint8)
    regions, features = (IDS if of == "instance" else LABEL), np.zeros([4, 4, 3])
    scene = Scene(LABEL, regions.astype(np.int32) % 256)  # ids that this encoder can hold
    for region in np.unique(regions):
        features[regions == region] = photo[regions == region].mean(axis=0)
    painted = (painter if of == "instance" else of_labels).encoded(scene, photo)
    assert np.abs(painted.astype(int) - shown(features)).max() <= 1


def test_an_edited_map_keeps_the_styles_that_its_labels_have_in_a_photo(of_labels):
    photo = np.random.default_rng(0).integers(0, 256, [4, 4, 3]).astype(np.uint8)
    edited = np.where(LABEL == 1, 0, LABEL.T).astype(np.uint8)
    features = np.zeros([4, 4, 3])
    for label in (0, 1, 2):
        features[edited == label] = photo[label == LABEL].mean(axis=0)
    features[edited == 2] = CLUSTERS[2][1]  # which is chosen
    scene = Scene(edited, None, {2: 1})
    signature, rows = label_painter.asked(
        of_labels.model, styles_of(of_labels.model), scene, [5], Reference(photo, LABEL)
    )
    np.testing.assert_allclose(rows["features"][0], features, rtol=1e-5)
    painted = signature.call(**rows)["image"][0]
    assert np.abs(painted.astype(int) - shown(features)).max() <= 1


def test_a_scene_becomes_rows_of_a_signatures_types(styled_model, disc_painter):
    signature = saved_model.load(str(styled_model)).signatures["serving_default"]
    rows = label_painter.inputs(signature, SCENE, 3)
    assert {name: (row.shape, row.dtype.name) for name, row in rows.items()} == {
        "labels": ((3, 4, 4, 1), "int64"),
        "instances": ((3, 4, 4, 1), "int64"),
    }
    np.testing.assert_array_equal(rows["instances"][..., 0], [IDS] * 3)
    rows = label_painter.inputs(saved_model.load(str(disc_painter)).signatures["sample"], SCENE, 1)
    assert [*rows] == ["labels"] and rows["labels"].dtype == np.uint8


def test_what_does_not_paint_label_maps_is_refused(segmenter_model, small_model, tmp_path):
    odd = painted_models.write_styled(tmp_path / "1")  # and its sample is gone
    model = saved_model.load(str(odd))
    alone = {"serving_default": model.signatures["serving_default"]}
    assert label_painter.painting(dataclasses.replace(model, signatures=alone)) is None
    for folder in (segmenter_model, small_model):
        with pytest.raises(UserError, match=f"--model {folder}: wanted one that paints label maps"):
            LabelPainter(str(folder))
    with pytest.raises(UserError, match="no SavedModel in it"):
        LabelPainter(str(tmp_path))


def test_discs_are_painted_as_their_seeds_say(disc_painter):
    label = np.zeros([32, 32], np.uint8)
    label[4:9] = 1
    painted = LabelPainter(str(disc_painter)).painted(Scene(label), [4])
    np.testing.assert_array_equal(painted[0, ..., 1], np.where(label, BRIGHT, DARK) + 4)


def test_a_file_chooses_styles(tmp_path):
    path = tmp_path / "chosen.json"
    path.write_text(json.dumps({"2000": 1, "0": 0}))
    scene = label_painter.chosen(str(path), SCENE)
    assert dict(scene.styles) == {2000: 1, 0: 0} and scene.label is SCENE.label


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[1]", "--style .*chosen.json: wanted JSON, {.id of a region.: number of a cluster}"),
        ('{"car": 1}', "--style .*chosen.json: wanted JSON"),
        ("{", "--style .*chosen.json: wanted JSON"),
        ('{"5": 1}', "region 5: not in the scene; wanted one of 0, 1, 2000, 2001"),
        ('{"2000": "red"}', "style of region 2000: red; wanted a whole number from 0"),
    ],
)
def test_a_file_of_anything_else_is_told_in_a_line(tmp_path, content, told):
    (tmp_path / "chosen.json").write_text(content)
    with pytest.raises(UserError, match=told) as caught:
        label_painter.chosen(str(tmp_path / "chosen.json"), SCENE)
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="--style nowhere.json: No such file"):
        label_painter.chosen("nowhere.json", SCENE)


def test_clusters_that_a_class_does_not_have_are_refused(painter):
    with pytest.raises(UserError, match="style of region 2000: cluster 3; wanted one of the 3"):
        painter.styled(Scene(LABEL, IDS, {2000: 3}), [0])
