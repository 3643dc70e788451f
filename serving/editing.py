"""Label maps as they are edited: objects relabelled, painted, restyled and pasted.

pix2pixHD (arXiv 1711.11585), sections 3.4 and 4. Every edit leaves the scene it is given as it is,
so `serving.page.history.History` undoes all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

import numpy as np

from input_pipeline.label_maps.label_sets import MOST
from interface.command_line import UserError
from serving.cast import LARGEST_SEED
from serving.scene import LARGEST, NUMBERS, Of, Scene, kept, missing, there, whole
from serving.styles import drawn


class Region(NamedTuple):
    """What has a style of its own: its id, its label, and how many pixels it has."""

    id: int
    label: int
    pixels: int


def relabel(scene: Scene, region: int, label: int) -> Scene:
    """Give an object another label.

    Its id follows: a free number of that label. Stuff stays stuff, and so becomes one with what the
    label has; label 0 has nothing else. The choice of its style is gone, as clusters are a label's.

    Returns:
      The same scene where nothing changes.

    Raises:
      UserError: no such region, no label, or no number is free.
    """
    inside, label = _inside(scene, region), _label(label)
    if (scene.label[inside] == label).all():
        return scene
    is_stuff = scene.instance is None or region < NUMBERS or not label
    return _put(scene, inside, label, label if is_stuff else _free(scene, label))


def paint(scene: Scene, mask: np.ndarray, label: int, new_object: bool = False) -> Scene:
    """Paint a label.

    Args:
      mask: bool [H, W], where.
      new_object: it becomes an object of its own, else stuff.

    Raises:
      UserError: an empty mask or one of another kind, no label, or an object where the scene tells
        none apart or no number is free.
    """
    mask, label = kept(mask, "mask", np.bool_, scene.label.shape), _label(label)
    if not mask.any():
        raise UserError("mask: empty; wanted a pixel or more to paint")
    if new_object and scene.instance is None:
        raise UserError("new object: the scene has labels alone; wanted one with instances")
    return _put(scene, mask, label, _free(scene, label) if new_object else label)


def restyle(scene: Scene, region: int, cluster: int, clusters: int) -> Scene:
    """Choose a style of a region's label for it.

    Args:
      region: an instance's id, or a label where the model's features are of labels.
      cluster: from 0 on; clusters: how many its label has.

    Raises:
      UserError: no such region or cluster.
    """
    region = there(scene, region)
    if not clusters:
        raise UserError(f"region {region}: its label has no clusters; wanted one that has")
    chosen = whole(cluster, "cluster", clusters - 1)
    return dataclasses.replace(scene, styles={**scene.styles, region: chosen})


def next_style(scene: Scene, region: int, clusters: int) -> Scene:
    """`restyle` with the cluster after the chosen one, in a circle; the first where none was."""
    return restyle(scene, region, (scene.styles.get(region, -1) + 1) % max(clusters, 1), clusters)


def paste(scene: Scene, other: Scene, region: int, at: tuple[int, int]) -> Scene:
    """Add an object of another scene, which may be the same one.

    It is an object of its own, with the style that was chosen for it. Where the scene has labels
    alone, a label that is there already keeps its style.

    Args:
      region: of the other scene.
      at: row and column of its bounding box's top left; what lies outside is cut off.

    Raises:
      UserError: no such region, nothing of it would lie inside, or no number is free.
    """
    source = _inside(other, region)
    inside = _moved(source, at, scene.label.shape)
    label = int(np.bincount(other.label[source]).argmax())
    id = label if scene.instance is None else _free(scene, label)
    styles = dict(scene.styles)
    if region in other.styles and not scene.has(id):
        styles[id] = other.styles[region]
    return _put(scene, inside, label, id, styles)


def redrawn(
    scene: Scene,
    label: np.ndarray,
    instance: Optional[np.ndarray],
    styles: Optional[Mapping[int, int]] = None,
) -> Scene:
    """A scene with other maps and perhaps other styles; those of regions that are gone go."""
    drawn, kept = Scene(label, instance), scene.styles if styles is None else styles
    return dataclasses.replace(drawn, styles={r: c for r, c in kept.items() if drawn.has(r)})


def regions(scene: Scene, of: Of) -> list[Region]:
    """What can have a style, by ids; of several labels in one instance that of most pixels.

    Raises:
      UserError: of instances, where there are none.
    """
    keys, counts = np.unique(
        _ids(scene, of).astype(np.int64) * MOST + scene.label, return_counts=True
    )
    found: dict[int, dict[int, int]] = {}
    for key, count in zip(keys.tolist(), counts.tolist()):
        found.setdefault(key // MOST, {})[key % MOST] = count
    return [
        Region(id, max(labels, key=labels.__getitem__), sum(labels.values()))
        for id, labels in found.items()
    ]


def features(scene: Scene, clusters: Mapping[int, np.ndarray], of: Of, seed: int) -> np.ndarray:
    """What a model is given beside the label map (section 3.4): a centre for each region.

    That of the chosen cluster, else of one that (seed, region) draws, as SavedModels draw it: an
    edit elsewhere changes none. Zeros where a label has no clusters.

    Args:
      clusters: [K, C] by label, one or more; K may differ.
      of: what the features are of.
      seed: from 0 on.

    Returns:
      float32 [H, W, C].

    Raises:
      UserError: of instances, where there are none; a seed that is none; or a style was chosen that
        a label does not have.
    """
    (channels,) = {centres.shape[1] for centres in clusters.values()}
    found, nothing = regions(scene, of), np.zeros([0, channels])
    seed = whole(seed, "seed", LARGEST_SEED)
    counts = [max(1, len(clusters.get(region.label, nothing))) for region in found]
    draws = drawn(seed, [region.id for region in found], counts)
    table = np.zeros([len(found), channels], np.float32)
    for row, region, draw in zip(table, found, draws):
        centres = clusters.get(region.label, nothing)
        chosen = scene.styles.get(region.id)
        if chosen is not None and not len(centres):
            told = f"style of region {region.id}: cluster {chosen}"
            raise UserError(f"{told}; wanted none, as label {region.label} has no styles")
        if chosen is not None and chosen >= len(centres):
            told = f"style of region {region.id}: cluster {chosen}"
            raise UserError(f"{told}; wanted one of the {len(centres)} of label {region.label}")
        if len(centres):
            row[:] = centres[draw if chosen is None else chosen]
    return table[np.searchsorted([region.id for region in found], _ids(scene, of))]


def _label(value: Any) -> int:
    return whole(value, "label", MOST - 1)


def _ids(scene: Scene, of: Of) -> np.ndarray:
    if of == "label":
        return scene.label
    if scene.instance is None:
        raise UserError("instance: the scene has labels alone; wanted one with instances")
    return scene.instance


def _inside(scene: Scene, region: int) -> np.ndarray:
    """Where an object is: bool [H, W]; raises UserError where there is none."""
    inside = scene.objects == whole(region, "region")
    if not inside.any():
        raise missing(scene, region)
    return np.asarray(inside)


def _free(scene: Scene, label: int) -> int:
    """The first id that no object of a label has; raises UserError where all are taken."""
    if not label:
        raise UserError("label 0: has no objects, as ids below 1000 are labels; wanted 1 or more")
    first = label * NUMBERS
    free = np.setdiff1d(np.arange(first, first + NUMBERS), scene.objects)
    if not free.size:
        raise UserError(f"label {label}: has {NUMBERS} objects; wanted fewer, to add one")
    return int(free[0])


def _moved(source: np.ndarray, at: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """A mask, bool [H, W], with its bounding box's top left elsewhere, in another shape."""
    if not isinstance(at, (tuple, list)) or len(at) != 2:
        raise UserError(f"at: {str(at)[:40]}; wanted a row and a column")
    rows, columns = (
        places - places.min() + whole(start, "at", least=-LARGEST)
        for places, start in zip(np.nonzero(source), at)
    )
    stays = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    if not stays.any():
        told = f"at: row {at[0]}, column {at[1]}: all of it would lie outside"
        raise UserError(f"{told}; wanted some of it inside {shape[0]}x{shape[1]} pixels")
    moved = np.zeros(shape, bool)
    moved[rows[stays], columns[stays]] = True
    return moved


def _put(
    scene: Scene,
    inside: np.ndarray,
    label: int,
    id: int,
    styles: Optional[Mapping[int, int]] = None,
) -> Scene:
    """A scene with other pixels and perhaps other styles."""
    instance = scene.instance
    if instance is not None:
        instance = np.where(inside, np.int32(id), instance)
    return redrawn(scene, np.where(inside, np.uint8(label), scene.label), instance, styles)
