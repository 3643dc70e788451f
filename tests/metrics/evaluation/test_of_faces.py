"""Generators whose figures are known: one that paints the very photos, one deaf to the mask."""

import itertools

import numpy as np
import pytest

from input_pipeline.faces import landmarks
from metrics.evaluation import of_faces
from metrics.evaluation.face_photos import Photos
from metrics.evaluation.subject import Subject
from tests.metrics.evaluation.test_measures import unjudged


@pytest.mark.parametrize("name, own", [("landmarks", 2), ("masks", 3)])
def test_the_photos_themselves_score_the_floor(figures, name, own):
    of_perfect = figures(name, "perfect")
    floor = {key[6:]: value for key, value in of_perfect.items() if key.startswith("floor_")}
    assert len(floor) == own
    assert {key: of_perfect[key] for key in floor} == floor


def test_pictures_that_follow_their_mask_agree_less_with_another(figures):
    followed, ignored = (figures("landmarks", whose) for whose in ("perfect", "deaf"))
    assert followed["error"] < followed["error_of_others_masks"] / 2
    assert ignored["error"] == pytest.approx(ignored["error_of_others_masks"], rel=0.02)


def test_a_face_in_the_wrong_place_follows_the_mask_less(photos, beside, cache):
    moved = Subject(photos, beside, 1, cache)
    errors, lines = of_faces.landmark_agreement(moved), of_faces.mask_agreement(moved)
    eyes = np.linalg.norm(photos.landmarks[:, 36] - photos.landmarks[:, 45], axis=1)
    shift = (2 / eyes).mean()
    # The landmarks follow the face: all of the way, but for what the predictor errs.
    assert errors["error"] == pytest.approx(shift, abs=errors["floor_error"])
    assert errors["error"] > 2 * errors["floor_error"]
    assert lines["f1"] < lines["floor_f1"]


def test_pairs_are_those_within_a_group():
    groups = np.array([[[0.0, 0], [0, 0.6], [0, 0]], [[9, 9], [9, 9], [9, 9.3]]])
    assert of_faces.apart(groups) == {
        "distance": pytest.approx((0.6 + 0.6 + 0.3 + 0.3) / 6),
        "others": pytest.approx(2 / 6),
    }


@pytest.mark.slow
def test_people_are_apart_as_far_as_dlib_says(photos, perfect, tmp_path):
    """Whatever the latent, one person."""
    one = of_faces.people(Subject(photos, perfect, 1, tmp_path))
    assert (one["distance_over_latents"], one["others_over_latents"]) == (0, 0)
    assert not [name for name in one if "cast" in name]
    known = landmarks.descriptors(photos.image, photos.landmarks)
    pairs = [np.linalg.norm(a - b) for a, b in itertools.combinations(known, 2)]
    assert unjudged("people", one) == []
    assert one["distance_of_photos"] == pytest.approx(np.mean(pairs), rel=1e-4)
    assert one["others_of_photos"] == pytest.approx(np.mean(np.array(pairs) >= 0.6), abs=1e-6)


@pytest.mark.slow
def test_people_of_the_cast_are_those_of_its_seeds(photos, two_people, tmp_path):
    cast = of_faces.people(Subject(photos, two_people, 1, tmp_path, cast=(3, 7)))
    places = np.repeat(photos.landmarks, 2, axis=0)
    pairs = np.stack([photos.image, np.roll(photos.image, -1, axis=0)], axis=1)
    of_pairs = landmarks.descriptors(pairs.reshape(-1, *photos.image.shape[1:]), places)
    distances = np.linalg.norm(of_pairs[::2] - of_pairs[1::2], axis=1)
    assert cast["distance_over_latents"] == 0
    assert cast["distance_of_cast"] == pytest.approx(distances.mean(), rel=1e-4)
    assert cast["others_of_cast"] == pytest.approx((distances >= 0.6).mean(), abs=1e-6)


@pytest.mark.slow
def test_copies_are_where_the_photos_are(photos, perfect, deaf, tmp_path):
    few = Photos(photos.image[:3], photos.mask[:3], photos.landmarks[:3])
    known = landmarks.descriptors(photos.image, photos.landmarks)
    nearest = [min(np.linalg.norm(one - other) for other in known[:3]) for one in known]
    wanted = {"nearest": np.mean(nearest), "nearest_5_percent": np.quantile(nearest, 0.05)}
    copied = of_faces.copies(Subject(photos, perfect, 1, tmp_path, trained_on=few))
    for name, value in wanted.items():
        assert copied[name] == copied[f"{name}_of_photos"] == pytest.approx(value, abs=1e-5)
    assert unjudged("copies", copied) == []
    other = of_faces.copies(Subject(photos, deaf, 1, tmp_path, trained_on=few))
    assert other["nearest"] > copied["nearest"] + 0.1
    assert other["nearest_of_photos"] == copied["nearest_of_photos"]


@pytest.mark.slow
def test_equal_faces_have_no_distance(figures):
    equal = figures("faces", "perfect")
    assert unjudged("faces", equal) == []
    assert equal["frechet_distance"] == pytest.approx(0, abs=1e-6)
    assert (equal["precision"], equal["recall"]) == (1, 1)
    assert figures("faces", "deaf")["frechet_distance"] > 0.1
