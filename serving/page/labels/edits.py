"""What a person does to a scene, step by step: small values, which files can keep.

Places are in sides of the label map. Applied to the same scene an edit always makes the same one.
"""

from __future__ import annotations

import base64
import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from PIL import Image, ImageDraw

from interface.command_line import UserError
from serving import editing, objects
from serving.objects import Clip, Pixel
from serving.page import pen
from serving.page.gestures import FARTHEST
from serving.page.pen import Place
from serving.scene import LARGEST, Scene

MOST_PLACES = 20_000  # of one edit; further ones are left out
WIDEST = 1000  # pixels of the map


class Edit(Protocol):
    """One of the classes below."""

    @property
    def bytes(self) -> int:
        """That it takes in memory, about."""

    def onto(self, scene: Scene) -> Scene:
        """The scene with it. Raises UserError: it can't be done."""


@dataclasses.dataclass(frozen=True)
class Stroke:
    """A line drawn freehand, or a straight one.

    Attributes:
      width: in pixels of the map.
      label: that is painted; own: as an object of its own, where the model tells them apart.
    """

    places: tuple[Place, ...]
    width: float
    label: int
    own: bool = False

    @property
    def bytes(self) -> int:
        return 200 + 120 * len(self.places)

    def onto(self, scene: Scene) -> Scene:
        picture = _blank(scene)
        pen.draw(picture, self.places, self.width, 1)
        return _painted(scene, picture, self.label, self.own)


@dataclasses.dataclass(frozen=True)
class Area:
    """A polygon, edges included; two corners are those of a rectangle, edge to edge."""

    corners: tuple[Place, ...]
    label: int
    own: bool = False

    @property
    def bytes(self) -> int:
        return 200 + 120 * len(self.corners)

    def onto(self, scene: Scene) -> Scene:
        picture = _blank(scene)
        pixels = [
            (math.floor(x * picture.width), math.floor(y * picture.height)) for x, y in self.corners
        ]
        if len(pixels) == 2:
            (left, right), (top, bottom) = (sorted(sides) for sides in zip(*pixels))
            ImageDraw.Draw(picture).rectangle([left, top, right, bottom], fill=1)
        else:
            ImageDraw.Draw(picture).polygon(pixels, fill=1, outline=1)
        return _painted(scene, picture, self.label, self.own)


@dataclasses.dataclass(frozen=True)
class Filled:
    """All that hangs together around a place."""

    place: Place
    label: int

    bytes = 200

    def onto(self, scene: Scene) -> Scene:
        return objects.relabel(scene, pixel(scene, self.place), self.label)


@dataclasses.dataclass(frozen=True)
class Removed:
    """An object; what is around it grows over it."""

    place: Place

    bytes = 200

    def onto(self, scene: Scene) -> Scene:
        return objects.remove(scene, pixel(scene, self.place))


@dataclasses.dataclass(frozen=True)
class Moved:
    """An object, by so many sides of the map to the right and down."""

    place: Place
    by: Place

    bytes = 200

    def onto(self, scene: Scene) -> Scene:
        height, width = scene.label.shape[:2]
        by = round(self.by[1] * height), round(self.by[0] * width)
        return objects.move(scene, pixel(scene, self.place), by)


@dataclasses.dataclass(frozen=True)
class Pasted:
    """A copied object, at its box's left top corner."""

    clip: Clip
    corner: Place

    @property
    def bytes(self) -> int:
        return 400 + self.clip.mask.nbytes

    def onto(self, scene: Scene) -> Scene:
        height, width = scene.label.shape[:2]
        row, column = math.floor(self.corner[1] * height), math.floor(self.corner[0] * width)
        return objects.paste(scene, self.clip, (row, column))


@dataclasses.dataclass(frozen=True)
class Styled:
    """One of its label's clusters for a region; see `editing.restyle`."""

    region: int
    cluster: int
    clusters: int

    bytes = 200

    def onto(self, scene: Scene) -> Scene:
        return editing.restyle(scene, self.region, self.cluster, self.clusters)


KINDS: dict[str, Any] = {
    kind.__name__.lower(): kind for kind in (Stroke, Area, Filled, Removed, Moved, Pasted, Styled)
}


def pixel(scene: Scene, place: Place) -> Pixel:
    """Row and column of the pixel at a place, or of the nearest one."""
    height, width = scene.label.shape[:2]
    row, column = math.floor(place[1] * height), math.floor(place[0] * width)
    return min(max(row, 0), height - 1), min(max(column, 0), width - 1)


def to_json(edit: Edit) -> dict[str, Any]:
    """For a project's file."""
    told = {f.name: getattr(edit, f.name) for f in dataclasses.fields(edit)}  # type: ignore[arg-type]
    if isinstance(edit, Pasted):
        told["clip"] = _clip_to_json(edit.clip)
    return {"edit": type(edit).__name__.lower(), **told}


def of_json(told: Mapping[str, Any]) -> Edit:
    """What `to_json` tells.

    Raises:
      UserError: anything else.
    """
    try:
        kind = KINDS[told["edit"]]
        values = {f.name: READ[f.name](told[f.name]) for f in dataclasses.fields(kind)}
        return kind(**values)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError(f"project: an edit that is none: {str(told)[:80]}") from None


def _place(value: Any) -> Place:
    x, y = (float(each) for each in value)
    if not max(abs(x), abs(y)) <= FARTHEST:  # nor what is no number
        raise ValueError
    return x, y


def _places(values: Sequence[Any]) -> tuple[Place, ...]:
    if not 1 <= len(values) <= MOST_PLACES:
        raise ValueError
    return tuple(_place(each) for each in values)


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise ValueError
    return value


def _width(value: Any) -> float:
    if not 0 <= float(value) <= WIDEST:
        raise ValueError
    return float(value)


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


def _clip_to_json(clip: Clip) -> dict[str, Any]:
    bits = base64.b64encode(np.packbits(clip.mask).tobytes()).decode()
    told = {"size": clip.mask.shape, "bits": bits, "corner": clip.corner}
    return {**told, "label": clip.label, "style": clip.style}


def _clip(told: Mapping[str, Any]) -> Clip:
    height, width = (_number(each) for each in told["size"])
    bits = np.frombuffer(base64.b64decode(told["bits"], validate=True), np.uint8)
    if not bits.size == -(-height * width // 8) > 0:
        raise ValueError
    mask = np.unpackbits(bits, count=height * width).reshape(height, width).astype(bool)
    if not mask.any():
        raise ValueError
    row, column = (_number(each) for each in told["corner"])
    style = None if told["style"] is None else _number(told["style"])
    return Clip(mask, (row, column), _number(told["label"]), style)


READ: dict[str, Any] = {  # how a field of that name is read
    **dict.fromkeys(("place", "by", "corner"), _place),
    **dict.fromkeys(("places", "corners"), _places),
    **dict.fromkeys(("label", "region", "cluster", "clusters"), _number),
    "width": _width,
    "own": _flag,
    "clip": _clip,
}


def _blank(scene: Scene) -> Image.Image:
    height, width = scene.label.shape[:2]
    return Image.new("L", (width, height))


def _painted(scene: Scene, picture: Image.Image, label: int, own: bool) -> Scene:
    """Where the picture is not 0; a line that missed the map changes nothing."""
    mask = np.asarray(picture) > 0
    if not mask.any():
        return scene
    return editing.paint(scene, mask, label, own and scene.instance is not None and label > 0)
