import numpy as np
import pytest

from input_pipeline.label_maps import segmenter
from interface.command_line import UserError
from metrics.evaluation import places
from tests.serving import label_models


def test_it_is_seen_at_the_pictures_own_size(disc_segmenter):
    """Which the segmenter, that knows 32 pixels, is not shown."""
    bright = np.zeros([70, 64, 64], bool)
    bright[:, 16:48, 8:24] = True
    bright[3, :, 32:] = True
    pictures = np.where(bright[..., None], 220, 30).repeat(3, -1).astype(np.uint8)
    seen = places.of_classes("segmenter", str(disc_segmenter), ["1"])(pictures)
    assert (seen == bright).mean() > 0.97
    others = places.of_classes("segmenter", str(disc_segmenter), ["0", "1"])(pictures)
    assert others.all()


def test_a_picture_of_another_size_is_told_pixel_by_pixel(segmenter_model):
    labels = np.random.default_rng(0).integers(0, 3, [2, 8, 12]).repeat(2, 1).repeat(2, 2)
    ids = places.told(segmenter.read(str(segmenter_model)), label_models.PALETTE[labels])
    assert ids.shape == (2, 16, 24)
    assert (ids == labels).mean() > 0.95


def test_a_segmenter_must_know_the_class_by_its_name(segmenter_model):
    with pytest.raises(UserError, match="knows no class 1; it tells sky, left bank, right bank"):
        places.of_classes("segmenter", str(segmenter_model), ["1"])
