import numpy as np

from metrics.evaluation import painted_sheets
from tests.serving.label_models import PALETTE

TILE = 128, 256  # of 16x32 pixels


def tile(sheet, row, column):
    """One of them, as it was before it was enlarged."""
    height, width = TILE
    top, left = 2 + row * (height + 2), 2 + column * (width + 2)
    return np.asarray(sheet)[top : top + height : 8, left : left + width : 8]


def test_maps_photos_and_pictures_stand_side_by_side(painted):
    subject = painted("plain")
    sheet = painted_sheets.painted(subject)
    assert sheet.size == (3 * 258 + 2, 9 * 130 + 2)
    for row in (0, 8):
        wanted = PALETTE[subject.photos.label[row]]  # the classes' colours are the painter's
        np.testing.assert_array_equal(tile(sheet, row, 0), wanted)
        np.testing.assert_array_equal(tile(sheet, row, 1), subject.photos.image[row])
        np.testing.assert_array_equal(tile(sheet, row, 2), wanted)


def test_pictures_with_styles_are_shown_of_several_seeds(painted):
    subject = painted("instance")
    sheet = painted_sheets.painted(subject)
    for row, seed in ((0, 0), (3, 1), (8, 2)):
        wanted = PALETTE[subject.photos.label[row]] + np.uint8(seed)
        np.testing.assert_array_equal(tile(sheet, row, 2 + seed), wanted)


def test_styles_of_the_photos_above_are_put_on_each_picture(painted):
    """A picture in another's style has that one's brightness and its own stripes."""
    for subject in (painted("instance"), painted("label")):
        sheet, photos = painted_sheets.styles(subject), subject.photos
        assert sheet.size == (6 * 258 + 2, 9 * 130 + 2)
        assert tile(sheet, 0, 0).min() == 255
        levels = photos.image[:, 0, :, 0].min(axis=1) - 10
        for row, column in ((0, 0), (2, 1), (7, 3)):
            np.testing.assert_array_equal(tile(sheet, 0, 2 + column), photos.image[column])
            np.testing.assert_array_equal(tile(sheet, 1 + row, 0), photos.image[row])
            for at, level in ((1, levels[row]), (2 + column, levels[column])):
                style = PALETTE[photos.label[row]] + level.astype(float)
                wanted = style / 2 + style.mean((0, 1)) / 4
                np.testing.assert_allclose(tile(sheet, 1 + row, at), wanted, atol=1.01)
