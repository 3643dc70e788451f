"""The studio as an ASGI application: routes, errors that people can read, what watches it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pathlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import fastapi
import fastapi_offline
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.formparsers import MultiPartParser
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from serving.studio import Studio
from serving.web import errors, generate, paint, predict
from serving.web.telemetry import Telemetry

POLL = 2.0  # seconds between two looks for a newer version
SWAGGER_UI = pathlib.Path(fastapi_offline.__file__).parent / "static"
METHODS = ["GET", "POST"]  # that any route is asked with

_log = logging.getLogger(__name__)


def build(studio: Studio, telemetry: Telemetry) -> fastapi.FastAPI:
    """The application without its guard and without the page."""
    # What people send stays in memory: above its spool size a form's file would go to the disk.
    MultiPartParser.spool_max_size = studio.limits.body

    @contextlib.asynccontextmanager
    async def lifespan(_: fastapi.FastAPI) -> AsyncIterator[None]:
        watch = asyncio.create_task(_watch(studio))
        yield
        watch.cancel()

    app = fastapi.FastAPI(
        title="Mask Embedding", version="1", docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.include_router(predict.router(studio))
    app.include_router(generate.router(studio))
    app.include_router(paint.router(studio))
    _add_watching(app, telemetry)
    _add_docs(app)
    errors.add_to(app)
    _add_rest(app)
    return app


async def _watch(studio: Studio) -> None:
    """Exchange models for newer ones; requests that run keep what they began with."""
    while True:
        await asyncio.sleep(POLL)
        try:
            await asyncio.get_running_loop().run_in_executor(None, studio.models.refresh)
        except Exception:
            _log.exception("looking for newer models failed")


def _add_watching(app: fastapi.FastAPI, telemetry: Telemetry) -> None:
    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", tags=["Watching"])
    async def healthz() -> dict[str, str]:
        """Answers while the server does."""
        return {"status": "ok"}

    @app.get("/metrics", tags=["Watching"], response_class=Response, responses=errors.refusals(401))
    async def metrics() -> Response:
        """For Prometheus."""
        return Response(telemetry.exposed(), media_type="text/plain; version=0.0.4")


def _add_docs(app: fastapi.FastAPI) -> None:
    """Swagger UI from a package: FastAPI's own page would fetch it from elsewhere."""
    described = app.openapi

    def as_answered() -> dict[str, Any]:
        """Without FastAPI's own 422, which is answered as 400."""
        schema = described()
        for path in schema["paths"].values():
            for route in path.values():
                route["responses"].pop("422", None)
        return schema

    app.openapi = as_answered  # type: ignore[method-assign]
    app.mount("/docs/files", StaticFiles(directory=SWAGGER_UI))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Mask Embedding",
            swagger_js_url="/docs/files/swagger-ui-bundle.js",
            swagger_css_url="/docs/files/swagger-ui.css",
            swagger_favicon_url="/docs/files/favicon.png",
        )


def _add_rest(app: fastapi.FastAPI) -> None:
    """What below /v1 and /api is no route: a page that is mounted at / must not answer there."""
    rest = _Rest(app.routes)
    for prefix in ("/v1", "/api"):
        app.router.routes.append(Route(prefix + "/{rest:path}", rest, include_in_schema=False))


class _Rest:
    """Says what is not there; an object, since a function would be called for some methods alone.

    Args:
      routes: those that there are.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = [*routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(fastapi.Request(scope, receive))(scope, receive, send)

    def _answer(self, request: fastapi.Request) -> Response:
        path, scope = request.url.path, request.scope
        done = [
            method
            for method in METHODS
            if any(
                route.matches({**scope, "method": method})[0] is Match.FULL
                for route in self._routes
            )
        ]
        if done and path.startswith("/api"):  # TensorFlow Serving makes no such difference
            text = f"{request.method} is not done here, but {' and '.join(done)}; see /docs"
            return errors.answer(405, text, {"Allow": ", ".join(done)})
        return errors.answer(404, f"Malformed request: {request.method} {path[:200]}")
