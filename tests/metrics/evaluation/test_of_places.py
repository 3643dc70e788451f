"""Of a painter that does exactly what it is told."""

import numpy as np
import pytest

from metrics.evaluation import of_pictures, of_places
from metrics.location import location


def test_location_stands_beside_chance_and_the_photos_own(placed):
    figures = of_places.location(placed)
    assert figures["iou"] == 1
    chance = location(placed.photos.mask, placed.photos.mask)["iou_of_others_masks"]
    assert figures["iou_of_others_masks"] == pytest.approx(chance)
    assert 0.8 < figures["iou_of_photos"] <= 1  # the segmenter's own mistakes


def test_variety_is_that_of_the_seeds(placed):
    """Seed s makes everything brighter by s."""
    figures = of_pictures.varieties(placed)
    assert figures["deviation_over_latents"] == pytest.approx(np.arange(32).std() / 127.5)
    assert figures["deviation_over_masks"] > figures["deviation_over_latents"]
    assert figures["deviation_of_photos"] > 0
