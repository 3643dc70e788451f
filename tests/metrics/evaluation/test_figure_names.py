from metrics.evaluation.figure_names import better, floors_of, is_floor, told


def test_which_way_is_better_follows_from_the_name():
    assert better("sliced_wasserstein", "64") == better("landmarks", "error") == "lower"
    assert better("variety", "deviation_over_latents") == "higher"
    assert better("people", "others_of_cast") == "higher"
    assert better("evaluations", "deviation_over_masks") == "higher"


def test_what_stands_beside_a_figure_is_neither():
    assert better("landmarks", "floor_error") == better("landmarks", "error_of_others_masks") == ""
    assert better("unknown", "error") == ""
    assert is_floor("floor_error")
    assert is_floor("deviation_of_photos")
    assert not is_floor("deviation_over_masks")


def test_the_photos_own_figure_is_found():
    assert "floor_error" in floors_of("error")
    assert "ms_ssim_of_photos" in floors_of("ms_ssim_over_masks")


def test_it_is_told_behind_the_name():
    assert told("masks · f1", "masks", "f1") == "masks · f1 (higher is better)"
    assert told("critic_loss", "metrics", "critic_loss") == "critic_loss"
