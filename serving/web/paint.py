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
from serving.cast import LARGEST_SEED
from serving.label_painter import SEED
from serving.models import Version
from serving.studio import Studio
from serving.web.errors import headers, refusals

FIELDS = ("photo", "labels", "instances", "coloured", "seed", "count", "model")
OF_LABELS = {"instances", "seed", "count"}  # fields that say nothing of a photo
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
            File(description="of a parser of faces, its largest face is cut out and labelled"),
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
        """Label a photo, or paint a label map, whichever the model is there for."""
        form = {*await request.form()}
        unknown = sorted(form - {*FIELDS})
        if unknown:
            raise UserError(f"{unknown[0][:80]}: no such field; there are {', '.join(FIELDS)}")
        if (photo is None) == (labels is None):
            raise UserError("wanted exactly one of photo and labels, as a field of a form")
        idle = sorted(form & ({"coloured"} if photo is None else OF_LABELS))
        if idle:
            raise UserError(f"{idle[0]}: means nothing of {'labels' if photo is None else 'photo'}")
        version = studio.models.get(model)
        about = {"X-Model": f"{version.name}/{version.number}"}
        if photo is not None:
            content = await _label_map(studio, version, await photo.read(), coloured)
            return Response(content, media_type=PNG, headers=about)
        assert labels is not None
        numbers = None if instances is None else await instances.read()
        _check_fields(version, form, numbers is not None, count)
        seeds = [*range(seed, min(seed + count, LARGEST_SEED + 1))]
        images = await studio.painted(version, await labels.read(), seeds, numbers)
        content = await studio.encoded(images, [f"seed_{each}" for each in seeds])
        return Response(content, media_type=ZIP if len(seeds) > 1 else PNG, headers=about)

    return api


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
