import dataclasses

import numpy as np
import pytest

from interface.command_line import UserError
from metrics.evaluation import placed_subject
from tests.serving.label_models import BRIGHT, DARK


def painted(masks, seeds):
    return np.where(masks, BRIGHT, DARK) + np.asarray(seeds)[:, None, None]


def test_each_mask_is_painted_with_a_seed_of_its_own(placed):
    other = dataclasses.replace(placed, seed=5)
    wanted = painted(placed.photos.mask, np.arange(5, 17))
    np.testing.assert_array_equal(other.images[..., 0], wanted)


def test_all_masks_are_painted_with_all_seeds(placed):
    assert placed.crossed.shape == (12, 32, 32, 32, 3)
    for number in (0, 11):
        masks = np.repeat(placed.photos.mask[number][None], 32, axis=0)
        np.testing.assert_array_equal(placed.crossed[number, ..., 1], painted(masks, range(32)))


def test_photos_have_the_size_that_the_painter_learnt(placed, label_records_dir):
    shown = placed_subject.photos(placed.model, 5, 0, str(label_records_dir), "train")
    assert (shown.count, shown.image.shape, shown.mask.shape) == (5, (5, 32, 32, 3), (5, 32, 32))
    bright = shown.image.mean(-1) > 120
    assert (bright == shown.mask).mean() > 0.98


def test_too_few_photos_and_other_painters_are_refused(placed, label_records_dir, segmenter_model):
    with pytest.raises(UserError, match="4 records of validation; wanted 5 or more"):
        placed_subject.photos(placed.model, 9, 0, str(label_records_dir), "validation", fewest=5)
    with pytest.raises(UserError, match="wanted one that paints where its mask says"):
        placed_subject.painter(str(segmenter_model))
