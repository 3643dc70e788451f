"""Generators whose figures are known, and the photos that they are held against."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.faces import record_files
from input_pipeline.label_maps import segmenter
from metrics.evaluation import face_photos, label_subject, painted_subject, placed_subject, places
from metrics.evaluation import subject as module
from metrics.evaluation.measures import MEASURES
from metrics.evaluation.subject import Subject
from serving.painter import Painter, latents_of
from tests.metrics import painted_models

SIDE, LATENT = 32, 6


@pytest.fixture(scope="session")
def photos(face_records):
    """16 of them: as many as are worked on without further processes."""
    records = record_files.open_records(str(face_records), SIDE)
    return face_photos.load(records, SIDE, 16, seed=3)


def painter_of(function):
    """function(mask [H, H] bool, latent [L]) → image uint8 [H, H, 3], as a painter."""

    def signature(mask, latent):
        pairs = zip(mask.numpy()[..., 0] > 0, latent.numpy())
        return {"image": tf.constant(np.stack([function(*pair) for pair in pairs]))}

    return Painter({"serving_default": signature}, SIDE, LATENT, {"painter": "known"})


@pytest.fixture(scope="session")
def numbers(photos):
    """Which photo a mask, as bytes, is of."""
    return {mask.tobytes(): number for number, mask in enumerate(photos.mask)}


@pytest.fixture(scope="session")
def perfect(photos, numbers):
    """Paints the very photo that a mask is of, whatever the latent."""
    return painter_of(lambda mask, latent: photos.image[numbers[mask.tobytes()]])


@pytest.fixture(scope="session")
def two_people(photos, numbers):
    """Paints the photo that a mask is of, but with seed 7 the next one."""
    seventh = latents_of([7], LATENT)[0]

    def paint(mask, latent):
        next_one = np.array_equal(latent, seventh)
        return photos.image[(numbers[mask.tobytes()] + next_one) % photos.count]

    return painter_of(paint)


@pytest.fixture(scope="session")
def beside(photos, numbers):
    """Paints that photo two pixels too far to the right."""
    return painter_of(
        lambda mask, latent: np.roll(photos.image[numbers[mask.tobytes()]], 2, axis=1)
    )


@pytest.fixture(scope="session")
def deaf():
    """Paints a grey that follows from the latent, whatever the mask."""
    grey = lambda latent: np.uint8(128 + 40 * np.clip(latent[0], -3, 3))  # noqa: E731
    return painter_of(lambda mask, latent: np.full([SIDE, SIDE, 3], grey(latent), np.uint8))


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def held_against(photos, paint, cache):
    """With eight masks and latents crossed, not 32: the pairs of these are compared soonest."""
    subject = Subject(photos, paint, 1, cache, trained_on=photos)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CROSSED", 8)
        assert subject.crossed.shape == (8, 8, SIDE, SIDE, 3)
    return subject


@pytest.fixture(scope="session")
def of_perfect(photos, perfect, cache):
    return held_against(photos, perfect, cache)


@pytest.fixture(scope="session")
def of_deaf(photos, deaf, cache):
    return held_against(photos, deaf, cache)


@pytest.fixture(scope="session")
def figures(of_perfect, of_deaf):
    """figures("landmarks", "deaf"): a painter's figures of a measure, taken once."""
    subjects = {"perfect": of_perfect, "deaf": of_deaf}
    return functools.lru_cache(None)(lambda name, whose: MEASURES[name].figures(subjects[whose]))


@pytest.fixture(scope="session")
def placed(disc_painter, disc_segmenter, label_records_dir, tmp_path_factory):
    """Twelve photos of discs, and a painter that paints exactly where it is told."""
    model = placed_subject.painter(str(disc_painter))
    photos = placed_subject.photos(model, 100, 0, str(label_records_dir), "train")
    looks = places.of_classes("segmenter", str(disc_segmenter), ["1"])
    cache = tmp_path_factory.mktemp("placed")
    return placed_subject.PlacedSubject(photos, photos, model, looks, 0, cache)


@pytest.fixture(scope="session")
def rivers(tmp_path_factory):
    """Records, and models by name, see `tests.metrics.painted_models`."""
    folder = tmp_path_factory.mktemp("rivers")
    return {
        "records": painted_models.write_records(folder / "records"),
        "plain": painted_models.write_plain(folder / "plain" / "1"),
        "blind": painted_models.write_blind(folder / "blind" / "1"),
        "instance": painted_models.write_styled(folder / "instance" / "1"),
        "label": painted_models.write_styled(folder / "label" / "1", "label"),
        "segmenter": painted_models.write_segmenter(folder / "segmenter" / "1"),
    }


@pytest.fixture(scope="session")
def painted(rivers, tmp_path_factory):
    """painted("plain"): that painter and nine photos, as a subject."""
    cache = tmp_path_factory.mktemp("painted")
    records = label_subject.of_split(str(rivers["records"]), "")
    judge = segmenter.read(str(rivers["segmenter"]))

    def subject(name, seed=0):
        model = painted_subject.painter(str(rivers[name]))
        photos = painted_subject.photos(model, records, 100, seed)
        counted_as = np.arange(256, dtype=np.uint8)
        return painted_subject.PaintedSubject(photos, model, seed, cache, counted_as, judge)

    return functools.lru_cache(None)(subject)
