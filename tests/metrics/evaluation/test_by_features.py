import types

import numpy as np
import pytest

from metrics.evaluation import by_features
from metrics.evaluation.real_statistics import RealStatistics

PHOTOS = np.random.default_rng(0).integers(0, 256, [20, 4, 4, 3], np.uint8)


def subject_of(folder, images):
    photos = types.SimpleNamespace(image=PHOTOS)
    return types.SimpleNamespace(
        photos=photos, images=images, seed=0, statistics=RealStatistics(folder, PHOTOS)
    )


def test_equal_pictures_have_no_distance_and_darker_ones_that_of_their_means(tmp_path):
    """By means of colours, whose covariance a shift leaves as it is."""
    described = []

    def colours(images, about):
        described.append(about)
        return images.mean(axis=(1, 2))

    same = by_features.figures(subject_of(tmp_path, PHOTOS), "colours", colours)
    assert same["frechet_distance"] == pytest.approx(0, abs=1e-6)
    assert (same["precision"], same["recall"]) == (1, 1)
    shifted = by_features.figures(subject_of(tmp_path, PHOTOS + 300.0), "colours", colours)
    assert shifted["frechet_distance"] == pytest.approx(3 * 300**2)
    assert (shifted["precision"], shifted["recall"]) == (0, 0)
    assert described == ["photos", "pictures", "pictures"]  # the photos' are kept
    halves = by_features.distances(*colours(PHOTOS, "").reshape(2, 10, 3), 0)
    assert {f"floor_{name}": value for name, value in halves.items()}.items() <= shifted.items()
