"""Generators whose figures are known, and the photos that they are held against."""

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import record_files
from metrics.evaluation import subject
from serving.painter import Painter, latents_of

SIDE, LATENT = 32, 6


@pytest.fixture(scope="session")
def photos(face_records):
    records = record_files.open_records(str(face_records), SIDE)
    return subject.load(records, SIDE, 24, seed=3)


def painter_of(function):
    """function(mask [H, H] bool, latent [L]) → image uint8 [H, H, 3], as a painter."""

    def signature(mask, latent):
        pairs = zip(mask.numpy()[..., 0] > 0, latent.numpy())
        return {"image": tf.constant(np.stack([function(*pair) for pair in pairs]))}

    return Painter({"serving_default": signature}, SIDE, LATENT, {"painter": "known"})


@pytest.fixture
def perfect(photos):
    """Paints the very photo that a mask is of, whatever the latent."""
    known = {mask.tobytes(): image for mask, image in zip(photos.mask, photos.image)}
    return painter_of(lambda mask, latent: known[mask.tobytes()])


@pytest.fixture
def two_people(photos):
    """Paints the photo that a mask is of, but with seed 7 the next one."""
    known = {mask.tobytes(): number for number, mask in enumerate(photos.mask)}
    seventh = latents_of([7], LATENT)[0]

    def paint(mask, latent):
        next_one = np.array_equal(latent, seventh)
        return photos.image[(known[mask.tobytes()] + next_one) % photos.count]

    return painter_of(paint)


@pytest.fixture
def beside(photos):
    """Paints that photo two pixels too far to the right."""
    known = {mask.tobytes(): image for mask, image in zip(photos.mask, photos.image)}
    return painter_of(lambda mask, latent: np.roll(known[mask.tobytes()], 2, axis=1))


@pytest.fixture
def deaf():
    """Paints a grey that follows from the latent, whatever the mask."""
    grey = lambda latent: np.uint8(128 + 40 * np.clip(latent[0], -3, 3))  # noqa: E731
    return painter_of(lambda mask, latent: np.full([SIDE, SIDE, 3], grey(latent), np.uint8))
