import numpy as np

from metrics.evaluation import sheets
from metrics.evaluation.subject import Subject

RNG = np.random.default_rng(0)


def test_an_arc_turns_evenly_and_keeps_its_length():
    ends = np.zeros([2, 1, 4], np.float32)
    ends[0, 0, 0], ends[1, 0, 1] = 3, 3
    (way,) = sheets.arc(ends[0], ends[1], 4)
    angles = np.radians([0, 30, 60, 90])
    wanted = 3 * np.stack([np.cos(angles), np.sin(angles), 0 * angles, 0 * angles], axis=1)
    np.testing.assert_allclose(way, wanted, atol=1e-6)


def test_an_arc_begins_and_ends_at_its_ends():
    first, last = RNG.standard_normal([2, 5, 16], np.float32)
    way = sheets.arc(first, last, 8)
    assert way.shape == (5, 8, 16)
    np.testing.assert_allclose(way[:, 0], first, atol=1e-6)
    np.testing.assert_allclose(way[:, -1], last, atol=1e-5)


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
