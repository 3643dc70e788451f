"""Edits of a face that is drawn of rectangles, held against drawings made by hand."""

import numpy as np
import pytest

from input_pipeline.label_maps.label_sets import CELEBAMASK
from serving.label_edits import EDITS, FACE
from tests.faces_of_boxes import IDS, SIDE, face

NONE = np.zeros([SIDE, SIDE], np.uint8)
OPEN, HAIR, BROWS, EYES, WIDE = EDITS.values()


def with_hair(*boxes):
    """A face with other hair."""
    label = np.where(face() == IDS["hair"], 0, face()).astype(np.uint8)
    for top, bottom, left, right in boxes:
        label[top:bottom, left:right] = IDS["hair"]
    return label


LONG = with_hair((8, 16, 4, 56), (16, 52, 4, 12), (16, 52, 48, 56))
SHORT = with_hair((4, 16, 12, 48))


def test_a_mouth_opens_downwards_and_least_at_its_corners():
    """The face has 36 × 36 pixels; 8 % of 36 are 2.9 rows in the middle of 12 columns."""
    edited = OPEN(face(), IDS, NONE)
    wanted = face()
    for x, down in zip(range(24, 36), [1, 2, *[3] * 8, 2, 1]):
        wanted[42 : 42 + down, x] = IDS["mouth"]
        wanted[42 + down : 44 + down, x] = IDS["l_lip"]
    np.testing.assert_array_equal(edited, wanted)


def test_a_mouth_that_is_open_opens_further_but_leaves_a_chin():
    """Of 4 rows below the lip it takes 2; a microphone stays in front."""
    label = face()
    label[42:46, 24:36], label[46:48, 24:36] = IDS["mouth"], IDS["l_lip"]
    label[40:60, 30] = IDS["cloth"]
    wanted = label.copy()
    for x, down in zip(range(24, 36), [1, *[2] * 10, 1]):
        wanted[42 : 46 + down, x] = IDS["mouth"]
        wanted[46 + down : 48 + down, x] = IDS["l_lip"]
    wanted[40:60, 30] = IDS["cloth"]
    np.testing.assert_array_equal(OPEN(label, IDS, NONE), wanted)


def test_brows_rise_as_far_as_there_is_skin():
    """8 % of 36: 3 rows. Hair down to one row above them hides more than a fifth of them at 2."""
    wanted = face()
    wanted[20:22, 18:26] = wanted[20:22, 34:42] = IDS["skin"]
    wanted[17:19, 18:26], wanted[17:19, 34:42] = IDS["r_brow"], IDS["l_brow"]
    np.testing.assert_array_equal(BROWS(face(), IDS, NONE), wanted)
    fringe = face()
    fringe[16:19, 30:48] = IDS["hair"]
    wanted = fringe.copy()
    wanted[20:22, 18:26], wanted[21, 34:42] = IDS["skin"], IDS["skin"]
    wanted[17:19, 18:26], wanted[19:21, 34:42] = IDS["r_brow"], IDS["l_brow"]
    np.testing.assert_array_equal(BROWS(fringe, IDS, NONE), wanted)
    fringe[16:20] = IDS["hair"]
    assert BROWS(fringe, IDS, NONE) is None


def test_eyes_grow_up_and_down_under_glasses_too():
    """0.3 of 2 rows, on each side: 1. The nose begins below them, and stays."""
    wanted = face()
    wanted[25:29, 18:26], wanted[25:29, 34:42] = IDS["r_eye"], IDS["l_eye"]
    np.testing.assert_array_equal(EYES(face(), IDS, NONE), wanted)
    glasses = face()
    glasses[24:30, 16:44] = np.where(face()[24:30, 16:44] == IDS["skin"], IDS["eye_g"], 0)
    glasses[26:28, 18:26], glasses[26:28, 34:42] = IDS["r_eye"], IDS["l_eye"]
    edited = EYES(glasses, IDS, NONE)
    for name in ("r_eye", "l_eye"):
        np.testing.assert_array_equal(edited == IDS[name], wanted == IDS[name])


def test_a_face_is_stretched_about_its_middle_and_the_borders_stay():
    """From columns 12 to 47 to 21.6 columns on both sides of 29.5."""
    edited = WIDE(face(), IDS, NONE)
    for row in (18, 30):
        columns = np.flatnonzero(np.isin(edited[row], [IDS[name] for name in FACE]))
        assert (columns[0], columns[-1], len(columns)) == (8, 51, 44)
    np.testing.assert_array_equal(edited[:, [0, -1]], face()[:, [0, -1]])
    large = face()[:, 10:50]  # it would reach beyond both borders
    np.testing.assert_array_equal(WIDE(large, IDS, NONE)[30, [0, -1]], large[30, [2, -3]])


def test_somebody_elses_hair_takes_the_place_of_the_own():
    np.testing.assert_array_equal(HAIR(face(), IDS, LONG), LONG)
    np.testing.assert_array_equal(HAIR(LONG, IDS, SHORT), SHORT)


@pytest.mark.parametrize(("down", "across", "times"), [(0, 0, 2), (2, -2, 1), (1, 2, 3)])
def test_it_lies_around_the_own_face_wherever_theirs_is(down, across, times):
    moved = np.roll(LONG, (down, across), (0, 1)).repeat(times, 0).repeat(times, 1)
    edited = HAIR(face(), IDS, moved)
    assert (edited != LONG).mean() < 0.03


def test_behind_hair_is_the_forehead_that_theirs_leaves_free():
    fringe = face()
    fringe[16:20, 12:48] = IDS["hair"]
    np.testing.assert_array_equal(HAIR(fringe, IDS, SHORT), SHORT)


def test_behind_long_hair_is_neck_cloth_or_background_whichever_is_nearer():
    wanted = SHORT.copy()
    wanted[48:56, 24:36] = IDS["neck"]
    label = wanted.copy()
    label[44:60, 4:12] = label[52:55, 26:29] = IDS["hair"]  # a strand on the neck too
    wanted[52:60, 4:8] = IDS["background"]
    np.testing.assert_array_equal(HAIR(label, IDS, SHORT), wanted)


def test_eyes_nose_and_mouth_stay_in_front_of_hair_and_glasses_too():
    covered = face()
    covered[4:50] = np.where(covered[4:50] == IDS["skin"], IDS["hair"], covered[4:50])
    covered[16] = IDS["skin"]  # of the face something is seen
    glasses = face()
    glasses[26, 12:18] = IDS["eye_g"]
    edited = HAIR(glasses, IDS, covered)
    for name in ("l_eye", "r_eye", "nose", "u_lip", "l_lip", "eye_g"):
        np.testing.assert_array_equal(edited == IDS[name], glasses == IDS[name])
    assert (edited[25, 18:26] == IDS["skin"]).all()  # nor does it touch them
    assert (edited[46:50, 14:46] == IDS["hair"]).all()


def test_a_narrow_gap_between_hair_and_face_is_hair():
    """12 % of 36 are 4 columns."""
    apart = [with_hair((4, 16, 8, 52), (16, 40, 12 - gap - 4, 12 - gap)) for gap in (2, 8)]
    near, far = (HAIR(face(), IDS, each) for each in apart)
    assert (near[20:36, 10:12] == IDS["hair"]).all()
    assert (far[20:36, 6:10] == IDS["background"]).all()


def test_hair_under_a_hat_is_nobodys():
    hat = LONG.copy()
    hat[:6, 10:50] = IDS["hat"]
    assert HAIR(face(), IDS, hat) is None
    assert HAIR(hat, IDS, face()) is None


@pytest.mark.parametrize("name", EDITS)
def test_where_there_is_nothing_to_edit_it_is_said(name):
    assert EDITS[name](NONE, IDS, NONE) is None


def test_hair_needs_hair_and_two_faces():
    blind = np.where(np.isin(face(), [IDS["l_eye"], IDS["r_eye"]]), IDS["skin"], face())
    for own, other in ((face(), with_hair()), (blind, LONG), (face(), blind)):
        assert HAIR(own, IDS, other) is None
    assert EYES(blind, IDS, NONE) is None and WIDE(blind, IDS, NONE) is None


@pytest.mark.parametrize("name", EDITS)
def test_edits_are_of_classes_and_leave_the_map_alone(name):
    before = face()
    edited = EDITS[name](before, IDS, LONG)
    assert (edited.dtype, edited.shape) == (np.uint8, before.shape)
    assert edited.max() < CELEBAMASK.count and (edited != face()).any()
    np.testing.assert_array_equal(before, face())


@pytest.mark.parametrize("name", EDITS)
def test_the_same_edit_is_made_at_every_size(name):
    small = EDITS[name](face(), IDS, LONG)
    large = EDITS[name](face().repeat(3, 0).repeat(3, 1), IDS, LONG)
    assert (large[1::3, 1::3] != small).mean() < 0.03
