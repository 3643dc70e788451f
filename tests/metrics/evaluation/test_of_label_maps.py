import types

import numpy as np
import pytest

from input_pipeline.label_maps.label_sets import numbered
from interface.command_line import UserError
from metrics.evaluation import of_label_maps

# Of two photos: 6 pixels of class 0, of which one is taken for 1; 4 of class 1, two for 0.
CONFUSIONS = np.array([[[3, 1, 0], [1, 1, 0], [0, 0, 0]], [[2, 0, 0], [1, 1, 0], [0, 0, 0]]])


def test_figures_are_those_of_all_pixels_together_beside_the_commonest_class():
    records = types.SimpleNamespace(label_set=numbered(3))
    subject = types.SimpleNamespace(confusions=CONFUSIONS, records=records)
    assert of_label_maps.label_maps(subject) == {
        "pixel_accuracy": pytest.approx(7 / 10),
        "mean_iou": pytest.approx((5 / 8 + 2 / 5) / 2),
        "iou_0": pytest.approx(5 / 8),
        "iou_1": pytest.approx(2 / 5),
        "floor_pixel_accuracy": pytest.approx(6 / 10),
        "floor_mean_iou": pytest.approx((6 / 10 + 0) / 2),
    }


def test_where_no_pixel_counts_there_are_no_figures():
    with pytest.raises(UserError, match="no pixel of these label maps counts, all are 255"):
        of_label_maps.figures(np.zeros([3, 3], np.int64), ["a", "b", "c"])
