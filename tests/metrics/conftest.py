"""Records of one face in many places and lights."""

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.faces import drawing, landmarks, schema

SIDE, COUNT = 32, 24


@pytest.fixture(scope="session")
def face_records(photo, tmp_path_factory):
    """24 records of 32 pixels: crops of the astronaut's face, each with its landmarks."""
    folder = tmp_path_factory.mktemp("face_records")
    (face,) = landmarks.INSTALLED.faces(photo)
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
