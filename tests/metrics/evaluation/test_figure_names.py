from metrics.evaluation.figure_names import floors_of, is_floor, named, plain


def test_what_is_of_photos_alone_is_known_by_its_name():
    assert is_floor("floor_error")
    assert is_floor("deviation_of_photos")
    assert not is_floor("deviation_over_masks")


def test_the_photos_own_figure_is_found():
    assert "floor_error" in floors_of("error")
    assert "ms_ssim_of_photos" in floors_of("ms_ssim_over_masks")


def test_a_plain_name_says_what_was_measured():
    assert plain("deviation_over_masks") == plain("deviation_over_latents") == "deviation"
    assert plain("distance_of_cast") == "distance"
    assert plain("f1") == "f1"
    assert plain("ssim_of_others_photos") == "ssim_of_others_photos"
    assert named({"a": 1, "b": 2}, "floor_{}") == {"floor_a": 1, "floor_b": 2}
