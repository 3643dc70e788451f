import numpy as np
import pytest

from input_pipeline.label_maps.record_files import open_records
from metrics.evaluation.label_watch import LabelWatch


def test_it_measures_the_same_photos_each_time(label_records_dir):
    """Discs of two classes: all right, all wrong, and all of the commoner class."""
    records, answers = open_records(str(label_records_dir), "validation"), []
    watch = LabelWatch(records, 3, lambda photos: answers[-1](photos.mean(-1) > 120))
    assert watch.images == 3
    answers.append(lambda disc: disc.astype(np.uint8))
    assert watch() == {"mean_iou": 1.0, "pixel_accuracy": 1.0}
    answers.append(lambda disc: (~disc).astype(np.uint8))
    assert watch() == {"mean_iou": 0.0, "pixel_accuracy": 0.0}
    answers.append(np.zeros_like)
    ground = watch()["pixel_accuracy"]
    assert 0.5 < ground < 1
    assert watch()["mean_iou"] == pytest.approx(ground / 2)
