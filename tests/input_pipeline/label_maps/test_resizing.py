import pytest

from input_pipeline.label_maps.resizing import MODES, Resizing


@pytest.mark.parametrize(
    "mode, size",
    [
        ("none", (120, 200)),
        ("scale_width", (66, 110)),
        ("crop", (120, 200)),
        ("scale_width_and_crop", (66, 110)),
        ("resize_and_crop", (110, 110)),
    ],
)
def test_a_photo_has_the_size_that_its_mode_says(mode, size):
    assert Resizing(mode, 110).scaled(120, 200) == size
    assert Resizing(mode, 110, divided=2).scaled(120, 200) == (size[0] // 2, size[1] // 2)
    assert Resizing(mode).crops == ("crop" in mode)
    assert mode in MODES


def test_heights_are_rounded_to_the_nearest():
    assert Resizing("scale_width", 11).scaled(12, 20) == (7, 11)  # 6.6
    assert Resizing("scale_width", 9).scaled(12, 20) == (5, 9)  # 5.4
