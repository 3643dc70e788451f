"""Label maps as they are edited: objects relabelled, painted, restyled and pasted.

pix2pixHD (arXiv 1711.11585), sections 3.4 and 4. Every edit leaves the scene it is given as it is,
so `serving.page.history.History` undoes all of them.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Optional

import numpy as np

from input_pipeline.label_maps.label_sets import MOST
from interface.command_line import UserError
from serving.cast import LARGEST_SEED
from serving.styles import drawn

Of = Literal["instance", "label"]  # what a model's features are of

NUMBERS = 1000  # Cityscapes' ids: label · 1000 + number for an object, below that the label itself
LARGEST = np.iinfo(np.int32).max
SHOWN = 5  # regions that a message lists


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """A label map that is being edited.

    What a region is follows from the model: an instance, or all of a label. Ids of the two never
    clash: one below `NUMBERS` is a label's, whose stuff (all that is no single object) has it too.

    Attributes:
      label: uint8 [H, W], ids of classes; or [H, W, 3], a picture to be painted from as it is. As
        `instance`, it can't be written to.
      instance: int32 [H, W], ids from 0 on, or None where objects are not told apart.
      styles: cluster by region, where one was chosen; the seed draws those of all other regions. A
        choice stays while anything has its id: that of stuff until its label is gone.

    Raises:
      UserError: arrays of other kinds, or a style of a region that is not there.
    """

    label: np.ndarray
    instance: Optional[np.ndarray] = None
    styles: Mapping[int, int] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        _set(self, "label", _kept(self.label, "label", np.uint8, _of_picture(self.label)))
        if self.instance is not None:
            size = self.label.shape[:2]
            _set(self, "instance", _kept(self.instance, "instance", np.int32, size))
            if self.instance.min() < 0:
                raise UserError(f"instance: id {self.instance.min()}; wanted ids from 0 on")
        styles = {
            _there(self, region): _whole(cluster, f"style of region {region}")
            for region, cluster in self.styles.items()
        }
        _set(self, "styles", types.MappingProxyType(styles))

    def has(self, region: int) -> bool:
        """Whether any pixel is of a region, be it an instance or a label."""
        maps = (self.label, self.instance)
        return any(ids is not None and bool((ids == region).any()) for ids in maps)

    @property
    def objects(self) -> np.ndarray:
        """[H, W]: ids of what is edited as a whole, instances or else labels."""
        return self.label if self.instance is None else self.instance


class Reference(NamedTuple):
    """A photo whose style is asked for, uint8 [H, W, 3], and its label map, uint8 [H, W]."""

    photo: np.ndarray
    label: np.ndarray


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
    mask, label = _kept(mask, "mask", np.bool_, scene.label.shape), _label(label)
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
    region = _there(scene, region)
    if not clusters:
        raise UserError(f"region {region}: its label has no clusters; wanted one that has")
    chosen = _whole(cluster, "cluster", clusters - 1)
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
    there, nothing = regions(scene, of), np.zeros([0, channels])
    seed = _whole(seed, "seed", LARGEST_SEED)
    counts = [max(1, len(clusters.get(region.label, nothing))) for region in there]
    draws = drawn(seed, [region.id for region in there], counts)
    table = np.zeros([len(there), channels], np.float32)
    for row, region, draw in zip(table, there, draws):
        centres = clusters.get(region.label, nothing)
        chosen = scene.styles.get(region.id)
        if chosen is not None and chosen >= len(centres):
            told = f"style of region {region.id}: cluster {chosen}"
            raise UserError(f"{told}; wanted one of the {len(centres)} of label {region.label}")
        if len(centres):
            row[:] = centres[draw if chosen is None else chosen]
    return table[np.searchsorted([region.id for region in there], _ids(scene, of))]


def _set(scene: Scene, name: str, value: Any) -> None:
    object.__setattr__(scene, name, value)  # a frozen dataclass has no other way


def _kept(
    array: Any, name: str, kind: type[np.generic], shape: Optional[tuple[int, ...]] = None
) -> np.ndarray:
    """An array of this kind that nobody will write to: a copy of one that somebody could.

    Raises:
      UserError: it is of another kind or shape.
    """
    array = np.asarray(array)
    fits = array.shape == shape if shape else array.ndim == 2 and array.size
    if array.dtype != kind or not fits:
        found = f"{array.dtype.name} {'x'.join(map(str, array.shape))}"
        size = "x".join(map(str, shape)) if shape else "HxW"
        raise UserError(f"{name}: {found}; wanted {np.dtype(kind).name} {size}")
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


def _of_picture(label: Any) -> Optional[tuple[int, ...]]:
    """The shape of one that is a picture."""
    shape = np.shape(label)
    return shape if len(shape) == 3 and shape[2] == 3 and 0 not in shape else None


def _whole(value: Any, name: str, most: int = LARGEST, least: int = 0) -> int:
    """A number as JSON or NumPy gives it; raises UserError for anything else."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        told = f"{name}: {str(value)[:40]}; wanted a whole number from {least} to {most}"
        raise UserError(told)
    return int(value)


def _label(value: Any) -> int:
    return _whole(value, "label", MOST - 1)


def _ids(scene: Scene, of: Of) -> np.ndarray:
    if of == "label":
        return scene.label
    if scene.instance is None:
        raise UserError("instance: the scene has labels alone; wanted one with instances")
    return scene.instance


def _inside(scene: Scene, region: int) -> np.ndarray:
    """Where an object is: bool [H, W]; raises UserError where there is none."""
    inside = scene.objects == _whole(region, "region")
    if not inside.any():
        raise _missing(scene, region)
    return np.asarray(inside)


def _there(scene: Scene, region: int) -> int:
    """A region that may have a style; raises UserError where there is none."""
    if not scene.has(_whole(region, "region")):
        raise _missing(scene, region)
    return int(region)


def _missing(scene: Scene, region: int) -> UserError:
    known = np.unique(scene.objects).tolist()
    listed = ", ".join(map(str, known[:SHOWN])) + (", …" if len(known) > SHOWN else "")
    return UserError(f"region {region}: not in the scene; wanted one of {listed}")


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
        places - places.min() + _whole(start, "at", least=-LARGEST)
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
