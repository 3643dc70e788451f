"""Of painters whose pictures are known: the expected figures are NumPy's or a closed form."""

import dataclasses

import numpy as np
import pytest

from interface.command_line import UserError
from metrics.evaluation import of_painted, of_pictures
from metrics.ssim import ssim
from tests.metrics.evaluation.test_measures import unjudged
from tests.serving.label_models import CLASSES, PALETTE


def iou(told, wanted, id):
    either = (told == id) | (wanted == id)
    return ((told == id) & (wanted == id)).sum() / either.sum()


def nearest(images):
    apart = images[..., None, :].astype(int) - PALETTE.astype(int)
    return (apart**2).sum(-1).argmin(-1)


def test_who_paints_what_is_asked_agrees_wholly_and_chance_is_told(painted):
    subject = painted("plain")
    figures, wanted = of_painted.agreement(subject), subject.photos.label
    assert unjudged("agreement", figures) == []
    own = {key: figures[key] for key in ("pixel_accuracy", "mean_iou", "iou_sky")}
    assert {*own.values()} == {1.0}
    told = nearest(subject.photos.image)
    assert figures["pixel_accuracy_of_photos"] == pytest.approx((told == wanted).mean())
    for id, name in enumerate(CLASSES.names):
        assert figures[f"iou_{name}_of_photos"] == pytest.approx(iou(told, wanted, id))
    before = wanted[np.arange(-1, len(wanted) - 1)]
    chance = figures["pixel_accuracy_of_others_masks"]
    assert chance == pytest.approx((wanted == before).mean())
    assert chance < 0.9


def test_who_paints_one_class_alone_has_its_share(painted):
    figures = of_painted.agreement(painted("blind"))
    assert figures["pixel_accuracy"] == figures["iou_sky"] == 1 / 4
    assert figures["iou_left bank"] == figures["iou_right bank"] == 0
    assert figures["mean_iou"] == pytest.approx(1 / 12)
    assert figures["pixel_accuracy_of_others_masks"] == 1 / 4


def test_pixels_that_do_not_count_do_not(painted):
    subject = painted("blind")
    labels = subject.photos.label.copy()
    labels[labels == 1] = 255
    partly = dataclasses.replace(subject, photos=dataclasses.replace(subject.photos, label=labels))
    assert of_painted.agreement(partly)["pixel_accuracy"] == pytest.approx(1 / 3)


def test_similarity_stands_beside_that_of_other_photos(painted):
    subject = painted("plain")
    figures, photos = of_painted.ssim(subject), subject.photos.image
    assert figures["ssim"] == pytest.approx(ssim(PALETTE[subject.photos.label], photos).mean())
    others = photos[np.arange(-1, len(photos) - 1)]
    assert figures["ssim_of_others_photos"] == pytest.approx(ssim(photos, others).mean(), rel=1e-5)
    assert figures["ssim"] > figures["ssim_of_others_photos"]
    assert unjudged("ssim", figures) == []


def test_pictures_that_are_no_squares_have_a_distance(painted):
    subject = painted("instance")
    figures = of_pictures.wasserstein(subject)
    assert {*figures} == {"16", "mean", "floor_16", "floor_mean", "floor_images"}
    subject = dataclasses.replace(subject)
    subject.__dict__["images"] = subject.photos.image  # the perfect painter
    assert of_pictures.wasserstein(subject)["mean"] < figures["mean"]


@pytest.mark.parametrize("name, of_all", [("instance", 1 / 4), ("label", 1 / 3)])
def test_what_a_style_changes_is_told(painted, name, of_all):
    """Styles d apart change half of d inside, and a quarter of d times the region's share all
    over. Of instances each has a quarter of the pixels, of classes a third on average."""
    subject = painted(name)
    levels = subject.photos.image[:, 0, :, 0].min(axis=1).astype(float)
    apart = np.abs(np.roll(levels, -1) - levels).mean()  # the next photo has every class
    figures = of_painted.styles(subject)
    assert figures["regions"] == 3 * len(levels)
    assert figures["outside"] == pytest.approx(apart * of_all / 4)
    assert figures["inside"] == pytest.approx(apart * (1 / 2 + of_all / 4))
    share = (1 / 2 + of_all / 4) / (1 / 2 + of_all / 2)
    assert figures["share_inside"] == pytest.approx(share)
    assert unjudged("styles", figures) == ["regions"]


def test_who_has_no_style_has_no_share_and_one_picture_nothing_to_compare(painted):
    subject = dataclasses.replace(painted("label"))
    subject.__dict__["encoded"] = np.ones([9, 16, 32, 3], np.float32)
    assert of_painted.styles(subject) == {"inside": 0, "outside": 0, "regions": 27}
    photos = subject.photos
    one = dataclasses.replace(photos, image=photos.image[:1], label=photos.label[:1])
    with pytest.raises(UserError, match="no class is in two of these label maps"):
        of_painted.styles(dataclasses.replace(subject, photos=one))
