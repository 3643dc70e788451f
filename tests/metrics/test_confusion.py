import numpy as np
import pytest
from tensorflow import keras

from metrics.confusion import agreement, confusion

RNG = np.random.default_rng(0)


def label_agreement(*given, **options):
    return agreement(confusion(*given, **options))


def label_maps(classes, agreeing=0.7, ignored=0.1):
    """Two uint8 maps that agree in most places, with pixels to leave out."""
    wanted = RNG.integers(0, classes, [2, 16, 16], dtype=np.uint8)
    other = RNG.integers(0, classes, wanted.shape, dtype=np.uint8)
    predicted = np.where(RNG.random(wanted.shape) < agreeing, wanted, other)
    wanted[RNG.random(wanted.shape) < ignored] = 255
    return predicted, wanted


@pytest.mark.parametrize(
    ("predicted", "wanted", "iou", "accuracy"),
    [
        ([[0, 1, 1], [1, 0, 2]], [[0, 0, 1], [1, 2, 255]], {0: 1 / 3, 1: 2 / 3, 2: 0}, 3 / 5),
        ([[4, 4], [3, 3]], [[4, 4], [3, 3]], {3: 1, 4: 1}, 1),  # absent classes do not count
        ([0, 0, 1], [0, 0, 0], {0: 2 / 3, 1: 0}, 2 / 3),  # one that is only predicted does
        ([True, True, False, False], [True, False, False, False], {0: 2 / 3, 1: 1 / 2}, 3 / 4),
    ],
)
def test_agreement_of_maps_counted_by_hand(predicted, wanted, iou, accuracy):
    assert label_agreement(np.array(predicted), np.array(wanted), classes=5) == {
        "iou": pytest.approx(iou),
        "mean_iou": pytest.approx(np.mean([*iou.values()])),
        "pixel_accuracy": accuracy,
    }


@pytest.mark.parametrize(("predicted", "wanted"), [([5], [0]), ([0], [5]), ([-1], [0])])
def test_ids_that_are_no_class_are_refused(predicted, wanted):
    with pytest.raises(ValueError, match="wanted 0 to 4, or 255 to ignore"):
        confusion(np.array(predicted), np.array(wanted), classes=5)


@pytest.mark.parametrize("classes", [2, 12, 250])
def test_mean_iou_is_that_of_keras(classes):
    predicted, wanted = label_maps(classes)
    peer = keras.metrics.MeanIoU(classes, ignore_class=255)
    peer.update_state(wanted, predicted)
    assert label_agreement(predicted, wanted, classes)["mean_iou"] == pytest.approx(
        float(peer.result()), rel=1e-5
    )


def test_what_is_predicted_at_ignored_pixels_changes_nothing():
    predicted, wanted = label_maps(classes=5)
    garbled = np.where(wanted == 255, 200, predicted)
    assert label_agreement(garbled, wanted, 5) == label_agreement(predicted, wanted, 5)


def test_another_label_may_be_the_ignored_one():
    wanted, predicted = np.array([0, 1, 1, 2]), np.array([2, 1, 2, 2])
    assert label_agreement(predicted, wanted, classes=3, ignored=0)["pixel_accuracy"] == 2 / 3


def test_pixels_are_counted_by_wanted_row_and_predicted_column():
    counts = confusion(np.array([1, 1, 0]), np.array([0, 0, 2]), classes=3)
    assert counts.tolist() == [[0, 2, 0], [0, 0, 0], [1, 0, 0]]


def test_counts_of_batches_add_up_to_those_of_the_whole():
    predicted, wanted = label_maps(classes=9)
    added = sum(confusion(p, w, 9) for p, w in zip(predicted, wanted))
    assert agreement(added) == label_agreement(predicted, wanted, 9)
