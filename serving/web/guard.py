"""In front of everything else: who may come in, with how much, for how long.

Plain ASGI, since it is passed by every request.
"""

from __future__ import annotations

import asyncio
import hmac
import time
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Optional

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TIMED = ("/api/", "/v1/")  # elsewhere a page keeps its connection open
OPEN = ("/healthz",)  # for whoever asks whether the server lives
COOKIE = "mask_embedding_token"


class TooLarge(Exception):
    """A body beyond the limit."""


class Guard:
    """Refuses what comes from another site, without the token, too large or too slow.

    A browser that was sent to `/?token=…` once is given it as a cookie.

    Args:
      app: what is behind it.
      body: bytes that a request may bring; seconds: that it may take, below /api and /v1.
      token: that a request must bear, or None.
      observe: is told of each answer: path as routed, status, seconds.
    """

    def __init__(
        self,
        app: App,
        *,
        body: int,
        seconds: float,
        token: Optional[str],
        observe: Callable[[str, int, float], None],
    ) -> None:
        self.app, self.body, self.seconds = app, body, seconds
        self.token, self.observe = token, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            if refusal:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
            else:
                await self.app(scope, receive, send)
        else:
            await _Exchange(self, scope, receive, send).run(refusal, headers)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Optional[tuple[int, str]]:
        """Status and reason, or None: come in."""
        origin = headers.get("origin")
        if origin and urllib.parse.urlsplit(origin).netloc != headers.get("host"):
            # A page elsewhere that a browser has open: this server answers its own page alone.
            return 403, f"requests from pages of {origin[:200]} are not answered"
        if not self._knows_token(scope, headers):
            return 401, "a token is wanted: the header 'Authorization: Bearer TOKEN', or /?token=…"
        if not headers.get("content-length", "0").isdecimal():
            return 400, "content-length: wanted a number of bytes"
        if int(headers.get("content-length", "0")) > self.body:
            return 413, f"the body is too large: at most {self.body} bytes are taken"
        return None

    def _knows_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        if self.token is None or scope["path"] in OPEN:
            return True
        kind, _, borne = headers.get("authorization", "").partition(" ")
        shown = [borne if kind.lower() == "bearer" else "", token_in(scope)]
        for cookie in headers.get("cookie", "").split(";"):
            name, _, value = cookie.strip().partition("=")
            shown.append(urllib.parse.unquote(value) if name == COOKIE else "")
        return any(hmac.compare_digest(each.encode(), self.token.encode()) for each in shown)


class _Exchange:
    """One HTTP request and its answer."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self.guard, self.scope, self._receive, self._send = guard, scope, receive, send
        self.status, self.taken = 0, 0

    async def run(self, refusal: Optional[tuple[int, str]], headers: dict[str, str]) -> None:
        start = time.perf_counter()
        try:
            if refusal:
                await self._answer(*refusal)
            elif self.guard.token and self.scope["path"] == "/" and token_in(self.scope):
                await self._keep_token()
            elif self.scope["path"].startswith(TIMED):
                await asyncio.wait_for(self._pass_on(), self.guard.seconds)
            else:
                await self._pass_on()
        except asyncio.TimeoutError:
            if not self.status:
                text = f"it took longer than {self.guard.seconds:g} s; ask for less, or again later"
                await self._answer(503, text, [(b"retry-after", b"5")])
        except TooLarge:
            if not self.status:
                text = f"the body is too large: at most {self.guard.body} bytes are taken"
                await self._answer(413, text)
        finally:
            route = self.scope.get("route")
            path = getattr(route, "path", None) or "other"
            self.guard.observe(path, self.status, time.perf_counter() - start)

    async def _pass_on(self) -> None:
        await self.guard.app(self.scope, self._limited, self._noted)

    async def _limited(self) -> Message:
        message = await self._receive()
        self.taken += len(message.get("body", b""))
        if self.taken > self.guard.body:
            raise TooLarge
        return message

    async def _noted(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def _answer(
        self, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        body = orjson.dumps({"error": text})
        about = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        if status == 401:
            about.append((b"www-authenticate", b"Bearer"))
        start = {"type": "http.response.start", "status": status}
        await self._noted({**start, "headers": [*about, *(headers or [])]})
        await self._noted({"type": "http.response.body", "body": body})

    async def _keep_token(self) -> None:
        """Out of the address, into a cookie that no script and no other site can use."""
        value = urllib.parse.quote(token_in(self.scope), safe="")
        cookie = f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode())]
        start = {"type": "http.response.start", "status": 303}
        await self._noted({**start, "headers": headers})
        await self._noted({"type": "http.response.body", "body": b""})


def token_in(scope: Scope) -> str:
    """What stands behind ?token= in the address, or nothing."""
    query = urllib.parse.parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("token", [""])[0]
