"""The painter that comes along: small enough, and it paints what its label maps say."""

import pathlib

import numpy as np
import pytest

from input_pipeline.faces import in_photo
from input_pipeline.faces.framing import Framing
from input_pipeline.label_maps import label_sets, segmenter
from serving import label_painter
from serving.scene import Scene

MODELS = pathlib.Path(__file__).parents[2] / "models"
MODEL = MODELS / "painted" / "1"


@pytest.fixture(scope="module")
def painter():
    return label_painter.LabelPainter(str(MODEL))


@pytest.fixture(scope="module")
def parser():
    return segmenter.read(str(MODELS / "parser" / "1"))


@pytest.fixture(scope="module")
def seen(parser, photo):
    """The astronaut's crop, and its label map; neither model was trained on her."""
    source = in_photo.Brought(lambda enough: (photo, 1))
    crop, _ = in_photo.largest(source, "", 256, Framing.ALIGNED)
    (ids,) = parser.labels(np.asarray(crop)[None, ::2, ::2])
    return np.asarray(crop), segmenter.scaled_ids(ids, (256, 256))


def test_it_has_the_classes_of_celebamask_and_at_most_twelve_megabytes(painter):
    assert painter.about.classes == label_sets.CELEBAMASK
    assert painter.features == "label"
    assert sum(path.stat().st_size for path in MODEL.rglob("*") if path.is_file()) < 12e6


def test_the_parser_sees_in_its_pictures_what_was_asked_for(painter, parser, seen):
    photo, ids = seen
    pictures = [painter.encoded(Scene(ids), photo), *painter.painted(Scene(ids), range(3))]
    told = parser.labels(np.stack(pictures)[:, ::2, ::2])
    agreement = (told == ids[::2, ::2]).mean((1, 2))
    shifted = (told == np.roll(ids, 64, axis=1)[::2, ::2]).mean()
    assert agreement.min() > 0.8 > shifted + 0.1


def test_a_seed_draws_the_same_styles_whoever_asks(painter, seen):
    """TensorFlow's graph, with which `sample` draws, and ours, which leaves room for choices."""
    scene, seeds = Scene(seen[1]), [0, 7, 123_456_789_012]
    drawn = painter.styled(scene, seeds).astype(int)
    assert np.abs(drawn - painter.painted(scene, seeds)).max() <= 1
    assert np.abs(drawn[0] - drawn[1]).mean() > 5


def test_a_picture_takes_its_colours_from_the_photo(painter, seen):
    photo, ids = seen
    ground = ids == label_sets.CELEBAMASK.names.index("background")
    blueness = []
    for colour in ((60, 80, 190), (130, 130, 130)):
        painted = painter.encoded(Scene(ids), np.where(ground[..., None], np.uint8(colour), photo))
        blueness.append(painted[ground].astype(float) @ [-1, 0, 1])
    assert blueness[0].mean() > blueness[1].mean() + 40
