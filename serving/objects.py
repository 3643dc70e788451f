"""What a person means who points at a place of a scene: an object, to be moved, removed, copied.

It is an instance where the model tells these apart and one is there, else all that hangs together
of a label around the place.
"""

from __future__ import annotations

import dataclasses
from typing import Optional

import numpy as np
from scipy import ndimage

from serving import editing
from serving.scene import NUMBERS, Of, Scene

Pixel = tuple[int, int]  # row and column


def at(scene: Scene, place: Pixel) -> np.ndarray:
    """Where the object at a place is: bool [H, W]."""
    if scene.instance is not None and scene.instance[place] >= NUMBERS:
        return np.asarray(scene.instance == scene.instance[place])
    parts, _ = ndimage.label(scene.objects == scene.objects[place])
    return np.asarray(parts == parts[place])


def seams(scene: Scene) -> Optional[np.ndarray]:
    """Where two objects of one label touch, which one does not see in its colour: bool [H, W], at
    the last pixel before the other one; None where there is no such place."""
    if scene.instance is None or scene.label.ndim != 2:
        return None
    between = np.zeros(scene.label.shape, bool)
    for here, there in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        same = scene.label[here] == scene.label[there]
        between[here] |= same & (scene.instance[here] != scene.instance[there])
    return between if between.any() else None


def id_at(scene: Scene, place: Pixel, of: Of) -> int:
    """The region that has a style there; see `editing.restyle`."""
    ids = scene.label if of == "label" else scene.objects
    return int(ids[place])


def relabel(scene: Scene, place: Pixel, label: int) -> Scene:
    """Give the object at a place another label. Raises UserError: see `editing.relabel`."""
    if scene.instance is not None and scene.instance[place] >= NUMBERS:
        return editing.relabel(scene, int(scene.instance[place]), label)
    return editing.paint(scene, at(scene, place), label)


def remove(scene: Scene, place: Pixel) -> Scene:
    """Without the object at a place: what lies nearest around it grows over it.

    A scene that is one object alone becomes all of label 0.
    """
    label, instance = _without(scene, at(scene, place))
    return editing.redrawn(scene, label, instance)


def move(scene: Scene, place: Pixel, by: Pixel) -> Scene:
    """With the object at a place elsewhere; what lies nearest around it grows over where it was.

    What of it lies outside then is gone, as is all of it where it lies outside as a whole.

    Args:
      by: rows down and columns to the right.
    """
    inside = at(scene, place)
    label, instance = _without(scene, inside)
    there = _shifted(inside, by)
    label[there] = scene.label[place]
    if instance is not None and scene.instance is not None:
        instance[there] = scene.instance[place]
    return editing.redrawn(scene, label, instance)


@dataclasses.dataclass(frozen=True, eq=False)
class Clip:
    """An object that was copied.

    Attributes:
      mask: bool [h, w], its pixels in their bounding box.
      corner: row and column of the box's top left where it was.
      label: of it; style: the cluster that was chosen for it.
    """

    mask: np.ndarray
    corner: Pixel
    label: int
    style: Optional[int] = None


def copy(scene: Scene, place: Pixel, of: Of = "label") -> Clip:
    """The object at a place.

    Args:
      of: what styles are of.
    """
    inside = at(scene, place)
    (box,) = ndimage.find_objects(inside.astype(np.uint8))
    style = scene.styles.get(id_at(scene, place, of))
    corner = (int(box[0].start), int(box[1].start))
    return Clip(inside[box].copy(), corner, int(scene.label[place]), style)


def paste(scene: Scene, clip: Clip, corner: Pixel) -> Scene:
    """With a copied object, as one of its own.

    Args:
      corner: row and column of its box's top left; what lies outside is cut off.

    Raises:
      UserError: nothing of it would lie inside, or no number is free.
    """
    region = clip.label * NUMBERS or 1  # any that is not the 0 around it
    ids = np.where(clip.mask, np.int32(region), np.int32(0))
    label = np.full(clip.mask.shape, clip.label, np.uint8)
    styles = {} if clip.style is None else {region: clip.style}
    return editing.paste(scene, Scene(label, ids, styles), region, corner)


def _without(scene: Scene, inside: np.ndarray) -> tuple[np.ndarray, Optional[np.ndarray]]:
    """Label and instance maps in which the nearest pixels around cover what is inside."""
    maps = scene.label.copy(), None if scene.instance is None else scene.instance.copy()
    if inside.all():
        for each in (each for each in maps if each is not None):
            each[:] = 0
        return maps
    rows, columns = _nearest_outside(inside)
    for each in (each for each in maps if each is not None):
        each[inside] = each[rows, columns]
    return maps


def _nearest_outside(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the nearest pixel outside, of each pixel inside."""
    (box,) = ndimage.find_objects(inside.astype(np.uint8))
    # One pixel more, so that there is something outside in it.
    rows, columns = (slice(max(0, each.start - 1), each.stop + 1) for each in box)
    part = inside[rows, columns]
    nearest = ndimage.distance_transform_edt(part, return_distances=False, return_indices=True)
    return nearest[0][part] + rows.start, nearest[1][part] + columns.start


def _shifted(inside: np.ndarray, by: Pixel) -> np.ndarray:
    """The mask elsewhere, cut off at the edges."""
    rows, columns = np.nonzero(inside)
    rows, columns = rows + by[0], columns + by[1]
    stays = (rows >= 0) & (rows < inside.shape[0]) & (columns >= 0) & (columns < inside.shape[1])
    shifted = np.zeros(inside.shape, bool)
    shifted[rows[stays], columns[stays]] = True
    return shifted
