import numpy as np
import pytest

from siblings.pix2pixhd import clusters

SIDE = 16  # so that 4 pixels are 1/64


def found(label, instance, features=None, **words):
    features = np.zeros([SIDE, SIDE, 2], "f") if features is None else features
    return [
        (each, row.tolist()) for each, row in clusters.regions(features, label, instance, **words)
    ]


def maps(pixels):
    """One region of `pixels` of class 2, id 2000; all else is class 1, id 1."""
    label, ids = np.full([SIDE, SIDE], 1, np.uint8), np.full([SIDE, SIDE], 1, np.int32)
    label.ravel()[:pixels], ids.ravel()[:pixels] = 2, 2000
    return label, ids


@pytest.mark.parametrize(("pixels", "classes"), [(4, [1]), (5, [1, 2]), (251, [1, 2]), (252, [2])])
def test_regions_of_a_64th_of_a_picture_or_less_tell_nothing(pixels, classes):
    assert [each for each, _ in found(*maps(pixels))] == classes


def test_a_region_gives_its_features_once_whatever_its_size():
    label, ids = maps(100)
    features = np.where((ids == 2000)[..., None], [0.5, -0.25], [0.125, 1.0])
    assert found(label, ids, features) == [(1, [0.125, 1.0]), (2, [0.5, -0.25])]
    assert found(label, ids, features, least=0.5) == [(1, [0.125, 1.0])]
    # Of the label map itself as of instances.
    assert found(label, label, features) == [(1, [0.125, 1.0]), (2, [0.5, -0.25])]


def test_a_region_of_several_classes_is_of_that_of_most_pixels():
    label, ids = maps(0)
    label[:6], label[6:9] = 3, 9
    assert [each for each, _ in found(label, ids)] == [1]
    label[:9] = 3
    assert [each for each, _ in found(label, ids)] == [3]


def test_centres_are_means_of_groups_that_lie_apart():
    rng = np.random.default_rng(0)
    corners = rng.permutation(np.stack(np.meshgrid([-9, 0, 9], [-9, 0, 9, 18]), -1).reshape(-1, 2))
    corners = corners[: clusters.CLUSTERS]
    group = np.arange(200) % clusters.CLUSTERS
    rows = (corners[group] + rng.uniform(-0.5, 0.5, [200, 2])).astype("f")
    means = np.stack([rows[group == each].mean(axis=0) for each in range(clusters.CLUSTERS)])
    centres = clusters.clustered(rows, seed=3)
    assert centres.dtype == np.float32
    by_place = lambda table: table[np.lexsort(table.round().T)]  # noqa: E731
    np.testing.assert_allclose(by_place(centres), by_place(means), atol=1e-5)
    np.testing.assert_array_equal(centres, clusters.clustered(rows, seed=3))


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[1.0, 2.0], [3.0, 4.0]]])
def test_there_are_no_more_centres_than_other_rows(rows):
    centres = clusters.clustered(np.array(rows * 20, "f"), seed=0)
    assert sorted(centres.tolist()) == rows
