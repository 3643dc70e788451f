import numpy as np

from metrics.evaluation import sheets


def tiles(picture):
    """[rows, columns, 96, 96, 3]: what lies between the white gaps of two pixels."""
    pixels = np.asarray(picture)
    across, down = (range(2, side, 98) for side in (pixels.shape[1], pixels.shape[0]))
    return np.array([[pixels[y : y + 96, x : x + 96] for x in across] for y in down])


def test_a_row_is_a_mask_its_photo_and_its_latents(photos, of_perfect, of_deaf):
    followed = tiles(sheets.masks_by_latents(of_perfect))
    assert followed.shape[:2] == (8, 10)
    np.testing.assert_array_equal(followed[:, 0, ::3, ::3, 0] > 0, photos.mask[:8])
    for column in range(1, 10):  # the perfect painter paints the photo in each
        np.testing.assert_array_equal(followed[:, column, ::3, ::3], photos.image[:8])
    ignored = tiles(sheets.masks_by_latents(of_deaf))[:, 2:]
    assert (ignored == ignored[:1]).all()
    assert len(np.unique(ignored[0, :, 0, 0, 0])) > 5


def test_an_interpolation_changes_the_latent_alone(photos, of_perfect, of_deaf):
    kept = tiles(sheets.interpolation(of_perfect))
    assert kept.shape[:2] == (8, 9)
    np.testing.assert_array_equal(kept[:, 0, ::3, ::3, 0] > 0, photos.mask[:8])
    np.testing.assert_array_equal(kept[:, 8, ::3, ::3], photos.image[:8])
    greys = tiles(sheets.interpolation(of_deaf))[:, 1:, 0, 0, 0]
    steps = np.abs(np.diff(greys.astype(int), axis=1))
    assert (steps.sum(axis=1) >= np.abs(greys[:, -1].astype(int) - greys[:, 0])).all()
    assert (steps <= 30).all()  # no jumps
