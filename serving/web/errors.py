"""Each answer that is none has one plain sentence, as {"error": …}."""

from __future__ import annotations

from typing import Any

import fastapi
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from interface.command_line import UserError
from serving.batching import Full
from serving.models import NotServed

REASONS = {
    400: "Something in the request is wrong.",
    401: "A token is wanted.",
    404: "Not served.",
    413: "The body is too large.",
    503: "Too many requests are waiting, or it took too long.",
}
TOLD = {  # beside the reason
    401: {"WWW-Authenticate": "Bearer: the token stands in the request's header Authorization"},
    503: {"Retry-After": "seconds after which to ask again"},
}
SCHEMA = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's description: that it may answer with these."""
    content = {"application/json": {"schema": SCHEMA}}
    return {
        status: {
            "description": REASONS[status],
            "content": content,
            "headers": headers(TOLD.get(status, {})),
        }
        for status in statuses
    }


def headers(meanings: dict[str, str]) -> dict[str, Any]:
    """For an answer's description: which headers it has, and what they mean."""
    text = {"schema": {"type": "string"}}
    return {name: {"description": meaning, **text} for name, meaning in meanings.items()}


def answer(status: int, text: str, about: Any = None) -> Response:
    """An error's answer, in one line, whatever is quoted in it; with the headers `about` it."""
    return JSONResponse({"error": " ".join(text.split())}, status, about)


def add_to(app: fastapi.FastAPI) -> None:
    """Make answers of what the routes raise."""

    @app.exception_handler(UserError)
    async def user_error(_: Any, error: UserError) -> Response:
        return answer(400, str(error))

    @app.exception_handler(NotServed)
    async def not_served(_: Any, error: NotServed) -> Response:
        return answer(404, str(error))

    @app.exception_handler(Full)
    async def full(_: Any, error: Full) -> Response:
        return answer(503, str(error), {"Retry-After": str(error.seconds)})

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Any, error: RequestValidationError) -> Response:
        return answer(400, _first(error))

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Any, error: ClientDisconnect) -> Response:
        return answer(400, "the body ended before it was whole")

    @app.exception_handler(HTTPException)
    async def http_error(_: Any, error: HTTPException) -> Response:
        return answer(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(Exception)
    async def bug(_: Any, error: Exception) -> Response:
        return answer(500, "something went wrong here, not with your request; the log says what")


def _first(error: RequestValidationError) -> str:
    """The first fault, in the words of whoever writes requests by hand."""
    fault = error.errors()[0]
    field, text = ".".join(str(part) for part in fault["loc"][1:]), fault["msg"]
    if "UploadFile" in text:
        text = f"wanted a file, as in -F {field}=@FILE"
    elif fault["type"] == "string_type":
        text = f"wanted text, as in -F '{field}=<FILE'"
    return f"{field}: {text}" if field else text
