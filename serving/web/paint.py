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
from serving import label_painter, reference_painter
from serving.cast import LARGEST_SEED
from serving.label_painter import SEED
from serving.models import Version
from serving.scene import Scene
from serving.studio import Studio
from serving.web import fields
from serving.web.errors import headers, refusals

FIELDS = (
    *("photo", "photo_labels", "labels", "instances", "coloured", "style", "seed", "count"),
    "model",
)
# Those that mean something of a photo to label, of a label map, to what paints in photos' styles.
OF_PHOTOS = {"photo", "coloured", "model"}
OF_LABELS = {"labels", "instances", "style", "seed", "count", "model"}
OF_STYLES = {"photo", "photo_labels", "labels", "model"}
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


Photo = Annotated[
    Optional[UploadFile],
    File(description="to label, or whose style is painted in; of faces its largest one"),
]
PhotoLabels = Annotated[
    Optional[UploadFile],
    File(description="the photo's own label map; else a parser that is served makes it"),
]
Labels = Annotated[
    Optional[UploadFile],
    File(description="label map to paint: a PNG of ids, or of the classes' colours"),
]
Instances = Annotated[
    Optional[UploadFile],
    File(description="beside labels, where the model wants it: a PNG of ids"),
]
Coloured = Annotated[
    bool, Form(description="colours instead of ids: a picture of red, green and blue")
]
Style = Annotated[
    Optional[str],
    Form(description='of regions, where the model has clusters: JSON, {"id": cluster}'),
]
Seed = Annotated[int, Form(ge=0, le=LARGEST_SEED, description="of the first picture")]
Model = Annotated[Optional[str], Form(description="its name; the first one's")]


def router(studio: Studio) -> fastapi.APIRouter:
    """The route below /api."""
    api = fastapi.APIRouter(prefix="/api", tags=["Label maps"])
    most = studio.limits.count

    @api.post("/paint", response_class=Response, responses=ANSWERS)
    async def paint(
        request: fastapi.Request,
        photo: Photo = None,
        photo_labels: PhotoLabels = None,
        labels: Labels = None,
        instances: Instances = None,
        coloured: Coloured = False,
        style: Style = None,
        seed: Seed = 0,
        count: Annotated[int, Form(ge=1, le=most, description="of pictures")] = 1,
        model: Model = None,
    ) -> Response:
        """Label a photo, paint a label map, or paint one in the style of a photo, whichever the
        model is there for."""
        form = fields.names(request, await request.form(), FIELDS)
        version = studio.models.get(model)
        if reference_painter.is_one(version.model.about):
            _check_fields(form, OF_STYLES, f"to {version.name}, which paints in photos' styles")
            return await _edited(studio, version, photo, [photo_labels, labels])
        if (photo is None) == (labels is None):
            raise UserError("wanted exactly one of photo and labels, as a field of a form")
        if photo is not None:
            _check_fields(form, OF_PHOTOS, "of photo")
            return await _labelled(studio, version, await photo.read(), coloured)
        assert labels is not None
        _check_fields(form, OF_LABELS, "of labels")
        _check_known(version, form, instances is not None, count)
        numbers = None if instances is None else await instances.read()
        scene = await studio.labels.scene(version.about, await labels.read(), numbers)
        if style is not None:
            scene = label_painter.styled(style, scene, "style")
        return await _painted(
            studio, version, scene, [*range(seed, min(seed + count, LARGEST_SEED + 1))]
        )

    return api


async def _painted(studio: Studio, version: Version, scene: Scene, seeds: list[int]) -> Response:
    """A scene, once for each seed."""
    images = await studio.labels.painted(version, scene, seeds)
    content = await studio.encoded(images, [f"seed_{each}" for each in seeds])
    return _answer(content, version, ZIP if len(seeds) > 1 else PNG)


async def _edited(
    studio: Studio,
    version: Version,
    photo: Optional[UploadFile],
    files: list[Optional[UploadFile]],
) -> Response:
    """A label map in the style of a photo; files: the photo's own label map, and this one."""
    if photo is None:
        raise UserError(f"photo: missing; {version.name} paints in the style of one")
    own, wanted = [None if each is None else await each.read() for each in files]
    reference = await studio.labels.reference(version, await photo.read(), own)
    scene = Scene(reference.label)
    if wanted is not None:
        scene = await studio.labels.scene(version.about, wanted)
    images = await studio.labels.painted(version, scene, [0], reference)
    return _answer(await studio.encoded(images, ["edited"]), version)


def _answer(content: bytes, version: Version, kind: str = PNG) -> Response:
    about = {"X-Model": f"{version.name}/{version.number}"}
    return Response(content, media_type=kind, headers=about)


async def _labelled(studio: Studio, version: Version, photo: bytes, coloured: bool) -> Response:
    """A PNG of ids, or of their colours."""
    _, ids = await studio.labels.label_map(version, photo)
    classes = version.segmenter.label_set
    if coloured:
        return _answer(pictures.png(classes.pictured(ids)), version)
    return _answer(pictures.palette_png(np.asarray(ids), classes.colours), version)


def _check_fields(form: Collection[str], meant: Collection[str], who: str) -> None:
    """Refuse fields that mean nothing here."""
    idle = sorted({*form} - {*meant})
    if idle:
        raise UserError(f"{idle[0]}: means nothing {who}")


def _check_known(version: Version, form: Collection[str], numbered: bool, count: int) -> None:
    """Refuse fields beside a label map that a model does not know, and a missing one."""
    signature, about = version.painter
    if about.instances and not numbered:
        raise UserError(f"instances: missing; {version.name} wants this map beside labels")
    if numbered and not about.instances:
        raise UserError(f"instances: mean nothing to {version.name}, which takes labels alone")
    if "style" in form and version.known_styles is None:
        raise UserError(f"style: means nothing to {version.name}, which has no clusters")
    if SEED in signature.inputs:
        return
    if SEED in form:
        raise UserError(f"seed: means nothing to {version.name}, whose pictures have none")
    if count > 1:
        raise UserError(f"count: wanted 1, as {version.name} has no seeds")
