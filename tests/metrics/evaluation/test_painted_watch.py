import numpy as np
import pytest

from input_pipeline.label_maps import segmenter
from input_pipeline.label_maps.record_files import open_records
from interface.command_line import UserError
from metrics.evaluation.painted_watch import PaintedWatch, looking
from metrics.sliced_wasserstein import sliced_wasserstein
from metrics.ssim import ssim
from tests.metrics.painted_models import COUNT, LABELS, PHOTOS
from tests.serving.label_models import PALETTE


def test_all_pictures_are_held_against_their_maps(rivers):
    parts = []

    def paint(part):
        parts.append(part)
        return PALETTE[np.minimum(LABELS[part], 1)]  # what is right is painted as left

    watch = PaintedWatch(paint, PHOTOS, LABELS, segmenter.read(str(rivers["segmenter"])))
    assert (watch.images, watch.decisive, watch.highest_is_best) == (COUNT, "mean_iou", True)
    figures = watch()
    assert parts == [slice(0, 8), slice(8, 9)]
    assert figures["pixel_accuracy"] == 1 / 2
    assert figures["mean_iou"] == pytest.approx((1 + 1 / 3 + 0) / 3)
    shown = PALETTE[np.minimum(LABELS, 1)]
    assert figures["ssim"] == pytest.approx(ssim(shown, PHOTOS).mean())
    assert {*figures} == {"pixel_accuracy", "mean_iou", "ssim"}


def test_without_a_segmenter_the_distance_decides():
    watch = PaintedWatch(lambda part: PALETTE[LABELS[part]], PHOTOS, LABELS)
    assert (watch.decisive, watch.highest_is_best) == ("sliced_wasserstein", False)
    halves = [
        np.stack([images[:, :, :16], images[:, :, 16:]], axis=1).reshape(-1, 16, 16, 3)
        for images in (PHOTOS, PALETTE[LABELS])
    ]
    figures = watch()
    assert {*figures} == {"sliced_wasserstein", "ssim"}
    assert figures["sliced_wasserstein"] == pytest.approx(sliced_wasserstein(*halves)["mean"])
    perfect = PaintedWatch(lambda part: PHOTOS[part], PHOTOS, LABELS)()
    assert perfect["ssim"] == pytest.approx(1, abs=1e-4)
    assert perfect["sliced_wasserstein"] < figures["sliced_wasserstein"] / 3


def test_nobody_looks_where_nobody_is_asked(label_records_dir):
    assert looking(None, open_records(str(label_records_dir))) is None


def test_a_segmenter_of_other_classes_is_refused(label_records_dir, rivers):
    with pytest.raises(UserError) as caught:
        looking(str(rivers["segmenter"]), open_records(str(label_records_dir)))
    assert str(caught.value) == (
        f"--segmenter {rivers['segmenter']}: tells sky, left bank, right bank; the records have "
        "0, 1; wanted the same classes"
    )


def test_a_segmenter_that_is_none_is_refused(label_records_dir):
    with pytest.raises(UserError, match="--segmenter nowhere: no such folder"):
        looking("nowhere", open_records(str(label_records_dir)))
