import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import framing
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError


@pytest.mark.parametrize("framed", Framing)
def test_a_tilted_face_is_turned_where_faces_are_aligned_and_kept_where_not(face, framed):
    photo, angle = Image.new("RGB", (300, 200)), np.radians(30)
    clockwise = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = (face - 0.5) * 100 @ clockwise + [150, 100] - 0.5
    places = framed.square(photo, points).locate(points, 1) + 0.5  # in sides of the square
    right, left = places[36:42].mean(axis=0), places[42:48].mean(axis=0)
    tilt = np.degrees(np.arctan2(*(left - right)[::-1]))
    if framed is Framing.ALIGNED:
        assert tilt == pytest.approx(0, abs=1e-6)
        assert (left + right)[0] / 2 == pytest.approx(0.5, abs=1e-6)
    else:
        assert tilt == pytest.approx(30, abs=1e-6)
        np.testing.assert_allclose(places, (points + 0.5 - [50, 0]) / 200)


OLDER = [  # what dataset.json says; what it means
    ({}, "aligned"),
    ({"options": None}, "aligned"),
    ({"options": {"align": True, "celeba_hq": None}}, "aligned"),
    ({"options": {"align": False, "celeba_hq": "CelebA-HQ", "from_tfrecords": None}}, "aligned"),
    ({"options": {"align": False, "celeba_hq": None, "from_tfrecords": "old"}}, "aligned"),
    ({"options": {"align": False, "celeba_hq": None, "from_tfrecords": None}}, "central square"),
    ({"framing": "central square", "options": {"align": True}}, "central square"),
    ({"framing": "aligned", "options": {"align": False}}, "aligned"),
]


@pytest.mark.parametrize(("summary", "wanted"), OLDER)
def test_where_a_data_set_says_nothing_its_flags_tell(summary, wanted):
    assert framing.of_data_set(summary, "records").value == wanted


@pytest.mark.parametrize("name", ["tight", "", None, 3, ["aligned"], {"square": 1}])
def test_what_is_not_known_is_refused_in_one_line(name):
    known = "is not known here, wanted 'aligned' or 'central square'"
    with pytest.raises(UserError, match=rf"^records/dataset.json: framing .* {known}") as refused:
        framing.of_data_set({"framing": name}, "records")
    assert "\n" not in str(refused.value)
