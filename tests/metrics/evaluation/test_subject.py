import numpy as np

from metrics.evaluation.subject import Subject


def test_images_follow_from_the_seed(photos, perfect, deaf, cache):
    one, again, other = (
        Subject(photos, deaf, seed, cache).images[:, 0, 0, 0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert len(np.unique(one)) > 10
    assert not np.array_equal(one, other)


def test_an_image_has_its_own_mask_and_a_crossed_one_that_of_its_row(photos, of_perfect):
    np.testing.assert_array_equal(of_perfect.images, photos.image)
    for column in (0, 7):
        np.testing.assert_array_equal(of_perfect.crossed[:, column], photos.image[:8])


def test_each_latent_meets_each_mask(of_deaf):
    crossed = of_deaf.crossed[..., 0, 0, 0]
    assert (crossed == crossed[:1]).all()  # one latent, whatever the mask
    assert len(np.unique(crossed[0])) > 5


def test_all_its_photos_have_faces(of_perfect):
    assert of_perfect.with_faces is of_perfect
