"""A drawn person, every pixel of which is known."""

import numpy as np
import pytest

from input_pipeline.faces import parts
from input_pipeline.label_maps.label_sets import CELEBAMASK

SIDE = 160
IDS = CELEBAMASK.by_name()
COLOURS = {
    "background": (90, 120, 160),
    "skin": (220, 180, 160),
    "hair": (60, 40, 30),
    "neck": (215, 175, 155),
    "cloth": (30, 90, 60),
}


def person(face, long_hair):
    """Photo, landmarks, outline, and the map by which it was painted, without the face's parts."""
    points = 0.15 + 0.7 * face  # in sides; the chin is at 0.78
    y, x = (np.indices([SIDE, SIDE]) + 0.5) / SIDE
    ids = np.zeros([SIDE, SIDE], np.uint8)
    hair = np.hypot((x - 0.5) / 0.28, (y - 0.42) / 0.32) < 1
    if long_hair:
        hair |= (abs(x - 0.5) < 0.3) & (abs(x - 0.5) > 0.12) & (y > 0.42)
    shoulders = y > 0.86 + 0.5 * np.maximum(abs(x - 0.5) - 0.3, 0)
    ids[shoulders] = IDS["cloth"]
    ids[hair] = IDS["hair"]
    ids[(abs(x - 0.5) < 0.12) & (y > 0.7) & (y < 0.88)] = IDS["neck"]
    ids[np.hypot((x - 0.5) / 0.2, (y - 0.5) / 0.28) < 1] = IDS["skin"]
    colours = np.array([COLOURS.get(name, (0, 0, 0)) for name in CELEBAMASK.names], float)
    noise = np.random.default_rng(0).normal(0, 5, [SIDE, SIDE, 3])
    photo = (colours[ids] + noise).clip(0, 255).astype(np.uint8)
    return photo, points * SIDE - 0.5, (ids > 0).astype(np.float32), ids


@pytest.mark.parametrize("long_hair", [False, True])
def test_regions_are_where_they_were_painted(face, long_hair):
    photo, landmarks, outline, wanted = person(face, long_hair)
    told = parts.labels(photo, landmarks, outline)
    assert (told.dtype, told.shape) == (np.uint8, (SIDE, SIDE))
    of_face = np.isin(told, [IDS["nose"], *range(4, 8), *range(10, 13)])
    told = np.where(of_face, IDS["skin"], told)
    assert (told == wanted).mean() > 0.93
    for name in ("background", "skin", "hair", "neck", "cloth"):
        both, either = (
            op(told == IDS[name], wanted == IDS[name]).sum()
            for op in (np.logical_and, np.logical_or)
        )
        assert both / either > 0.45, name


def test_parts_lie_at_their_landmarks_left_and_right_as_the_person_has_them(face):
    photo, landmarks, outline, _ = person(face, False)
    told = parts.labels(photo, landmarks, outline)

    def at(points):
        x, y = np.rint(landmarks[points].mean(0)).astype(int)
        return CELEBAMASK.names[told[y, x]]

    assert at([*range(36, 42)]) == "r_eye"  # on the picture's left
    assert at([*range(42, 48)]) == "l_eye"
    assert at([30]) == "nose"
    assert at([51, 62]) == "u_lip"
    assert at([57, 66]) == "l_lip"
    left, right = (np.argwhere(told == IDS[name])[:, 1].mean() for name in ("l_brow", "r_brow"))
    assert right < landmarks[27, 0] < left


def test_a_larger_photo_has_the_same_map(face):
    photo, landmarks, outline, _ = person(face, True)
    small = parts.labels(photo, landmarks, outline)
    twice = [each.repeat(2, 0).repeat(2, 1) for each in (photo, outline)]
    large = parts.labels(twice[0], (landmarks + 0.5) * 2 - 0.5, twice[1])
    assert (large[::2, ::2] == small).mean() > 0.98
