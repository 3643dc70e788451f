"""A drawing, landmarks or a photo in, faces out."""

# No `from __future__ import annotations`: FastAPI reads those below, which hold the limits.
from typing import Annotated, Optional

import fastapi
import numpy as np
import orjson
from fastapi import File, Form, UploadFile
from fastapi.responses import Response

from interface.command_line import UserError
from serving import cast
from serving.asked.landmarks import Asked
from serving.cast import LARGEST_SEED
from serving.models import Version
from serving.studio import Studio
from serving.web import fields
from serving.web.errors import headers, refusals

FIELDS = ("mask", "landmarks", "photo", "seed", "count", "model")
PNG, ZIP = "image/png", "application/zip"
ANSWERS = {
    200: {
        "description": "A PNG file; of several faces, a zip.",
        "content": {PNG: {}, ZIP: {}},
        "headers": headers(
            {
                "X-Model": "what painted, as portraits/1: the model's name and its version",
                "X-Seeds": "whose faces they are, as 3,4,5: in the order of the zip's files",
            }
        ),
    },
    **refusals(400, 401, 404, 413, 503),
}


def router(studio: Studio) -> fastapi.APIRouter:
    """The route below /api."""
    api = fastapi.APIRouter(prefix="/api", tags=["Faces"])
    limits = studio.limits

    @api.post("/generate", response_class=Response, responses=ANSWERS)
    async def generate(
        request: fastapi.Request,
        mask: Annotated[
            Optional[UploadFile],
            File(
                description="picture of lines on a plain ground, of the model's size or a multiple"
            ),
        ] = None,
        landmarks: Annotated[
            Optional[str], Form(description="JSON: 68 pairs [x, y], from 0 to 1")
        ] = None,
        photo: Annotated[
            Optional[UploadFile], File(description="its largest face's landmarks are followed")
        ] = None,
        seed: Annotated[
            Optional[int],
            Form(
                ge=0,
                le=LARGEST_SEED,
                description="of the first face, the next has the next; without: the model's cast, "
                "the faces that differ most",
            ),
        ] = None,
        count: Annotated[int, Form(ge=1, le=limits.count, description="of faces")] = 1,
        model: Annotated[Optional[str], Form(description="its name; the first one's")] = None,
    ) -> Response:
        """Paint faces that follow one of `mask`, `landmarks` and `photo`."""
        fields.names(request, await request.form(), FIELDS)
        version = studio.models.get(model)
        known = version.face
        asked = await _asked(studio, version, mask, landmarks, photo)
        if seed is None:
            seeds = cast.seeds(known.cast, count)
        else:
            seeds = [*range(seed, min(seed + count, LARGEST_SEED + 1))]
        limits.check({"mask": np.broadcast_to(asked.mask, [len(seeds), *asked.mask.shape])})
        images = await studio.faces(version, asked.mask, seeds)
        content = await studio.encoded(images, [f"seed_{each}" for each in seeds])
        about = {
            "X-Model": f"{version.name}/{version.number}",
            "X-Seeds": ",".join(map(str, seeds)),
        }
        return Response(content, media_type=ZIP if len(seeds) > 1 else PNG, headers=about)

    return api


async def _asked(
    studio: Studio,
    version: Version,
    mask: Optional[UploadFile],
    landmarks: Optional[str],
    photo: Optional[UploadFile],
) -> Asked:
    if (mask is not None) + (landmarks is not None) + (photo is not None) != 1:
        raise UserError("wanted exactly one of mask, landmarks and photo, as a field of a form")
    if mask is not None:
        return await studio.of_picture(version, await mask.read())
    if photo is not None:
        return await studio.of_photo(version, await photo.read())
    try:
        points = orjson.loads((landmarks or "").lstrip("\ufeff"))  # of a file that is sent
    except ValueError as error:
        raise UserError(f"landmarks: not JSON: {error}") from None
    return await studio.of_landmarks(version, points)
