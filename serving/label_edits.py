"""Edits of a face's label map, as people make them; for a try, and to measure what comes of them.

Each takes ids uint8 [H, W], the ids of CelebAMask-HQ's classes by name, and another person's label
map of any size; and gives ids uint8 [H, W], or None where there is nothing to edit: no mouth, no
hair. Lengths follow from the face, so that the same edit is made at every size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Optional

import numpy as np
from scipy import ndimage

Ids = Mapping[str, int]
Edit = Callable[[np.ndarray, Ids, np.ndarray], Optional[np.ndarray]]
# Parts of a face's side, the root of its pixels.
OPENED, RAISED, CLOSED, KEPT = 0.08, 0.08, 0.12, 0.05
TO_CHIN = 0.6  # of the way from the lower lip to the chin, at most
SEEN = 0.8  # of a raised brow that hair does not hide, at least
GROWN = 0.3  # of an eye's height, above and below
STRETCHED = 1.2  # times as wide
NECK = 0.6  # of the way from the eyes down to the chin, from which on there may be a neck
LIPS = ("u_lip", "mouth", "l_lip")
EYES = ("l_eye", "r_eye")
SIGHT = (*EYES, "eye_g")
FACE = ("skin", "nose", *SIGHT, "l_brow", "r_brow", *LIPS)
IN_FRONT = ("eye_g", "ear_r")  # of hair


class Head(NamedTuple):
    """Where a face is, in pixels.

    Attributes:
      eyes: their row; chin: the lowest row of the face.
      left, right: the face's columns between the two.
      side: the root of the face's pixels.
    """

    eyes: float
    chin: float
    left: float
    right: float
    side: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def mouth_opened(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """The lower lip further down, most in its middle; the mouth between the lips."""
    upper, lower = label == ids["u_lip"], label == ids["l_lip"]
    if not (upper.any() and lower.any()):
        return None
    edited, lips = label.copy(), _of(label, ids, LIPS)
    columns = np.flatnonzero(lips.any(axis=0))
    across = np.linspace(-1, 1, len(columns) + 2)[1:-1] if len(columns) > 2 else np.zeros(3)
    for x, place in zip(columns, across):
        down = OPENED * _side(label, ids) * (1 - place**4)
        edited[:, x] = _opened(label[:, x], ids, down)
    return _if_other(edited, label)


def _opened(column: np.ndarray, ids: Ids, down: float) -> np.ndarray:
    """A column of a map whose lower lip lies so many rows further down, or as near to the chin as
    it may."""
    rows = np.flatnonzero(np.isin(column, [ids[name] for name in LIPS]))
    upper = np.flatnonzero(column == ids["u_lip"])
    seam, end = (upper[-1] + 1 if len(upper) else rows[0]), rows[-1] + 1
    chin = end + int(np.argmin(np.append(column[end:] == ids["skin"], False)))
    by = min(round(down), int(TO_CHIN * (chin - end)))
    if not by or end < seam:
        return column
    moved = column.copy()
    moved[seam + by : end + by] = column[seam:end]
    moved[seam : seam + by] = ids["mouth"]
    return np.where(np.isin(column, [ids[name] for name in ("skin", *LIPS)]), moved, column)


def hair_of_another(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """Somebody else's hair, as it lies around their face; where the own one was, what is behind:
    skin where their face is, else neck, cloth or background. Not with a hat."""
    own, theirs = _head(label, ids), _head(other, ids)
    hats = any((each == ids["hat"]).any() for each in (label, other))
    if own is None or theirs is None or hats or not (other == ids["hair"]).any():
        return None
    around = other[_around(theirs, own, label.shape, other.shape)]
    behind = np.where(_of(around, ids, FACE), ids["skin"], _behind(label, ids, own))
    features = _of(label, ids, [name for name in FACE if name not in ("skin", "l_brow", "r_brow")])
    near = ndimage.distance_transform_edt(~features) <= KEPT * own.side
    new = (around == ids["hair"]) & ~near & ~_of(label, ids, IN_FRONT)
    bare = np.where(label == ids["hair"], behind, label)
    return _if_other(_joined(np.where(new, ids["hair"], bare), ids, own), label)


def brows_raised(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """Both brows further up, as far as there is skin for most of them."""
    brows = {name: label == ids[name] for name in ("l_brow", "r_brow")}
    bare = np.where(np.logical_or.reduce([*brows.values()]), ids["skin"], label)
    edited, skin = bare.copy(), bare == ids["skin"]
    for name, brow in brows.items():
        for up in range(max(1, round(RAISED * _side(label, ids))), -1, -1):
            moved = _up(brow, up) & skin
            if moved.sum() >= SEEN * brow.sum():
                break
        edited[moved] = ids[name]
    return _if_other(edited.astype(np.uint8), label)


def eyes_wider(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """Both eyes higher and lower, most in their middle, as far as there is skin or a glass."""
    edited, free = label.copy(), _of(label, ids, ("skin", "eye_g"))
    for name in EYES:
        eye = label == ids[name]
        for x in np.flatnonzero(eye.any(axis=0)):
            rows = np.flatnonzero(eye[:, x])
            more = round(GROWN * len(rows))
            span = slice(max(0, rows[0] - more), rows[-1] + 1 + more)
            edited[span, x] = np.where(free[span, x], ids[name], edited[span, x])
    return _if_other(edited, label)


def face_wider(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """The face stretched about its middle, across; what is beside it is pressed together, so that
    the map's borders stay."""
    head, last = _head(label, ids), label.shape[1] - 1
    if head is None:
        return None
    half = (head.right - head.left + 1) / 2
    ends = [max(0, head.middle - STRETCHED * half), min(last, head.middle + STRETCHED * half)]
    inner = [head.middle + (end - head.middle) / STRETCHED for end in ends]
    known, comes_from = [0, *ends, last], [0, *inner, last]
    for side, border in ((0, 0), (-1, last)):
        if ends[side] == border:  # the face reaches beyond it
            known[side], comes_from[side] = border, inner[side]
    places = np.interp(np.arange(last + 1), known, comes_from)
    return _if_other(label[:, np.round(places).astype(int)], label)


NAMES = {*FACE, *IN_FRONT, "hair", "hat", "l_ear", "r_ear", "neck", "cloth", "background"}
EDITS: dict[str, Edit] = {
    "mouth opened": mouth_opened,
    "hair of another": hair_of_another,
    "brows raised": brows_raised,
    "eyes wider": eyes_wider,
    "face wider": face_wider,
}


def _if_other(edited: np.ndarray, label: np.ndarray) -> Optional[np.ndarray]:
    return edited if (edited != label).any() else None


def _of(label: np.ndarray, ids: Ids, names: Sequence[str]) -> np.ndarray:
    return np.isin(label, [ids[name] for name in names])


def _side(label: np.ndarray, ids: Ids) -> float:
    return float(np.sqrt(_of(label, ids, FACE).sum()))


def _head(label: np.ndarray, ids: Ids) -> Optional[Head]:
    """None where there are no eyes, and no glasses on them."""
    sight, face = _of(label, ids, SIGHT), _of(label, ids, FACE)
    if not sight.any():
        return None
    eyes = np.nonzero(sight)[0].mean()
    chin = float(np.quantile(np.nonzero(face)[0], 0.998))
    between = face[round(eyes) : round((eyes + chin) / 2) + 1]
    if chin - eyes < 1 or not between.any():
        return None
    left, right = np.quantile(np.nonzero(between)[1], (0.01, 0.99))
    if right - left < 1:
        return None
    return Head(eyes, chin, left, right, _side(label, ids))


def _around(
    theirs: Head, own: Head, shape: tuple[int, ...], of: tuple[int, ...]
) -> tuple[np.ndarray, ...]:
    """Where in another map, of [h, w], each pixel of one [H, W] lies, if the heads lie on each
    other; what is around them is pressed together where it would not fit."""
    rows = (own.eyes, own.chin), (theirs.eyes, theirs.chin)
    columns = (own.left, own.right), (theirs.left, theirs.right)
    return np.ix_(_places(*rows, shape[0], of[0]), _places(*columns, shape[1], of[1]))


def _places(
    own: tuple[float, float], theirs: tuple[float, float], side: int, of: int
) -> np.ndarray:
    """int [side], 0 to of - 1: from the pair's places to theirs evenly, also beyond."""
    rate = (theirs[1] - theirs[0]) / (own[1] - own[0])
    ends = theirs[0] - rate * own[0], theirs[1] + rate * (side - 1 - own[1])
    told = [max(0, ends[0]), *theirs, min(of - 1, ends[1])]
    return np.round(np.interp(np.arange(side), [0, *own, side - 1], told)).astype(int)


def _behind(label: np.ndarray, ids: Ids, head: Head) -> np.ndarray:
    """What is behind hair, but for the face: a neck below the chin, cloth or background beside."""
    y, x = np.mgrid[: label.shape[0], : label.shape[1]]
    far = {name: _distances(label == ids[name]) for name in ("background", "cloth", "neck")}
    is_cloth = (y > head.chin) & (far["cloth"] <= far["background"]) & (label == ids["cloth"]).any()
    behind = np.where(is_cloth, ids["cloth"], ids["background"])
    columns = np.nonzero(label == ids["neck"])[1]
    if len(columns):
        first, last = np.quantile(columns, (0.02, 0.98))
        below = y > head.eyes + NECK * (head.chin - head.eyes)
        nearer = ~is_cloth | (far["neck"] <= far["cloth"])
        behind[below & (first <= x) & (x <= last) & nearer] = ids["neck"]
    return behind


def _joined(label: np.ndarray, ids: Ids, head: Head) -> np.ndarray:
    """With hair where there is but a gap between hair and face."""
    face, wide = _of(label, ids, (*FACE, "l_ear", "r_ear")), CLOSED * head.side
    solid = face | (label == ids["hair"])
    closed = _distances(_distances(solid) > wide / 2) > wide / 2
    gap = closed & (label == ids["background"]) & (_distances(face) <= wide)
    gap[round(head.chin) :] = False
    return np.where(gap, ids["hair"], label).astype(np.uint8)


def _up(mask: np.ndarray, rows: int) -> np.ndarray:
    """So many rows further up; what leaves the map is gone."""
    return np.concatenate([mask[rows:], np.zeros([rows, mask.shape[1]], bool)])


def _distances(mask: np.ndarray) -> np.ndarray:
    """To the nearest pixel of a mask; far where there is none."""
    if not mask.any():
        return np.full(mask.shape, float(sum(mask.shape)))
    return np.asarray(ndimage.distance_transform_edt(~mask))
