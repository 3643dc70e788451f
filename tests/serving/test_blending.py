import numpy as np

from serving.blending import by_difference, share_of_picture

PHOTO, PICTURE = np.random.default_rng(0).integers(0, 256, [2, 64, 96, 3]).astype(np.uint8)
LABEL = np.zeros([64, 96], np.uint8)


def test_the_share_falls_evenly_with_the_distance_from_what_was_edited():
    """Of 64 pixels 2 around are painted; over 4 more the photo comes back."""
    different = np.zeros([64, 96], bool)
    different[30, 50] = True
    share = share_of_picture(different)
    np.testing.assert_allclose(share[30, 50:58], [1, 1, 1, 0.75, 0.5, 0.25, 0, 0])
    y, x = np.mgrid[:64, :96]
    far = np.hypot(y - 30, x - 50)
    np.testing.assert_allclose(share, np.clip((6 - far) / 4, 0, 1))


def test_the_picture_is_seen_where_it_was_edited_and_the_photo_elsewhere():
    edited = LABEL.copy()
    edited[20:40, 30:60] = 3
    made = by_difference(PHOTO, PICTURE, LABEL, edited)
    np.testing.assert_array_equal(made[20:40, 30:60], PICTURE[20:40, 30:60])
    np.testing.assert_array_equal(made[:14], PHOTO[:14])
    np.testing.assert_array_equal(made[46:], PHOTO[46:])
    share = share_of_picture(edited != LABEL)[..., None]
    wanted = share * PICTURE + (1 - share) * PHOTO
    assert np.abs(made - wanted).max() <= 0.5


def test_what_was_not_edited_is_the_photo():
    np.testing.assert_array_equal(by_difference(PHOTO, PICTURE, LABEL, LABEL), PHOTO)
