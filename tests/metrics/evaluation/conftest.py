"""Records of one real face in many places and lights, and generators whose figures are known."""

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import drawing, landmarks, record_files, schema
from metrics.evaluation import subject
from metrics.evaluation.painter import Painter

SIDE, COUNT, LATENT = 32, 24, 6


@pytest.fixture(scope="session")
def face_records(photo, tmp_path_factory):
    """24 records of 32 pixels: crops of the astronaut's face, each with its landmarks."""
    folder, model = tmp_path_factory.mktemp("face_records"), landmarks.model_path()
    (face,) = landmarks.find_faces(photo, model)
    rng = np.random.default_rng(0)
    path = folder / schema.shard_name(SIDE, 0, 1)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(COUNT):
            left, top, side = rng.integers(0, 60), rng.integers(0, 30), rng.integers(150, 190)
            crop = photo.crop((left, top, left + side, top + side)).resize((SIDE, SIDE))
            light = np.asarray(crop, np.float32) * rng.uniform(0.5, 1.2, 3)
            points = landmarks.scaled(face.landmarks - (left, top), SIDE / side)
            image = light.clip(0, 255).astype(np.uint8)
            writer.write(schema.encode(image, drawing.draw(points, SIDE), points, f"{number}.png"))
    return folder


@pytest.fixture(scope="session")
def photos(face_records):
    records = record_files.open_records(str(face_records), SIDE)
    return subject.load(records, SIDE, COUNT, seed=3)


def painter_of(function):
    """function(mask [H, H] bool, latent [L]) → image uint8 [H, H, 3], as a painter."""

    def signature(mask, latent):
        pairs = zip(mask.numpy()[..., 0] > 0, latent.numpy())
        return {"image": tf.constant(np.stack([function(*pair) for pair in pairs]))}

    return Painter(signature, SIDE, LATENT, {"painter": "known"})


@pytest.fixture
def perfect(photos):
    """Paints the very photo that a mask is of, whatever the latent."""
    known = {mask.tobytes(): image for mask, image in zip(photos.mask, photos.image)}
    return painter_of(lambda mask, latent: known[mask.tobytes()])


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
