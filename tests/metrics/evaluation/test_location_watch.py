import numpy as np

from metrics.evaluation.location_watch import LocationWatch


def test_it_looks_at_all_pictures_of_fixed_places():
    asked = np.zeros([70, 4, 4], bool)
    asked[np.arange(70), np.arange(70) % 4] = True  # a row each
    sizes = []

    def paint(masks, latents):
        sizes.append(len(masks))
        shifted = np.where(latents[:, None, None] > 0, np.roll(masks, 1, axis=1), masks)
        return shifted[..., None].repeat(3, -1)

    latents = (np.arange(70) < 35).astype(np.float32)  # half of them are painted a row below
    watch = LocationWatch(paint, asked, latents, lambda pictures: pictures[..., 0])
    assert watch.images == 70
    assert watch()["location_iou"] == 0.5
    assert sizes == [64, 6]
    assert (watch.decisive, watch.highest_is_best) == ("location_iou", True)
