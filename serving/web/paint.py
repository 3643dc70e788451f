"""A photo in, its label map out; or a label map in, pictures out."""

# No `from __future__ import annotations`: FastAPI reads those below, which hold the limits.
from collections.abc import Collection
from typing import Annotated, Optional

import fastapi
import numpy as np
from fastapi import File, Form, UploadFile
from fastapi.responses import Response

from interface import pictures
from interface.command_line import UserError
from serving import reference_painter
from serving.cast import LARGEST_SEED
from serving.label_painter import SEED
from serving.models import Version
from serving.studio import Studio
from serving.web.errors import headers, refusals

FIELDS = ("photo", "photo_labels", "labels", "instances", "coloured", "seed", "count", "model")
OF_LABELS = {"instances", "seed", "count"}  # fields that say nothing of a photo
OF_STYLES = {"photo", "photo_labels", "labels", "model"}  # those of models that paint in its style
PNG, ZIP = "image/png", "application/zip"
ANSWERS = {
    200: {
        "description": "A PNG file. Of a photo: the ids of classes, shown in their colours; or "
        "these colours. Of a label map: a picture; of several, a zip.",
        "content": {PNG: {}, ZIP: {}},
        "headers": headers({"X-Model": "what painted, as parser/1: name and version"}),
    },
    **refusals(400, 401, 404, 413, 503),
}


def router(studio: Studio) -> fastapi.APIRouter:
    """The route below /api."""
    api = fastapi.APIRouter(prefix="/api", tags=["Label maps"])
    limits = studio.limits

    @api.post("/paint", response_class=Response, responses=ANSWERS)
    async def paint(
        request: fastapi.Request,
        photo: Annotated[
            Optional[UploadFile],
            File(description="to label, or whose style is painted in; of faces its largest one"),
        ] = None,
        photo_labels: Annotated[
            Optional[UploadFile],
            File(description="the photo's own label map; else a parser that is served makes it"),
        ] = None,
        labels: Annotated[
            Optional[UploadFile],
            File(description="label map to paint: a PNG of ids, or of the classes' colours"),
        ] = None,
        instances: Annotated[
            Optional[UploadFile],
            File(description="beside labels, where the model wants it: a PNG of ids"),
        ] = None,
        coloured: Annotated[
            bool, Form(description="colours instead of ids: a picture of red, green and blue")
        ] = False,
        seed: Annotated[int, Form(ge=0, le=LARGEST_SEED, description="of the first picture")] = 0,
        count: Annotated[int, Form(ge=1, le=limits.count, description="of pictures")] = 1,
        model: Annotated[Optional[str], Form(description="its name; the first one's")] = None,
    ) -> Response:
        """Label a photo, paint a label map, or paint one in the style of a photo, whichever the
        model is there for."""
        form = {*await request.form()}
        unknown = sorted(form - {*FIELDS})
        if unknown:
            raise UserError(f"{unknown[0][:80]}: no such field; there are {', '.join(FIELDS)}")
        version = studio.models.get(model)
        if reference_painter.is_one(version.model.about):
            return await _edited(studio, version, photo, [photo_labels, labels], form)
        if (photo is None) == (labels is None):
            raise UserError("wanted exactly one of photo and labels, as a field of a form")
        idle = sorted(
            form & ({"coloured", "photo_labels"} if photo is None else OF_LABELS | {"photo_labels"})
        )
        if idle:
            raise UserError(f"{idle[0]}: means nothing of {'labels' if photo is None else 'photo'}")
        if photo is not None:
            read = await photo.read()
            return _answer(await _label_map(studio, version, read, coloured), version)
        assert labels is not None
        numbers = None if instances is None else await instances.read()
        _check_fields(version, form, numbers is not None, count)
        seeds = [*range(seed, min(seed + count, LARGEST_SEED + 1))]
        return await _painted(studio, version, await labels.read(), numbers, seeds)

    return api


async def _painted(
    studio: Studio, version: Version, labels: bytes, numbers: Optional[bytes], seeds: list[int]
) -> Response:
    """A label map, with its map of instances, once for each seed."""
    images = await studio.painted(version, labels, seeds, numbers)
    content = await studio.encoded(images, [f"seed_{each}" for each in seeds])
    return _answer(content, version, ZIP if len(seeds) > 1 else PNG)


async def _edited(
    studio: Studio,
    version: Version,
    photo: Optional[UploadFile],
    files: list[Optional[UploadFile]],
    form: Collection[str],
) -> Response:
    """A label map in the style of a photo; files: the photo's own label map, and this one."""
    idle = sorted({*form} - OF_STYLES)
    if idle:
        raise UserError(
            f"{idle[0]}: means nothing to {version.name}, which paints in photos' styles"
        )
    if photo is None:
        raise UserError(f"photo: missing; {version.name} paints in the style of one")
    label_maps = [None if each is None else await each.read() for each in files]
    images = await studio.edited(version, await photo.read(), *label_maps)
    return _answer(await studio.encoded(images, ["edited"]), version)


def _answer(content: bytes, version: Version, kind: str = PNG) -> Response:
    about = {"X-Model": f"{version.name}/{version.number}"}
    return Response(content, media_type=kind, headers=about)


def _check_fields(version: Version, form: Collection[str], numbered: bool, count: int) -> None:
    """Refuse fields beside a label map that a model does not know, and a missing one."""
    signature, about = version.painter
    if about.instances and not numbered:
        raise UserError(f"instances: missing; {version.name} wants this map beside labels")
    if numbered and not about.instances:
        raise UserError(f"instances: mean nothing to {version.name}, which takes labels alone")
    if SEED in signature.inputs:
        return
    if SEED in form:
        raise UserError(f"seed: means nothing to {version.name}, whose pictures have none")
    if count > 1:
        raise UserError(f"count: wanted 1, as {version.name} has no seeds")


async def _label_map(studio: Studio, version: Version, photo: bytes, coloured: bool) -> bytes:
    """A PNG of ids, or of their colours."""
    _, ids = await studio.label_map(version, photo)
    classes = version.segmenter.label_set
    if coloured:
        return pictures.png(classes.pictured(ids))
    return pictures.palette_png(np.asarray(ids), classes.colours)
