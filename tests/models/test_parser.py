"""The parser that comes along: small enough, and right where landmarks say what is what."""

import pathlib

import numpy as np
import pytest

from input_pipeline.faces import in_photo
from input_pipeline.faces.framing import Framing
from input_pipeline.label_maps import label_sets, segmenter

MODEL = pathlib.Path(__file__).parents[2] / "models" / "parser" / "1"
# 68 landmarks → the class in their middle.
PLACES = {
    "r_eye": range(36, 42),
    "l_eye": range(42, 48),
    "nose": [30],
    "u_lip": [50, 52, 61, 63],
    "l_lip": [56, 58, 65, 67],
}


@pytest.fixture(scope="module")
def parser():
    return segmenter.read(str(MODEL))


def test_it_has_the_classes_of_celebamask_and_at_most_four_megabytes(parser):
    assert parser.label_set == label_sets.CELEBAMASK
    assert parser.framing is Framing.ALIGNED
    assert sum(path.stat().st_size for path in MODEL.rglob("*") if path.is_file()) < 4e6


@pytest.fixture(scope="module")
def seen(parser, photo):
    """The astronaut's crop and landmarks; it was not trained on her."""
    source = in_photo.Brought(lambda enough: (photo, 1))
    return in_photo.largest(source, "", parser.trained_size[0], Framing.ALIGNED)


def test_the_parts_of_a_face_lie_where_landmarks_have_them(parser, seen):
    crop, landmarks = seen
    side, (ids,) = len(crop), parser.labels(crop[None])
    for name, points in PLACES.items():
        x, y = np.rint(landmarks[[*points]].mean(0)).astype(int)
        around = ids[y - 1 : y + 2, x - 1 : x + 2]
        assert (around == parser.label_set.names.index(name)).any(), name
    brows = landmarks[17:27, 1].mean()
    forehead = ids[round(brows - 0.08 * side), round(landmarks[27, 0])]
    assert parser.label_set.names[forehead] == "skin"
    assert parser.label_set.names[ids[2, 2]] == "background"
    there = {parser.label_set.names[id] for id in np.unique(ids)}
    assert {"hair", "cloth", "neck", "r_brow", "l_brow"} <= there


def test_a_mirrored_photo_has_the_mirrored_map(parser, seen):
    crop, _ = seen
    both = parser.labels(np.stack([crop, crop[:, ::-1]]))
    mirrored = parser.label_set.mirrors[both[0][:, ::-1]]
    assert (both[1] == mirrored).mean() > 0.85
