"""A drawing with all that can be undone, as a file of the visitor's: the server keeps nothing.

JSON: {"project": 2, "model": its name, "classes": [names], "keeps_photo": true or false,
"labels": PNG of ids in base64, "instances": PNG of their four bytes or null,
"photos": [[PNG, PNG of its ids]], "begins": {"photo": which of them or null, "own", "seed"},
"steps": [an edit, {"photo": …} or {"seed": …}], "at": how many of them are done}.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import itertools
import json
from typing import Any, Optional

import numpy as np
import orjson
from PIL import Image

from interface import pictures, texts
from interface.command_line import UserError
from serving.cast import LARGEST_SEED
from serving.page.labels import edits
from serving.page.labels.drawing import Drawing
from serving.page.labels.state import State
from serving.page.labels.work import Work
from serving.scene import Reference, Scene

FORM = 2
WANTED = "project: wanted a file that this page has saved"
MOST_PHOTOS = 100


@dataclasses.dataclass(frozen=True)
class Project:
    """What a file brings back.

    Attributes:
      model: that it was saved at; it may be another one of these classes.
      drawings: from the base on; at: which of them is the present one.
      keeps_photo: see `State`.
    """

    model: str
    drawings: list[Drawing]
    at: int
    keeps_photo: bool


def saved(state: State) -> bytes:
    """The drawing and all steps since its label map began, done or undone."""
    kept, at = state.history.kept
    begin, end = _course(kept, at)
    first, *others = kept[begin:end]
    base = first.work.base
    # Edits that can't be undone any more are still what the map is made of.
    chain = [dataclasses.replace(first, work=work) for work in first.work.all()[:-1]]
    begins, *_ = chain = [*chain, first, *others]
    photos = list({id(each.reference): each.reference for each in chain if each.reference}.values())
    told = {
        "project": FORM,
        "model": state.model,
        "classes": [*state.classes.names],
        "keeps_photo": state.keeps_photo,
        "labels": _written(pictures.palette_png(base.label, state.classes.colours)),
        "instances": None if base.instance is None else _written(_of_numbers(base.instance)),
        "photos": [[_written(pictures.png(each)) for each in photo] for photo in photos],
        "begins": {**_photo(begins, photos), "own": begins.own, "seed": begins.seed},
        "steps": [_step(one, other, photos) for one, other in itertools.pairwise(chain)],
        "at": chain.index(kept[at]),
    }
    return json.dumps(told).encode()


def opened(content: bytes, state: State) -> Project:
    """What `saved` wrote.

    Raises:
      UserError: anything else, or of other classes.
    """
    try:
        told = orjson.loads(texts.of_bytes(content))
        if told["project"] != FORM or len(told["photos"]) > MOST_PHOTOS:
            raise ValueError
        if told["classes"] != [*state.classes.names]:
            raise UserError(f"project: of other classes than {state.model} paints")
        photos, begins = [_reference(each, state) for each in told["photos"]], told["begins"]
        reference, own = _named(begins["photo"], photos), _flag(begins["own"])
        drawings = [Drawing(Work(_base(told, state)), reference, own, _seed(begins["seed"]))]
        for step in told["steps"]:
            drawings.append(_stepped(drawings[-1], step, photos))
        at, keeps = told["at"], _flag(told["keeps_photo"])
        if type(at) is not int or not 0 <= at < len(drawings) or type(told["model"]) is not str:
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError, OSError, RecursionError):
        raise UserError(WANTED) from None
    return Project(told["model"], drawings, at, keeps)


def _course(kept: list[Drawing], at: int) -> tuple[int, int]:
    """From where to where the drawings reach that began with the label map of this one."""
    works = [each.work for each in kept]
    begins = [n for n in range(1, len(kept)) if not works[n].edit and works[n] is not works[n - 1]]
    return max([0, *(n for n in begins if n <= at)]), min(
        [len(kept), *(n for n in begins if n > at)]
    )


def _step(before: Drawing, after: Drawing, photos: list[Reference]) -> dict[str, Any]:
    if after.work is not before.work:
        assert after.work.edit is not None
        return edits.to_json(after.work.edit)
    if after.reference is not before.reference:
        return _photo(after, photos)
    return {"seed": after.seed}


def _stepped(before: Drawing, step: dict[str, Any], photos: list[Reference]) -> Drawing:
    if "photo" in step:
        return before.like(_named(step["photo"], photos))
    if "seed" in step:
        return before.seeded(_seed(step["seed"]))
    return before.edited(edits.of_json(step))


def _photo(drawing: Drawing, photos: list[Reference]) -> dict[str, Any]:
    numbers = [number for number, each in enumerate(photos) if each is drawing.reference]
    return {"photo": numbers[0] if numbers else None}


def _named(number: Any, photos: list[Reference]) -> Optional[Reference]:
    if number is None:
        return None
    if type(number) is not int or not 0 <= number < len(photos):
        raise ValueError
    return photos[number]


def _seed(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_SEED:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


def _base(told: dict[str, Any], state: State) -> Scene:
    label = _read(told["labels"], state)
    if label.ndim != 2 or label.max() >= state.classes.count:
        raise ValueError
    if told["instances"] is None:
        return Scene(label.astype(np.uint8))
    parts = _read(told["instances"], state)
    if parts.shape != (*label.shape, 4):
        raise ValueError
    return Scene(label.astype(np.uint8), np.ascontiguousarray(parts).view("<i4")[..., 0])


def _reference(told: Any, state: State) -> Reference:
    photo, label = (_read(each, state) for each in told)
    if photo.shape != (*label.shape, 3) or label.max() >= state.classes.count:
        raise ValueError
    return Reference(photo, label.astype(np.uint8))


def _written(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _read(text: Any, state: State) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]) as picture:
        if picture.width * picture.height > state.studio.limits.pixels:
            raise ValueError
        return np.asarray(picture)


def _of_numbers(numbers: np.ndarray) -> bytes:
    """A PNG whose four channels are the four bytes of each number."""
    return pictures.png(numbers.astype("<i4")[..., None].view(np.uint8))
