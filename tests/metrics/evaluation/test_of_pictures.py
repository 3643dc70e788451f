"""Generators whose figures are known: one that paints the very photos, one deaf to the mask."""

import pytest
from tensorflow import keras

from metrics import sliced_wasserstein
from metrics.evaluation import of_pictures
from metrics.evaluation.subject import Subject
from tests.metrics.evaluation.test_measures import unjudged


def test_the_distance_of_the_photos_themselves_is_near_its_floor(figures):
    near, far = (figures("sliced_wasserstein", whose) for whose in ("perfect", "deaf"))
    assert near["mean"] < near["floor_mean"] < far["mean"] / 3
    assert near["floor_images"] == 8
    assert {"32", "16", "mean", "floor_32", "floor_16"} <= near.keys()


def test_what_follows_from_the_photos_is_computed_once(figures, of_deaf, monkeypatch):
    kept = figures("sliced_wasserstein", "perfect")
    monkeypatch.setattr(sliced_wasserstein, "floor", lambda *given: pytest.fail("again"))
    again = of_pictures.wasserstein(of_deaf)
    assert {name: again[name] for name in kept if "floor" in name} == {
        name: value for name, value in kept.items() if "floor" in name
    }


def test_variety_tells_what_the_image_follows(figures, photos):
    followed, ignored = (figures("variety", whose) for whose in ("perfect", "deaf"))
    assert followed["deviation_over_latents"] == pytest.approx(0, abs=1e-6)
    assert followed["ms_ssim_over_latents"] == pytest.approx(1, abs=1e-3)
    real = photos.image / 127.5
    assert followed["deviation_over_masks"] == pytest.approx(real[:8].std(axis=0).mean(), rel=1e-3)
    assert followed["deviation_of_photos"] == pytest.approx(real.std(axis=0).mean(), rel=1e-3)
    assert ignored["deviation_over_masks"] == pytest.approx(0, abs=1e-6)
    assert ignored["deviation_over_latents"] > 0.1
    assert ignored["ms_ssim_of_photos"] == followed["ms_ssim_of_photos"]


@pytest.mark.slow
def test_equal_pictures_have_no_distance_for_inception_either(photos, perfect, tmp_path):
    keras.utils.set_random_seed(0)
    network = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg")
    network.save_weights(tmp_path / "weights.h5")
    given = {"inception_weights": str(tmp_path / "weights.h5")}
    figures = of_pictures.inception(Subject(photos, perfect, 1, tmp_path, **given))
    assert unjudged("inception", figures) == []
    # Beside distances of 0.1 and more: rounding, since the features' covariance has no full rank.
    assert figures["frechet_distance"] == pytest.approx(0, abs=1e-4)
    assert (figures["precision"], figures["recall"]) == (1, 1)
    assert figures["kernel_distance"] <= 1e-6
