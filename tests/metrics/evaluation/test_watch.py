import numpy as np
import pytest

from metrics.evaluation.watch import Watch


def watch(photos, paint):
    """Of a painter of 6 latent values."""

    class Painter:
        latent_size = 6

        def __call__(self, mask, latent):
            return paint(mask, latent)

    return Watch(photos, Painter(), seed=0)


def test_the_photos_themselves_are_near_and_follow_the_mask_alone(photos, perfect, deaf):
    near, far = watch(photos, perfect)(), watch(photos, deaf)()
    assert near["sliced_wasserstein"] < far["sliced_wasserstein"] / 3
    assert near["deviation_over_latents"] == pytest.approx(0, abs=1e-6)
    wanted = (photos.image[:8] / 127.5).std(axis=0).mean()
    assert near["deviation_over_masks"] == pytest.approx(wanted, rel=1e-3)
    assert far["deviation_over_masks"] == pytest.approx(0, abs=1e-6)
    assert far["deviation_over_latents"] > 0.1


def test_it_asks_for_the_same_each_time(photos, deaf):
    seen = []

    def paint(mask, latent):
        seen.append((mask.copy(), latent.copy()))
        return deaf(mask, latent)

    figures = watch(photos, paint)
    assert figures() == figures()
    half = len(seen) // 2
    for (mask, latent), (mask_again, latent_again) in zip(seen[:half], seen[half:]):
        np.testing.assert_array_equal(mask, mask_again)
        np.testing.assert_array_equal(latent, latent_again)
