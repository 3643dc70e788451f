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
from serving.models import Signature, Tensor, Version
from serving.studio import Studio
from serving.web.errors import refusals

DEFAULT = "serving_default"
EXAMPLE = {"signature_name": "sample", "inputs": {"mask": [[[[0.0], [1.0]]]], "seed": [3]}}
BODY = {
    "type": "object",
    "properties": {
        "signature_name": {"type": "string"},
        "instances": {"type": "array", "description": "a row each: {input: value, …}"},
        "inputs": {"type": "object", "description": "columns: {input: [value, …], …}"},
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
        return await _predict(studio, models.get(name), await request.body())

    @api.post("/{name}/versions/{number}:predict", **about)
    async def version_predict(request: fastapi.Request, name: str, number: int) -> Response:
        """Call a signature of this version."""
        return await _predict(studio, models.get(name, number), await request.body())

    return api


def _status(version: Version) -> dict[str, Any]:
    fine = {"error_code": "OK", "error_message": ""}
    served = {"version": str(version.number), "state": "AVAILABLE", "status": fine}
    return {"model_version_status": [served]}


def _metadata(version: Version) -> dict[str, Any]:
    spec = {"name": version.name, "signature_name": "", "version": str(version.number)}
    signatures = {"signature_def": version.definitions}
    return {"model_spec": spec, "metadata": {"signature_def": signatures}}


async def _predict(studio: Studio, version: Version, content: bytes) -> Response:
    """Long lists of numbers are read and written aside, while others are served."""
    in_thread = asyncio.get_running_loop().run_in_executor
    most = studio.limits.count
    by_row, signature, inputs = await in_thread(None, _asked, version, content, most)
    outputs = await studio.batcher.run(signature, **inputs)
    answer = await in_thread(None, _answered, outputs, by_row)
    return Response(answer, media_type="application/json")


def _asked(
    version: Version, content: bytes, most: int
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
    if ("instances" in body) == ("inputs" in body):
        raise UserError("wanted either 'instances' or 'inputs', and not both")
    by_row = "instances" in body
    columns = _columns(body["instances"]) if by_row else body["inputs"]
    return by_row, signature, _arrays(signature, columns, most)


def _columns(instances: Any) -> dict[str, list[Any]]:
    """[{input: value}, …] → {input: [value, …]}."""
    if not isinstance(instances, list) or not instances:
        raise UserError("'instances': wanted a list with a row or more")
    if not all(isinstance(row, dict) and row.keys() == instances[0].keys() for row in instances):
        raise UserError("'instances': wanted objects, all with the same inputs by name")
    return {name: [row[name] for row in instances] for name in instances[0]}


def _arrays(signature: Signature, columns: Any, most: int) -> dict[str, np.ndarray]:
    wanted = signature.inputs
    if not isinstance(columns, dict) or columns.keys() != wanted.keys():
        found = ", ".join(map(str, columns))[:80] if isinstance(columns, dict) else "no object"
        raise UserError(f"inputs: found {found}; wanted {', '.join(wanted)}")
    arrays = {name: _array(name, columns[name], tensor) for name, tensor in wanted.items()}
    counts = {len(array) for array in arrays.values()}
    if len(counts) > 1:
        raise UserError("inputs: wanted as many rows of one as of the others")
    if not 1 <= counts.pop() <= most:
        raise UserError(f"wanted 1 to {most} rows")
    return arrays


def _array(name: str, value: Any, wanted: Tensor) -> np.ndarray:
    shape = "[" + ", ".join(map(str, ("N", *wanted.shape))) + "]"
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError, TypeError):  # ragged, or too deep
        array = np.empty(0, object)
    if array.shape[1:] != wanted.shape or array.ndim != len(wanted.shape) + 1:
        raise UserError(f"{name}: wanted numbers in nested lists of shape {shape}")
    if array.dtype.kind not in ("iuf" if wanted.dtype.kind == "f" else "i"):
        raise UserError(f"{name}: wanted {wanted.dtype.name} numbers")
    with np.errstate(over="ignore"):
        array = array.astype(wanted.dtype)
    if not np.isfinite(array).all():
        raise UserError(f"{name}: wanted finite {wanted.dtype.name} numbers")
    return np.asarray(array)


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
