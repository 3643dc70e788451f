"""TensorFlow Serving's REST API (its documentation's "RESTful API") for the served models.

A client can move to tensorflow_model_server with the same SavedModels and without a change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import fastapi
import numpy as np
import orjson
from fastapi.responses import Response

from interface.command_line import UserError
from serving.asked import arrays
from serving.limits import Limits
from serving.models import Version
from serving.signatures import DEFAULT, Signature
from serving.studio import Studio
from serving.web import unpacked
from serving.web.errors import refusals

EXAMPLE = {"signature_name": "sample", "inputs": {"mask": [[[[0.0], [1.0]]]], "seed": [3]}}
BODY = {
    "type": "object",
    "properties": {
        "signature_name": {"type": "string"},
        "instances": {
            "type": "array",
            "description": "a row each: {input: value, …}; of a single input its value alone",
        },
        "inputs": {
            "type": ["object", "array"],
            "description": "columns: {input: [value, …], …}; of a single input its values alone",
        },
    },
}


def router(studio: Studio) -> fastapi.APIRouter:
    """The routes below /v1."""
    api = fastapi.APIRouter(
        prefix="/v1/models",
        tags=["TensorFlow Serving"],
        responses=refusals(400, 401, 404, 413, 503),
    )
    models = studio.models

    @api.get("/{name}")
    async def status(name: str) -> dict[str, Any]:
        """Which version is served."""
        return _status(models.get(name))

    @api.get("/{name}/versions/{number}")
    async def version_status(name: str, number: int) -> dict[str, Any]:
        """Whether this version is served."""
        return _status(models.get(name, number))

    @api.get("/{name}/metadata")
    async def metadata(name: str) -> dict[str, Any]:
        """The signatures, their inputs and outputs."""
        return _metadata(models.get(name))

    @api.get("/{name}/versions/{number}/metadata")
    async def version_metadata(name: str, number: int) -> dict[str, Any]:
        """The signatures, their inputs and outputs."""
        return _metadata(models.get(name, number))

    body = {"content": {"application/json": {"schema": BODY, "example": EXAMPLE}}}
    about: dict[str, Any] = {"openapi_extra": {"requestBody": {"required": True, **body}}}

    @api.post("/{name}:predict", **about)
    async def predict(request: fastapi.Request, name: str) -> Response:
        """Call a signature with rows ("instances") or columns ("inputs")."""
        content = await unpacked.body(request, studio.limits.body)
        return await _predict(studio, models.get(name), content)

    @api.post("/{name}/versions/{number}:predict", **about)
    async def version_predict(request: fastapi.Request, name: str, number: int) -> Response:
        """Call a signature of this version."""
        content = await unpacked.body(request, studio.limits.body)
        return await _predict(studio, models.get(name, number), content)

    return api


def _status(version: Version) -> dict[str, Any]:
    fine = {"error_code": "OK", "error_message": ""}
    served = {"version": str(version.number), "state": "AVAILABLE", "status": fine}
    return {"model_version_status": [served]}


def _metadata(version: Version) -> dict[str, Any]:
    spec = {"name": version.name, "signature_name": "", "version": str(version.number)}
    signatures = {"signature_def": version.model.definitions}
    return {"model_spec": spec, "metadata": {"signature_def": signatures}}


async def _predict(studio: Studio, version: Version, content: bytes) -> Response:
    """Long lists of numbers are read and written aside, while others are served."""
    in_thread = asyncio.get_running_loop().run_in_executor
    given = version, content, studio.limits
    by_row, signature, inputs = await in_thread(None, _asked, *given)
    outputs = await studio.batcher.run(signature, **inputs)
    answer = await in_thread(None, _answered, outputs, by_row)
    return Response(answer, media_type="application/json")


def _asked(
    version: Version, content: bytes, limits: Limits
) -> tuple[bool, Signature, dict[str, np.ndarray]]:
    """Whether in rows, what to call, and with what."""
    try:
        body = orjson.loads(content)
    except ValueError as error:
        raise UserError(f"JSON Parse error: {error}") from None
    if not isinstance(body, dict):
        raise UserError("the body is no JSON object; wanted {'instances': …} or {'inputs': …}")
    name = body.get("signature_name") or DEFAULT
    signature = version.signatures.get(name) if isinstance(name, str) else None
    if signature is None:
        known = ", ".join(version.signatures)
        raise UserError(f"Serving signature name: {str(name)[:80]!r} not found; there are {known}")
    by_row = "instances" in body
    if by_row == ("inputs" in body):
        raise UserError("wanted either 'instances' or 'inputs', and not both")
    single = len(signature.inputs) == 1  # goes without its name
    columns = _columns(body["instances"], single) if by_row else body["inputs"]
    if single and isinstance(columns, list):
        columns = dict.fromkeys(signature.inputs, columns)
    inputs = arrays.of_columns(columns, signature, version.about)
    limits.check(inputs)
    return by_row, signature, inputs


def _columns(instances: Any, single: bool) -> Any:
    """[{input: value}, …] → {input: [value, …]}; plain values of a single input stay a list."""
    if not isinstance(instances, list) or not instances:
        raise UserError("'instances': wanted a list with a row or more")
    if single and not any(isinstance(row, dict) for row in instances):
        return instances
    if not all(isinstance(row, dict) and row.keys() == instances[0].keys() for row in instances):
        raise UserError("'instances': wanted objects, all with the same inputs by name")
    return {name: [row[name] for row in instances] for name in instances[0]}


def _answered(outputs: Mapping[str, np.ndarray], by_row: bool) -> bytes:
    """A single output goes without its name."""
    outputs = {name: np.ascontiguousarray(array) for name, array in outputs.items()}
    content: Any = outputs
    if len(outputs) == 1:
        (content,) = outputs.values()
    elif by_row:
        rows = zip(*outputs.values())
        content = [dict(zip(outputs, row)) for row in rows]
    key = "predictions" if by_row else "outputs"
    return orjson.dumps({key: content}, option=orjson.OPT_SERIALIZE_NUMPY)
