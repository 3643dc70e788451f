"""Edits of a face that is drawn of rectangles, held against drawings made by hand."""

import numpy as np
import pytest

from input_pipeline.label_maps.label_sets import CELEBAMASK
from serving.label_edits import EDITS
from tests.faces_of_boxes import IDS, SIDE, face

NONE = np.zeros([SIDE, SIDE], np.uint8)


def test_a_mouth_opens_downwards():
    """A twentieth of 60 rows: the lower lip of rows 42 and 43 comes to 45 and 46."""
    edited = EDITS["mouth opened"](face(), IDS, NONE)
    wanted = face()
    wanted[42:45, 24:36], wanted[45:47, 24:36] = IDS["mouth"], IDS["l_lip"]
    np.testing.assert_array_equal(edited, wanted)


def test_brows_rise_where_there_is_skin():
    """2.4 rows, so 2; hair above stays."""
    edited = EDITS["brows raised"](face(), IDS, NONE)
    wanted = face()
    wanted[20:22, 18:42] = np.where(wanted[20:22, 18:42] == IDS["nose"], IDS["nose"], IDS["skin"])
    wanted[18:20, 18:26], wanted[18:20, 34:42] = IDS["r_brow"], IDS["l_brow"]
    np.testing.assert_array_equal(edited, wanted)
    high = face()
    high[16:20] = IDS["hair"]
    assert not np.isin(EDITS["brows raised"](high, IDS, NONE)[:20], [IDS["l_brow"]]).any()


def test_eyes_become_wider_by_a_pixel_all_around():
    edited = EDITS["eyes wider"](face(), IDS, NONE)
    for name in ("l_eye", "r_eye"):
        before, after = (int((each == IDS[name]).sum()) for each in (face(), edited))
        assert after == before + 2 * (8 + 2)  # a row above and below, a column on each side
    changed = edited != face()
    assert (face()[changed] == IDS["skin"]).all()


def test_a_face_is_stretched_about_its_middle():
    edited = EDITS["face wider"](face(), IDS, NONE)
    columns = [np.flatnonzero((each == IDS["skin"]).any(axis=0)) for each in (face(), edited)]
    widths = [each[-1] - each[0] + 1 for each in columns]
    assert widths[1] == pytest.approx(1.2 * widths[0], abs=1)
    middles = [(each[0] + each[-1]) / 2 for each in columns]
    assert middles[1] == pytest.approx(middles[0], abs=1)


def test_somebody_elses_hair_takes_the_place_of_the_own():
    other = NONE.copy()
    other[:4], other[:, :3] = IDS["hair"], IDS["hair"]
    edited = EDITS["hair of another"](face(), IDS, other)
    np.testing.assert_array_equal(edited == IDS["hair"], other == IDS["hair"])
    kept = ~np.isin(face(), [IDS["hair"]]) & (other == 0)
    np.testing.assert_array_equal(edited[kept], face()[kept])
    left = edited[(face() == IDS["hair"]) & (other == 0)]
    assert {*np.unique(left)} <= {IDS["skin"], IDS["background"]}


@pytest.mark.parametrize("name", EDITS)
def test_where_there_is_nothing_to_edit_it_is_said(name):
    assert EDITS[name](NONE, IDS, NONE) is None


@pytest.mark.parametrize("name", EDITS)
def test_edits_are_of_classes_and_leave_the_map_alone(name):
    before = face()
    edited = EDITS[name](before, IDS, np.full_like(before, IDS["hair"]))
    assert (edited.dtype, edited.shape) == (np.uint8, before.shape)
    assert edited.max() < CELEBAMASK.count and (edited != face()).any()
    np.testing.assert_array_equal(before, face())
