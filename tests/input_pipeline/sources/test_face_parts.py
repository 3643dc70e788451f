import json
import pickle

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import outline
from input_pipeline.faces.framing import Framing
from input_pipeline.faces.in_photo import Brought, largest
from input_pipeline.label_maps.label_sets import CELEBAMASK
from input_pipeline.photos import Rejected
from input_pipeline.sources.face_parts import FaceParts


@pytest.fixture
def folder(astronaut, tmp_path):
    with Image.open(astronaut) as photo:
        photo.convert("RGB").save(tmp_path / "a.png")
    Image.new("RGB", (300, 300), "grey").save(tmp_path / "nobody.png")
    return tmp_path


@pytest.fixture
def outlined(monkeypatch):
    """Everything in the middle is a person."""

    def person(photo):
        columns = np.abs(np.linspace(-1, 1, photo.shape[1]))
        return np.broadcast_to((columns < 0.8).astype(np.float32), photo.shape[:2])

    monkeypatch.setattr(outline, "person", person)


def test_a_crop_is_that_of_prepare_and_has_the_parts_of_a_face(folder, outlined):
    source = pickle.loads(pickle.dumps(FaceParts(str(folder), 64)))
    assert source.items() == [json.dumps(["a.png"]), json.dumps(["nobody.png"])]
    sample = source.sample('["a.png"]')
    with Image.open(folder / "a.png") as photo:
        read = lambda enough: (photo, 1)  # noqa: E731
        crop, landmarks = largest(Brought(read), "", 64, Framing.ALIGNED)
    np.testing.assert_array_equal(sample.photo.pixels, crop)
    assert (sample.split, sample.source) == ("train", "a.png")
    eye = np.rint(landmarks[36:42].mean(0)).astype(int)
    assert CELEBAMASK.names[sample.label[eye[1], eye[0]]] == "r_eye"


def test_what_has_no_face_or_a_small_one_is_rejected(folder, outlined):
    with pytest.raises(Rejected, match="no face"):
        FaceParts(str(folder), 64).sample('["nobody.png"]')
    with pytest.raises(Rejected, match=r"too small: \d+ pixels across"):
        FaceParts(str(folder), 512).sample('["a.png"]')
