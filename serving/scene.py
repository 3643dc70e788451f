"""A label map that is being edited: its pixels, its objects, the styles that were chosen."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Optional

import numpy as np

from interface.command_line import UserError

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
        _set(self, "label", kept(self.label, "label", np.uint8, _of_picture(self.label)))
        if self.instance is not None:
            size = self.label.shape[:2]
            _set(self, "instance", kept(self.instance, "instance", np.int32, size))
            if self.instance.min() < 0:
                raise UserError(f"instance: id {self.instance.min()}; wanted ids from 0 on")
        styles = {
            there(self, region): whole(cluster, f"style of region {region}")
            for region, cluster in self.styles.items()
        }
        _set(self, "styles", types.MappingProxyType(styles))

    def has(self, region: int) -> bool:
        """Whether any pixel is of a region, be it an instance or a label."""
        maps = (self.label, self.instance)
        return any(ids is not None and bool((ids == region).any()) for ids in maps)

    @property
    def bytes(self) -> int:
        """That its maps take in memory."""
        return self.label.nbytes + (0 if self.instance is None else self.instance.nbytes)

    def is_like(self, other: Scene) -> bool:
        """Whether all pixels and styles are the same."""
        maps = (self.label, other.label), (self.instance, other.instance)
        same = all(one is two or _equal(one, two) for one, two in maps)
        return same and self.styles == other.styles

    @property
    def objects(self) -> np.ndarray:
        """[H, W]: ids of what is edited as a whole, instances or else labels."""
        return self.label if self.instance is None else self.instance


class Reference(NamedTuple):
    """A photo whose style is asked for, uint8 [H, W, 3], and its label map, uint8 [H, W]."""

    photo: np.ndarray
    label: np.ndarray


def _equal(one: Optional[np.ndarray], other: Optional[np.ndarray]) -> bool:
    return one is not None and other is not None and np.array_equal(one, other)


def _set(scene: Scene, name: str, value: Any) -> None:
    object.__setattr__(scene, name, value)  # a frozen dataclass has no other way


def kept(
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


def whole(value: Any, name: str, most: int = LARGEST, least: int = 0) -> int:
    """A number as JSON or NumPy gives it; raises UserError for anything else."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        told = f"{name}: {str(value)[:40]}; wanted a whole number from {least} to {most}"
        raise UserError(told)
    return int(value)


def there(scene: Scene, region: int) -> int:
    """A region that may have a style; raises UserError where there is none."""
    if not scene.has(whole(region, "region")):
        raise missing(scene, region)
    return int(region)


def missing(scene: Scene, region: int) -> UserError:
    known = np.unique(scene.objects).tolist()
    listed = ", ".join(map(str, known[:SHOWN])) + (", …" if len(known) > SHOWN else "")
    return UserError(f"region {region}: not in the scene; wanted one of {listed}")
