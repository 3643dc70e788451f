import numpy as np
import pytest
from tensorflow import keras

from metrics.label_agreement import agreement, confusion, label_agreement

RNG = np.random.default_rng(0)


def label_maps(classes, agreeing=0.7, ignored=0.1):
    """Two uint8 maps that agree in most places, with pixels to leave out."""
    wanted = RNG.integers(0, classes, [3, 16, 16], dtype=np.uint8)
    other = RNG.integers(0, classes, wanted.shape, dtype=np.uint8)
    predicted = np.where(RNG.random(wanted.shape) < agreeing, wanted, other)
    wanted[RNG.random(wanted.shape) < ignored] = 255
    return predicted, wanted


def test_agreement_of_a_map_counted_by_hand():
    wanted = np.array([[0, 0, 1], [1, 2, 255]], np.uint8)
    predicted = np.array([[0, 1, 1], [1, 0, 2]], np.uint8)
    assert label_agreement(predicted, wanted, classes=5) == {
        "iou": {0: 1 / 3, 1: 2 / 3, 2: 0},
        "mean_iou": pytest.approx(1 / 3),
        "pixel_accuracy": 3 / 5,
    }


@pytest.mark.parametrize(("predicted", "wanted"), [([5], [0]), ([0], [5]), ([-1], [0])])
def test_ids_that_are_no_class_are_refused(predicted, wanted):
    with pytest.raises(ValueError, match="wanted 0 to 4, or 255 to ignore"):
        confusion(np.array(predicted), np.array(wanted), classes=5)


def test_equal_maps_agree_and_absent_classes_do_not_count():
    labels = np.array([[4, 4], [7, 7]])
    assert label_agreement(labels, labels, classes=19) == {
        "iou": {4: 1, 7: 1},
        "mean_iou": 1,
        "pixel_accuracy": 1,
    }


def test_a_class_that_is_only_predicted_counts_as_missed():
    found = label_agreement(np.array([0, 0, 1]), np.array([0, 0, 0]), classes=2)
    assert found["iou"] == {0: pytest.approx(2 / 3), 1: 0}


def test_mean_iou_is_that_of_keras():
    predicted, wanted = label_maps(classes=12)
    peer = keras.metrics.MeanIoU(12, ignore_class=255)
    peer.update_state(wanted, predicted)
    assert label_agreement(predicted, wanted, 12)["mean_iou"] == pytest.approx(
        float(peer.result()), rel=1e-5
    )


@pytest.mark.parametrize("classes", [2, 19, 250])
def test_each_iou_is_that_of_the_sets_of_its_pixels(classes):
    predicted, wanted = label_maps(classes)
    sets = [
        {
            label: {i for i, found in np.ndenumerate(labels) if found == label and wanted[i] != 255}
            for label in range(classes)
        }
        for labels in (predicted, wanted)
    ]
    either = {label: sets[0][label] | sets[1][label] for label in range(classes)}
    iou = {
        label: len(sets[0][label] & sets[1][label]) / len(union)
        for label, union in either.items()
        if union
    }
    found = label_agreement(predicted, wanted, classes)
    assert found["iou"] == pytest.approx(iou)
    assert found["mean_iou"] == pytest.approx(sum(iou.values()) / len(iou))


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


def test_masks_are_maps_of_two_classes():
    drawn, wanted = np.array([True, True, False, False]), np.array([True, False, False, False])
    assert label_agreement(drawn, wanted, classes=2)["iou"] == {0: 2 / 3, 1: 1 / 2}
