"""Edits of a face's label map, as people make them; for a try, and to measure what comes of them.

Each takes ids uint8 [H, W], the ids of CelebAMask-HQ's classes by name, and somebody else's label
map of the same size; and gives ids uint8 [H, W], or None where there is nothing to edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Optional

import numpy as np
from scipy import ndimage

Ids = Mapping[str, int]
Edit = Callable[[np.ndarray, Ids, np.ndarray], Optional[np.ndarray]]
# Parts of a map's side.
OPENED, RAISED, WIDENED = 1 / 20, 1 / 25, 1 / 64
STRETCHED = 1.2  # times as wide
SHRINKING = {"skin": 3}  # times as far as it is
FEATURES = ("nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "mouth", "u_lip", "l_lip")


def mouth_opened(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """The lower lip further down, the mouth between the lips."""
    upper, lower = label == ids["u_lip"], label == ids["l_lip"]
    if not (upper.any() and lower.any()):
        return None
    moved = _shifted(lower, round(len(label) * OPENED))
    below = np.logical_or.accumulate(upper, axis=0)
    above = np.logical_or.accumulate(moved[::-1], axis=0)[::-1]
    edited = np.where(lower, ids["skin"], label)
    edited = np.where(below & above & ~upper, ids["mouth"], edited)
    return np.where(moved, ids["l_lip"], edited).astype(np.uint8)


def hair_of_another(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """Somebody else's hair; where the own one was, what is nearest to it."""
    theirs = other == ids["hair"]
    if not theirs.any():
        return None
    edited = _bare(label, ids)
    free = ~np.isin(edited, [ids[name] for name in FEATURES])
    return np.where(theirs & free, ids["hair"], edited).astype(np.uint8)


def brows_raised(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """Both brows further up, as far as there is skin."""
    brows = {name: label == ids[name] for name in ("l_brow", "r_brow")}
    there = np.logical_or.reduce([*brows.values()])
    if not there.any():
        return None
    bare = np.where(there, ids["skin"], label)
    edited = bare.copy()
    for name, brow in brows.items():
        moved = _shifted(brow, -round(len(label) * RAISED))
        edited[moved & (bare == ids["skin"])] = ids[name]
    return edited.astype(np.uint8)


def eyes_wider(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """Both eyes larger all around, as far as there is skin."""
    edited, more = label.copy(), max(1, round(len(label) * WIDENED))
    for name in ("l_eye", "r_eye"):
        eye = label == ids[name]
        if eye.any():
            wider = ndimage.binary_dilation(eye, iterations=more)
            edited[wider & (label == ids["skin"])] = ids[name]
    return edited if (edited != label).any() else None


def face_wider(label: np.ndarray, ids: Ids, other: np.ndarray) -> Optional[np.ndarray]:
    """Everything stretched about the face's middle, across."""
    columns = np.flatnonzero((label == ids["skin"]).any(axis=0))
    if not len(columns):
        return None
    middle, width = (columns[0] + columns[-1]) / 2, label.shape[1]
    places = middle + (np.arange(width) - middle) / STRETCHED
    return label[:, np.clip(np.round(places).astype(int), 0, width - 1)]


EDITS: dict[str, Edit] = {
    "mouth opened": mouth_opened,
    "hair of another": hair_of_another,
    "brows raised": brows_raised,
    "eyes wider": eyes_wider,
    "face wider": face_wider,
}


def _shifted(mask: np.ndarray, down: int) -> np.ndarray:
    """Some rows further down, or up; what leaves the map is gone."""
    moved = np.roll(mask, down, axis=0)
    moved[slice(0, down) if down > 0 else slice(len(mask) + down, None)] = False
    return moved


def _bare(label: np.ndarray, ids: Ids) -> np.ndarray:
    """Without hair: what is nearest to it. Skin counts for less: heads are narrower than hair."""
    behind = ("background", "skin", "neck", "cloth")
    far = {name: _distances(label == ids[name]) * SHRINKING.get(name, 1) for name in behind}
    nearest = np.argmin([far[name] for name in behind], axis=0)
    return np.where(label == ids["hair"], np.array([ids[name] for name in behind])[nearest], label)


def _distances(mask: np.ndarray) -> np.ndarray:
    """To the nearest pixel of a mask; far where there is none."""
    if not mask.any():
        return np.full(mask.shape, float(sum(mask.shape)))
    return ndimage.distance_transform_edt(~mask)
