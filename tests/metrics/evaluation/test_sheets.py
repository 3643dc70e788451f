import numpy as np

from metrics.evaluation import sheets
from metrics.evaluation.subject import Subject


def tiles(picture):
    """[rows, columns, 96, 96, 3]: what lies between the white gaps of two pixels."""
    pixels = np.asarray(picture)
    across, down = (range(2, side, 98) for side in (pixels.shape[1], pixels.shape[0]))
    return np.array([[pixels[y : y + 96, x : x + 96] for x in across] for y in down])


def test_a_row_is_a_mask_its_photo_and_its_latents(photos, perfect, deaf, tmp_path):
    followed = tiles(sheets.masks_by_latents(Subject(photos, perfect, 0, tmp_path)))
    assert followed.shape[:2] == (8, 10)
    np.testing.assert_array_equal(followed[:, 0, ::3, ::3, 0] > 0, photos.mask[:8])
    for column in range(1, 10):  # the perfect painter paints the photo in each
        np.testing.assert_array_equal(followed[:, column, ::3, ::3], photos.image[:8])
    ignored = tiles(sheets.masks_by_latents(Subject(photos, deaf, 0, tmp_path)))[:, 2:]
    assert (ignored == ignored[:1]).all()
    assert len(np.unique(ignored[0, :, 0, 0, 0])) == 8


def test_an_interpolation_changes_the_latent_alone(photos, perfect, deaf, tmp_path):
    kept = tiles(sheets.interpolation(Subject(photos, perfect, 0, tmp_path)))
    assert kept.shape[:2] == (8, 9)
    np.testing.assert_array_equal(kept[:, 0, ::3, ::3, 0] > 0, photos.mask[:8])
    np.testing.assert_array_equal(kept[:, 8, ::3, ::3], photos.image[:8])
    greys = tiles(sheets.interpolation(Subject(photos, deaf, 0, tmp_path)))[:, 1:, 0, 0, 0]
    steps = np.abs(np.diff(greys.astype(int), axis=1))
    assert (steps.sum(axis=1) >= np.abs(greys[:, -1].astype(int) - greys[:, 0])).all()
    assert (steps <= 30).all()  # no jumps
