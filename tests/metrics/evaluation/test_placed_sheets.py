import numpy as np

from metrics.evaluation import placed_sheets
from tests.serving.label_models import BRIGHT


def test_each_picture_stands_between_its_mask_and_a_photo(placed):
    sheet = np.asarray(placed_sheets.nearest_photos(placed))
    mask, picture, photo = (sheet[2:130, left : left + 128, 0] for left in (2, 132, 262))
    np.testing.assert_array_equal(mask > 0, picture == BRIGHT)
    photos = placed.photos.image[..., 0]
    both = np.concatenate([photos, photos[:, :, ::-1]])
    assert (both == photo[::4, ::4]).all((1, 2)).any()


def test_the_nearest_photo_is_found_despite_noise_and_in_the_mirror():
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (9, 4, 4, 3)).repeat(8, 1).repeat(8, 2).astype(np.uint8)
    noisy = (photos[[7, 2]] + rng.normal(0, 20, [2, 32, 32, 3])).clip(0, 255).astype(np.uint8)
    assert placed_sheets.nearest(noisy, photos).tolist() == [7, 2]
