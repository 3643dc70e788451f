import pytest

from metrics.evaluation import measures
from metrics.evaluation.measures import FACES, MEASURES, better, told

OF_FACES = {name: each for name, each in MEASURES.items() if FACES in each.of}


def unjudged(measure, figures):
    """Figures of a generator of which nobody knows which way is better."""
    beside = ("floor_", "_of_photos", "_of_others_masks", "_of_others_photos", "_std")
    judged = [name for name in figures if not any(part in name for part in beside)]
    return [name for name in judged if not better(measure, name)]


@pytest.mark.parametrize("name", OF_FACES)
def test_every_measure_says_how_it_measures_in_one_line(of_perfect, name):
    protocol = MEASURES[name].protocol(of_perfect)
    assert len(protocol) > 20
    assert "\n" not in protocol


@pytest.mark.parametrize("name", [n for n, m in OF_FACES.items() if not m.slow])
def test_every_figure_says_which_way_is_better(figures, name):
    assert unjudged(name, figures(name, "perfect")) == []


def test_what_measures_need_is_told():
    """The landmarks of records of the 2019 release are missing: what remains needs none."""
    without = [name for name, each in OF_FACES.items() if not each.by_landmarks]
    assert without == ["sliced_wasserstein", "variety", "inception"]
    assert [name for name, each in MEASURES.items() if each.of_training] == ["copies"]


def test_which_way_is_better_follows_from_the_name():
    assert better("sliced_wasserstein", "64") == better("landmarks", "error") == "lower"
    assert better("variety", "deviation_over_latents") == "higher"
    assert better("people", "others_of_cast") == "higher"
    assert better("label_maps", "iou_hair") == better("label_maps", "mean_iou") == "higher"
    assert better("location", "iou") == better(measures.WATCH, "location_iou") == "higher"
    assert better(measures.WATCH, "location_iou_of_others_masks") == ""
    assert better(measures.WATCH, "sliced_wasserstein") == "lower"
    assert better("ssim", "ssim") == better(measures.WATCH, "ssim") == "higher"
    assert better("styles", "share_inside") == better("agreement", "iou_sky") == "higher"
    assert better("styles", "outside") == "lower"
    assert better(measures.WATCH, "deviation_over_masks") == "higher"


def test_what_stands_beside_a_figure_is_neither():
    assert better("landmarks", "floor_error") == better("landmarks", "error_of_others_masks") == ""
    assert better("label_maps", "floor_mean_iou") == ""
    assert better("location", "iou_of_others_masks") == better("location", "iou_of_photos") == ""
    assert better("ssim", "ssim_of_others_photos") == better("agreement", "iou_sky_of_photos") == ""
    assert better("unknown", "error") == ""


def test_it_is_told_behind_the_name():
    assert told("masks · f1", "masks", "f1") == "masks · f1 (higher is better)"
    assert told("critic_loss", "metrics", "critic_loss") == "critic_loss"
