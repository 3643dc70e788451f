"""Generators whose figures are known: one that paints the very photos, one deaf to the mask."""

import itertools

import numpy as np
import pytest
from tensorflow import keras

from input_pipeline.faces import landmarks
from metrics import evaluate
from metrics.evaluation import figure_names, measures
from metrics.evaluation.subject import Photos, Subject


@pytest.fixture
def of_perfect(photos, perfect, tmp_path):
    return Subject(photos, perfect, 1, tmp_path, trained_on=photos)


@pytest.fixture
def of_deaf(photos, deaf, tmp_path):
    return Subject(photos, deaf, 1, tmp_path)


def without(prefix, figures):
    return {name[len(prefix) :]: value for name, value in figures.items() if prefix in name}


@pytest.mark.parametrize("name", ["landmarks", "masks"])
def test_the_photos_themselves_score_the_floor(of_perfect, name):
    figures = measures.MEASURES[name].figures(of_perfect)
    floor = without("floor_", figures)
    assert len(floor) >= 2
    assert {name: figures[name] for name in floor} == floor


def test_pictures_that_follow_their_mask_agree_less_with_another(of_perfect, of_deaf):
    followed = measures.landmark_agreement(of_perfect)
    assert followed["error"] < followed["error_of_others_masks"] / 2
    ignored = measures.landmark_agreement(of_deaf)
    assert ignored["error"] == pytest.approx(ignored["error_of_others_masks"], rel=0.02)


def test_a_face_in_the_wrong_place_follows_the_mask_less(photos, beside, tmp_path):
    moved = Subject(photos, beside, 1, tmp_path)
    figures, lines = measures.landmark_agreement(moved), measures.mask_agreement(moved)
    eyes = np.linalg.norm(photos.landmarks[:, 36] - photos.landmarks[:, 45], axis=1)
    shift = (2 / eyes).mean()
    # The landmarks follow the face: all of the way, but for what the predictor errs.
    assert figures["error"] == pytest.approx(shift, abs=figures["floor_error"])
    assert figures["error"] > 2 * figures["floor_error"]
    assert lines["f1"] < lines["floor_f1"]


def test_variety_tells_what_the_image_follows(of_perfect, of_deaf, photos):
    followed = measures.varieties(of_perfect)
    assert followed["deviation_over_latents"] == pytest.approx(0, abs=1e-6)
    assert followed["ms_ssim_over_latents"] == pytest.approx(1, abs=1e-3)
    real = (photos.image / 127.5).std(axis=0).mean()
    assert followed["deviation_over_masks"] == pytest.approx(real, rel=1e-3)
    assert followed["deviation_of_photos"] == pytest.approx(real, rel=1e-3)
    ignored = measures.varieties(of_deaf)
    assert ignored["deviation_over_masks"] == pytest.approx(0, abs=1e-6)
    assert ignored["deviation_over_latents"] > 0.1
    assert ignored["ms_ssim_of_photos"] == followed["ms_ssim_of_photos"]


def test_the_distance_of_the_photos_themselves_is_near_its_floor(of_perfect, of_deaf):
    near, far = measures.wasserstein(of_perfect), measures.wasserstein(of_deaf)
    assert near["mean"] < near["floor_mean"] < far["mean"] / 3
    assert near["floor_images"] == 12
    assert {"32", "16", "mean", "floor_32", "floor_16"} <= near.keys()


def test_pairs_are_those_within_a_group():
    groups = np.array([[[0.0, 0], [0, 0.6], [0, 0]], [[9, 9], [9, 9], [9, 9.3]]])
    assert measures.apart(groups) == {
        "distance": pytest.approx((0.6 + 0.6 + 0.3 + 0.3) / 6),
        "others": pytest.approx(2 / 6),
    }


@pytest.mark.slow
def test_people_are_apart_as_far_as_dlib_says(photos, perfect, tmp_path):
    """Whatever the latent, one person."""
    one = measures.people(Subject(photos, perfect, 1, tmp_path))
    assert (one["distance_over_latents"], one["others_over_latents"]) == (0, 0)
    assert not [name for name in one if "cast" in name]
    known = landmarks.descriptors(photos.image, photos.landmarks)
    pairs = [np.linalg.norm(a - b) for a, b in itertools.combinations(known, 2)]
    assert unjudged("people", one) == []
    assert one["distance_of_photos"] == pytest.approx(np.mean(pairs), rel=1e-4)
    assert one["others_of_photos"] == pytest.approx(np.mean(np.array(pairs) >= 0.6), abs=1e-6)


@pytest.mark.slow
def test_people_of_the_cast_are_those_of_its_seeds(photos, two_people, tmp_path):
    found = measures.people(Subject(photos, two_people, 1, tmp_path, cast=(3, 7)))
    places = np.repeat(photos.landmarks, 2, axis=0)
    pairs = np.stack([photos.image, np.roll(photos.image, -1, axis=0)], axis=1)
    of_pairs = landmarks.descriptors(pairs.reshape(-1, *photos.image.shape[1:]), places)
    distances = np.linalg.norm(of_pairs[::2] - of_pairs[1::2], axis=1)
    assert found["distance_over_latents"] == 0
    assert found["distance_of_cast"] == pytest.approx(distances.mean(), rel=1e-4)
    assert found["others_of_cast"] == pytest.approx((distances >= 0.6).mean(), abs=1e-6)


@pytest.mark.slow
def test_copies_are_where_the_photos_are(photos, perfect, deaf, tmp_path):
    few = Photos(photos.image[:3], photos.mask[:3], photos.landmarks[:3])
    known = landmarks.descriptors(photos.image, photos.landmarks)
    nearest = [min(np.linalg.norm(one - other) for other in known[:3]) for one in known]
    wanted = {"nearest": np.mean(nearest), "nearest_5_percent": np.quantile(nearest, 0.05)}
    copied = measures.copies(Subject(photos, perfect, 1, tmp_path, trained_on=few))
    for name, value in wanted.items():
        assert copied[name] == copied[f"{name}_of_photos"] == pytest.approx(value, abs=1e-5)
    assert unjudged("copies", copied) == []
    other = measures.copies(Subject(photos, deaf, 1, tmp_path, trained_on=few))
    assert other["nearest"] > copied["nearest"] + 0.1
    assert other["nearest_of_photos"] == copied["nearest_of_photos"]


@pytest.mark.slow
def test_equal_faces_have_no_distance(of_perfect, of_deaf):
    figures = measures.faces(of_perfect)
    assert unjudged("faces", figures) == unjudged("inception", figures) == []
    assert figures["frechet_distance"] == pytest.approx(0, abs=1e-6)
    assert (figures["precision"], figures["recall"]) == (1, 1)
    assert measures.faces(of_deaf)["frechet_distance"] > 0.1


@pytest.mark.slow
def test_equal_pictures_have_no_distance_for_inception_either(photos, perfect, tmp_path):
    keras.utils.set_random_seed(0)
    network = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg")
    network.save_weights(tmp_path / "weights.h5")
    given = {"inception_weights": str(tmp_path / "weights.h5")}
    figures = measures.inception(Subject(photos, perfect, 1, tmp_path, **given))
    # Beside distances of 0.1 and more: rounding, since the features' covariance has no full rank.
    assert figures["frechet_distance"] == pytest.approx(0, abs=1e-4)
    assert (figures["precision"], figures["recall"]) == (1, 1)
    assert figures["kernel_distance"] <= 1e-6


@pytest.mark.parametrize("name", measures.MEASURES)
def test_every_measure_says_how_it_measures_in_one_line(of_perfect, name):
    protocol = measures.MEASURES[name].protocol(of_perfect)
    assert len(protocol) > 20
    assert "\n" not in protocol


def test_every_measure_and_figure_says_which_way_is_better(of_perfect):
    assert {*figure_names.BETTER} - {figure_names.WATCH} == {*measures.MEASURES}
    for name in evaluate.METRICS:
        assert unjudged(name, measures.MEASURES[name].figures(of_perfect)) == []


def unjudged(measure, figures):
    beside = ("floor_", "_of_photos", "_of_others_masks", "_std")
    judged = [name for name in figures if not any(part in name for part in beside)]
    return [name for name in judged if not figure_names.better(measure, name)]


def test_what_follows_from_the_photos_is_computed_once(of_perfect, of_deaf, monkeypatch):
    first = measures.wasserstein(of_perfect)
    monkeypatch.setattr(measures.sliced_wasserstein, "floor", lambda *given: pytest.fail("again"))
    second = measures.wasserstein(of_deaf)
    assert without("floor_", first) == without("floor_", second)
