import numpy as np
import pytest

from interface.command_line import UserError
from serving import reference_painter, saved_model
from serving.reference_painter import ReferencePainter
from serving.scene import Reference
from tests.serving import label_models

RNG = np.random.default_rng(0)
LABEL, OTHER = RNG.integers(0, 3, [2, 8, 12]).astype(np.uint8)
PHOTO, PICTURE = RNG.integers(0, 256, [2, 8, 12, 3]).astype(np.uint8)


@pytest.fixture(scope="module")
def painter(edited_model):
    return ReferencePainter(str(edited_model))


def test_a_label_map_is_painted_in_the_style_of_a_photo_of_any_size(painter):
    large, ids = PHOTO.repeat(2, 0), OTHER.repeat(2, 0)
    painted = painter.painted(LABEL, large, ids)
    np.testing.assert_array_equal(painted, label_models.edited(LABEL, large, ids))


def test_what_lies_between_and_what_is_blended_is_the_models(painter):
    np.testing.assert_array_equal(painter.between(LABEL, OTHER, 0.25), LABEL)
    np.testing.assert_array_equal(painter.between(LABEL, OTHER, 0.75), OTHER)
    np.testing.assert_array_equal(painter.blended(PHOTO, PICTURE), PHOTO // 2 + PICTURE // 2)


def test_label_maps_of_another_size_lie_not_between(painter):
    with pytest.raises(UserError, match="label maps of 8x8 pixels; wanted 8x12, the size that"):
        painter.between(LABEL[:, :8], OTHER[:, :8], 0.5)


def test_a_model_that_has_not_learnt_to_edit_says_so(tmp_path):
    painter = ReferencePainter(str(label_models.write_edited(tmp_path / "1", learnt=False)))
    with pytest.raises(UserError, match="interpolates no label maps; export a run of phase 3"):
        painter.between(LABEL, OTHER, 0.5)
    with pytest.raises(UserError, match="blends no pictures; export a run of phase 3"):
        painter.blended(PHOTO, PHOTO)


def test_other_painters_are_refused(free_model):
    with pytest.raises(UserError, match="wanted one that paints in the style of a photo"):
        ReferencePainter(str(free_model))


def test_photos_are_as_large_as_those_that_were_learnt_from(edited_model):
    """The shorter side of 8; all are multiples of 4; ids those at the centres."""
    model = saved_model.load(str(edited_model))
    photo, ids = PHOTO.repeat(4, 0).repeat(4, 1), LABEL.repeat(4, 0).repeat(4, 1)
    made, told = reference_painter.sized(Reference(photo, ids), model)
    assert made.shape == (8, 12, 3)
    np.testing.assert_array_equal(told, LABEL)
    assert np.abs(made.astype(int) - PHOTO).mean() < 40
