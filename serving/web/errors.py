"""Each answer that is none has one plain sentence, as {"error": …}."""

from __future__ import annotations

from typing import Any

import fastapi
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from interface.command_line import UserError
from serving.batching import Full
from serving.models import NotServed

REASONS = {
    400: "Something in the request is wrong.",
    404: "Not served.",
    413: "The body is too large.",
    503: "Too many requests are waiting, or it took too long.",
}
SCHEMA = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's description: that it may answer with these."""
    content = {"application/json": {"schema": SCHEMA}}
    return {status: {"description": REASONS[status], "content": content} for status in statuses}


def answer(status: int, text: str, headers: Any = None) -> Response:
    """An error's answer."""
    return JSONResponse({"error": text}, status, headers)


def add_to(app: fastapi.FastAPI) -> None:
    """Make answers of what the routes raise."""

    @app.exception_handler(UserError)
    async def useranswer(_: Any, error: UserError) -> Response:
        return answer(400, str(error))

    @app.exception_handler(NotServed)
    async def not_served(_: Any, error: NotServed) -> Response:
        return answer(404, str(error))

    @app.exception_handler(Full)
    async def full(_: Any, error: Full) -> Response:
        return answer(503, str(error), {"Retry-After": str(error.seconds)})

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Any, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        return answer(400, f"{field}: {first['msg']}" if field else first["msg"])

    @app.exception_handler(HTTPException)
    async def httpanswer(_: Any, error: HTTPException) -> Response:
        return answer(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(Exception)
    async def bug(_: Any, error: Exception) -> Response:
        return answer(500, "something went wrong here, not with your request; the log says what")
