"""The editor of faces that comes along: small enough, and it follows masks and styles."""

import pathlib

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import in_photo
from input_pipeline.faces.framing import Framing
from input_pipeline.label_maps import label_sets, segmenter
from serving import label_edits
from serving.reference_painter import ReferencePainter

MODELS = pathlib.Path(__file__).parents[2] / "models"
MODEL = MODELS / "edited" / "1"
IDS = label_sets.CELEBAMASK.by_name()


@pytest.fixture(scope="module")
def painter():
    return ReferencePainter(str(MODEL))


@pytest.fixture(scope="module")
def parser():
    return segmenter.read(str(MODELS / "parser" / "1"))


@pytest.fixture(scope="module")
def seen(parser, photo):
    """The astronaut's crop, and its label map; neither model was trained on her."""
    source = in_photo.Brought(lambda enough: (photo, 1))
    crop, _ = in_photo.largest(source, "", 128, Framing.ALIGNED)
    return np.asarray(crop), told(parser, np.asarray(crop))


def told(parser, picture):
    """What the parser sees in it."""
    image = Image.fromarray(picture)
    large = image.resize((parser.trained_size[1], parser.trained_size[0]), Image.Resampling.BICUBIC)
    (ids,) = parser.labels(np.asarray(large)[None])
    return segmenter.scaled_ids(ids, (image.height, image.width))


def test_it_has_the_classes_of_celebamask_and_at_most_fifteen_megabytes(painter):
    assert painter.about.classes == label_sets.CELEBAMASK
    assert sum(path.stat().st_size for path in MODEL.rglob("*") if path.is_file()) < 15e6


def test_the_parser_sees_in_its_picture_what_was_asked_for(painter, parser, seen):
    photo, ids = seen
    agreement = told(parser, painter.painted(ids, photo, ids)) == ids
    shifted = told(parser, painter.painted(ids, photo, ids)) == np.roll(ids, 32, axis=1)
    assert agreement.mean() > 0.6 > shifted.mean() + 0.1


def test_an_edit_is_followed(painter, parser, seen):
    photo, ids = seen
    edited = label_edits.face_wider(ids, IDS, ids)
    found = told(parser, painter.painted(edited, photo, ids))
    changed = edited != ids
    assert (found == edited)[changed].mean() > (found == ids)[changed].mean() + 0.2


def test_a_picture_takes_its_colours_from_the_photo(painter, seen):
    photo, ids = seen
    ground = ids == IDS["background"]
    blueness = []
    for colour in ((60, 80, 190), (130, 130, 130)):
        styled = np.where(ground[..., None], np.uint8(colour), photo)
        blueness.append(painter.painted(ids, styled, ids)[ground].astype(float) @ [-1, 0, 1])
    assert blueness[0].mean() > blueness[1].mean() + 20


def test_mask_vae_gives_label_maps_back(painter, seen):
    _, ids = seen
    assert (painter.between(ids, ids, 0.0) == ids).mean() > 0.8
