"""Styles that seeds draw: whose they are, and what changes them."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from serving.styles import Styles
from siblings.pix2pixhd import restoring
from siblings.pix2pixhd.painting import Painter
from tests.serving.label_models import CLASSES
from tests.siblings.pix2pixhd import tiny_runs
from tests.siblings.pix2pixhd.tiny_runs import SIDE, edges, scene, write_run

TABLE = {
    0: [[0.5, -0.5, 0.25], [-0.5, 0.5, 0]],
    1: [[-1, 0, 1], [1, 1, -1], [0.1, 0.2, 0.3]],
}  # class 2 has none
LABEL, IDS = scene(0)


def made(folder, of="instance"):
    data_dir = tiny_runs.write_records(folder / "labels")
    write_run(folder / "run", data_dir, features=of, instances=of == "instance")
    known = Styles("", of, 3, {each: np.array(rows, "f") for each, rows in TABLE.items()})
    return Painter(restoring.restore(str(folder / "run")), known)


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    return made(tmp_path_factory.mktemp("of_instances"))


@pytest.fixture(scope="module")
def of_labels(tmp_path_factory):
    return made(tmp_path_factory.mktemp("of_labels"), "label")


def drawn(painter, label, regions, seed):
    """Features [H, W, C] that a seed draws."""
    return painter._drawn(*map(tf.constant, (label, regions, np.int64(seed)))).numpy()


def told(style):
    """Of 32 bits as of 64."""
    return tuple(np.array(style, float).round(3).tolist())


def styles_of(features, regions):
    """{region: its style}, the same everywhere in it."""
    found = {}
    for number in np.unique(regions):
        inside = features[regions == number]
        assert np.ptp(inside, axis=0).max() == 0
        found[int(number)] = told(inside[0])
    return found


def known(of_class):
    return {told(row) for row in TABLE.get(of_class, [[0, 0, 0]])}


def test_each_region_has_one_of_its_classs_clusters_and_each_of_them_comes(painter):
    seen = [styles_of(drawn(painter, LABEL, IDS, seed), IDS) for seed in range(60)]
    for number in (0, 1000, 1001, 2000):
        assert {each[number] for each in seen} == known(number // 1000)
    # Both cars have each pair of styles, one as often as the other.
    pairs = {(each[1000], each[1001]) for each in seen}
    assert pairs == {*itertools.product(known(1), known(1))}


def test_a_sample_is_painted_with_such_features(painter):
    label, ids = np.stack([LABEL] * 3), np.stack([IDS] * 3)
    given = tf.constant(label), tf.constant(ids), tf.constant([5, 6, 5], tf.int64)
    image = painter.sample(*given)["image"].numpy().astype(int)
    candidates = []
    for ground, first, second in itertools.product(TABLE[0], TABLE[1], TABLE[1]):
        features = np.zeros([SIDE, SIDE, 3])  # zeros where a class has no clusters
        features[IDS == 0], features[IDS == 1000], features[IDS == 1001] = ground, first, second
        dense = np.concatenate([np.eye(3)[LABEL], edges(IDS[None])[0], features], axis=2)
        candidates.append(dense)
    wanted = painter.restored.generator(np.stack(candidates).astype("f")).numpy()
    levels = np.clip((wanted + 1) * 127.5, 0, 255)
    apart = np.abs(image[:, None] - levels).max(axis=(2, 3, 4))
    assert (apart.min(axis=1) <= 0.51).all()
    np.testing.assert_array_equal(image[0], image[2])
    assert apart[0].argmin() != apart[1].argmin()


def test_a_seed_draws_the_same_wherever_and_whatever_else_there_is(painter):
    label, ids = LABEL.copy(), IDS.copy()
    label[ids == 1001], ids[ids == 1001] = 2, 2001
    for seed in range(20):
        before = styles_of(drawn(painter, LABEL, IDS, seed), IDS)
        after = styles_of(drawn(painter, label, ids, seed), ids)
        mirrored = styles_of(drawn(painter, LABEL[::-1], IDS[::-1], seed), IDS[::-1])
        assert before == mirrored
        assert all(before[number] == after[number] for number in (0, 1000, 2000))


def test_a_region_of_several_classes_has_a_style_of_that_of_most_pixels(painter):
    label = LABEL.copy()
    label[IDS == 1000] = np.arange((IDS == 1000).sum()) % 3 // 2  # two thirds of class 0
    seen = {styles_of(drawn(painter, label, IDS, seed), IDS)[1000] for seed in range(20)}
    assert seen == known(0)
    label[IDS == 1000] = np.arange((IDS == 1000).sum()) % 2 + 1  # of as many the first
    seen = {styles_of(drawn(painter, label, IDS, seed), IDS)[1000] for seed in range(40)}
    assert seen == known(1)


def test_styles_may_be_of_labels(of_labels):
    image = of_labels.sample(tf.constant(LABEL[None]), tf.constant([3], tf.int64))["image"].numpy()
    candidates = []
    for ground, car in itertools.product(TABLE[0], TABLE[1]):
        features = np.zeros([SIDE, SIDE, 3])
        features[LABEL == 0], features[LABEL == 1] = ground, car
        candidates.append(np.concatenate([np.eye(3)[LABEL], features], axis=2))
    wanted = of_labels.restored.generator(np.stack(candidates).astype("f")).numpy()
    apart = np.abs(image - (wanted + 1) * 127.5).max(axis=(1, 2, 3))
    assert apart.min() <= 0.51


def test_colours_are_clipped_and_rounded(painter):
    painter = Painter(painter.restored, None)
    painter.restored = type("", (), {"settings": {"instances": False}, "classes": CLASSES})()
    painter.restored.generator = lambda given: tf.constant([[[[-1.0, 1.0, 0.006]]]])
    image = painter.paint(tf.zeros([1, 1, 1], tf.uint8))["image"]
    assert (image.dtype, image.numpy().ravel().tolist()) == (tf.uint8, [0, 255, 128])
