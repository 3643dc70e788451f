"""A drawing with all that can be undone, as a file of the visitor's: the server keeps nothing.

JSON: {"project": 1, "classes": [names], "labels": PNG of ids in base64, "instances": PNG of their
four bytes, "photo", "photo_labels": of the style, "edits": […], "at": how many of them are done,
"seed": of the picture}; null where there is none.
"""

from __future__ import annotations

import base64
import io
import json
from typing import Any, Optional

import numpy as np
import orjson
from PIL import Image

from interface import pictures, texts
from interface.command_line import UserError
from serving.cast import LARGEST_SEED
from serving.page.labels import edits
from serving.page.labels.state import Drawing, State
from serving.page.labels.work import Work
from serving.scene import Reference, Scene

FORM = 1
WANTED = "project: wanted a file that this page has saved"


def saved(state: State) -> bytes:
    """The drawing and all edits over its base, done or undone."""
    kept, at = state.history.kept
    base = kept[at].work.base
    last = [drawing for drawing in kept[at:] if drawing.work.base is base][-1]
    works = last.work.all()
    scene, reference = base, kept[at].reference
    told = {
        "project": FORM,
        "classes": [*state.classes.names],
        "labels": _written(pictures.palette_png(scene.label, state.classes.colours)),
        "instances": None if scene.instance is None else _written(_of_numbers(scene.instance)),
        "photo": None if reference is None else _written(pictures.png(reference.photo)),
        "photo_labels": None if reference is None else _written(pictures.png(reference.label)),
        "edits": [edits.to_json(work.edit) for work in works if work.edit is not None],
        "at": works.index(kept[at].work),
        "seed": state.seed,
    }
    return json.dumps(told).encode()


def opened(content: bytes, state: State) -> tuple[list[Drawing], int, int]:
    """What `saved` wrote: drawings from the base on, which of them is the present one, the seed.

    Raises:
      UserError: anything else, or of other classes.
    """
    try:
        told = orjson.loads(texts.of_bytes(content))
        names, steps, at, seed = (told[name] for name in ("classes", "edits", "at", "seed"))
        fine = all(type(each) is int for each in (told["project"], at, seed))
        fine = fine and told["project"] == FORM and 0 <= at <= len(steps)
        base, reference = _base(told, state), _reference(told, state)
    except (KeyError, TypeError, ValueError, AttributeError, OSError, RecursionError):
        raise UserError(WANTED) from None
    if not fine or not 0 <= seed <= LARGEST_SEED:
        raise UserError(WANTED)
    if names != [*state.classes.names]:
        raise UserError(f"project: of other classes than {state.model} paints")
    work = Work(base)
    drawings = [Drawing(work, reference)]
    for step in steps:
        work = work.edited(edits.of_json(step))
        drawings.append(Drawing(work, reference))
    return drawings, at, seed


def _base(told: dict[str, Any], state: State) -> Scene:
    label = _read(told["labels"], state)
    if label is None or label.ndim != 2 or label.max() >= state.classes.count:
        raise ValueError
    parts = _read(told["instances"], state)
    if parts is None:
        return Scene(label.astype(np.uint8))
    if parts.shape != (*label.shape, 4):
        raise ValueError
    return Scene(label.astype(np.uint8), np.ascontiguousarray(parts).view("<i4")[..., 0])


def _reference(told: dict[str, Any], state: State) -> Optional[Reference]:
    photo, label = _read(told["photo"], state), _read(told["photo_labels"], state)
    if photo is None or label is None:
        return None
    if photo.shape != (*label.shape, 3) or label.max() >= state.classes.count:
        raise ValueError
    return Reference(photo, label.astype(np.uint8))


def _written(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _read(text: Optional[str], state: State) -> Optional[np.ndarray]:
    if text is None:
        return None
    with Image.open(io.BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]) as picture:
        if picture.width * picture.height > state.studio.limits.pixels:
            raise ValueError
        return np.asarray(picture)


def _of_numbers(numbers: np.ndarray) -> bytes:
    """A PNG whose four channels are the four bytes of each number."""
    return pictures.png(numbers.astype("<i4")[..., None].view(np.uint8))
