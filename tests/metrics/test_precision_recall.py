import numpy as np
import pytest

from metrics import precision_recall as module
from metrics.precision_recall import precision_recall

RNG = np.random.default_rng(0)


def share_inside(points, manifold, k):
    """Of `points` inside any sphere of `manifold`, by loops."""

    def radius(centre):
        return sorted(np.linalg.norm(manifold - manifold[centre], axis=1))[k]  # 0 is itself

    radii = [radius(number) for number in range(len(manifold))]
    inside = [
        any(np.linalg.norm(point - centre) <= r for centre, r in zip(manifold, radii))
        for point in points
    ]
    return np.mean(inside)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("block", [7, 1000])
def test_both_are_those_of_loops_over_all_pairs(monkeypatch, k, block):
    monkeypatch.setattr(module, "BLOCK", block)
    real, generated = RNG.normal(size=[40, 3]), RNG.normal(0.8, 0.6, size=[30, 3])
    shares = precision_recall(real, generated, k)
    assert shares == {
        "precision": pytest.approx(share_inside(generated, real, k)),
        "recall": pytest.approx(share_inside(real, generated, k)),
    }
    assert 0 < shares["recall"] < shares["precision"] < 1


def test_one_tight_mode_is_precise_and_recalls_little():
    real = RNG.normal(size=[200, 2])
    shares = precision_recall(real, real[0] + 1e-3 * RNG.normal(size=[200, 2]))
    assert shares["precision"] == 1
    assert shares["recall"] <= 2 / 200


def test_features_far_from_zero_are_told_apart():
    real, generated = RNG.normal(size=[60, 3]), RNG.normal(1, 1, size=[60, 3])
    near, far = precision_recall(real, generated), precision_recall(real + 1e6, generated + 1e6)
    assert near == far
    assert 0 < near["precision"] < 1
    features = RNG.normal(size=[200, 16]).astype(np.float32)
    assert precision_recall(features, features) == {"precision": 1, "recall": 1}


def test_the_sphere_reaches_to_the_kth_other_point_and_holds_it():
    """On a line at 0, 1, 3, 7, …: the second neighbours of 0 and 1 are 3 and 2 away."""
    real = np.array([[0.0], [1], [3], [7]])
    around = np.array([[-3.0], [-3.01], [13], [13.01]])
    assert precision_recall(real, around, k=2)["precision"] == 0.5


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="3 and 9 points; wanted more than 3 of each"):
        precision_recall(RNG.normal(size=[3, 2]), RNG.normal(size=[9, 2]))
