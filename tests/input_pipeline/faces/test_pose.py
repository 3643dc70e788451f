import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import landmarks, pose


def turned(yaw, pitch, roll):
    """A rotation by degrees, x to the right, y down, z away; the roll comes first."""
    (a, b, c), cos, sin = np.radians((yaw, pitch, roll)), np.cos, np.sin
    to_the_right = [[cos(a), 0, -sin(a)], [0, 1, 0], [sin(a), 0, cos(a)]]
    up = [[1, 0, 0], [0, cos(b), sin(b)], [0, -sin(b), cos(b)]]
    clockwise = [[cos(c), -sin(c), 0], [sin(c), cos(c), 0], [0, 0, 1]]
    return np.array(to_the_right) @ np.array(up) @ np.array(clockwise)


def photographed(rotation, scale=0.3, place=(100.0, 120.0)):
    """Landmarks of the average head, turned and seen from afar; points not used lie anywhere."""
    seen = np.random.default_rng(0).uniform(-500, 500, (68, 2))
    for number, point in pose.POINTS.items():
        seen[number] = (rotation @ np.array(point))[:2] * scale + place
    return seen


def test_the_rotations_of_these_tests_turn_as_they_say():
    looks, right_ear = np.array([0, 0, -1]), np.array([1, 0, 0])
    assert (turned(30, 0, 0) @ looks)[0] == pytest.approx(0.5)  # to the right
    assert (turned(0, 30, 0) @ looks)[1] == pytest.approx(-0.5)  # up, as y points down
    assert (turned(0, 0, 30) @ right_ear)[1] == pytest.approx(0.5)  # clockwise: its right sinks
    for angles in ((10, 0, 0), (0, 20, 0), (0, 0, 30), (10, 20, 30)):
        rotation = turned(*angles)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1)


@pytest.mark.parametrize("axis", ["yaw", "pitch", "roll"])
@pytest.mark.parametrize("degrees", [-80, -45, -10, -0.5, 0, 1, 30, 60, 80])
def test_a_turn_about_one_axis_comes_back(axis, degrees):
    wanted = [degrees * (axis == name) for name in ("yaw", "pitch", "roll")]
    np.testing.assert_allclose(pose.angles(photographed(turned(*wanted))), wanted, atol=1e-6)


@pytest.mark.parametrize("yaw", [-40, 0, 35])
@pytest.mark.parametrize("pitch", [-25, 10])
@pytest.mark.parametrize("roll", [-30, 15])
def test_gaze_and_tilt_of_a_head_turned_about_all_axes_come_back(yaw, pitch, roll):
    seen = photographed(turned(yaw, pitch, roll))
    found = pose.angles(seen)
    np.testing.assert_allclose(found[:2], [yaw, pitch], atol=1e-6)
    across, down = seen[45] - seen[36]  # from one eye's outer corner to the other's
    assert found[2] == pytest.approx(np.degrees(np.arctan2(down, across)), abs=1e-6)


@pytest.mark.parametrize("scale, place", [(0.001, (0, 0)), (1, (-700, 3)), (5, (1e4, -1e4))])
def test_size_and_place_in_the_photo_do_not_matter(scale, place):
    wanted = pose.angles(photographed(turned(20, -10, 5)))
    found = pose.angles(photographed(turned(20, -10, 5), scale, place))
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_a_mirrored_head_has_the_opposite_yaw_and_roll():
    seen = photographed(turned(25, 12, -8))
    mirrored = seen * [-1, 1]
    mirrored[[36, 45, 48, 54]] = mirrored[[45, 36, 54, 48]]  # left and right change names too
    yaw, pitch, roll = pose.angles(seen)
    np.testing.assert_allclose(pose.angles(mirrored), [-yaw, pitch, -roll], atol=1e-6)


def found_in(photo):
    (face,) = landmarks.INSTALLED.faces(photo)
    return np.array(pose.angles(face.landmarks))


def test_a_mirrored_photo_has_the_opposite_yaw_and_roll(photo):
    mirrored = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    wanted = found_in(photo) * [-1, 1, -1]
    assert np.abs(wanted[[0, 2]]).min() > 2  # the astronaut's head is turned and tilted a little
    np.testing.assert_allclose(found_in(mirrored), wanted, atol=4)


@pytest.mark.parametrize("degrees", [-15, 15])
def test_a_photo_turned_clockwise_has_so_much_more_roll(photo, degrees):
    rotated = photo.rotate(-degrees, Image.Resampling.BICUBIC)  # Pillow turns anticlockwise
    assert found_in(rotated)[2] - found_in(photo)[2] == pytest.approx(degrees, abs=3)
