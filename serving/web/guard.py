"""In front of everything else: who may come in, with how much, for how long.

Plain ASGI, since it is passed by every request.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import time
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Optional

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TIMED = ("/api/", "/v1/")  # elsewhere a page keeps its connection open, but sends nothing slowly
TAKES = (*TIMED, "/_nicegui/")  # elsewhere there is only something to be had
OPEN = ("/healthz",)  # for whoever asks whether the server lives
COOKIE = "mask_embedding_token"


SAFE = [  # no page elsewhere shows this one in a frame, no browser guesses what a file is
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
]


class TooLarge(Exception):
    """A body beyond the limit."""


class Guard:
    """Refuses what comes from another site, without the token, too large or too slow.

    A browser that was sent to `/?token=…` once is given it as a cookie.

    Args:
      app: what is behind it.
      body: bytes that a request may bring; seconds: that it may take, if it sends something or
        is of a programming interface.
      token: that a request must bear, or None.
      names: under which pages may call the server; localhost and addresses are always fine.
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
        names: Sequence[str] = (),
    ) -> None:
        self.app, self.body, self.seconds = app, body, seconds
        self.token, self.observe = token, observe
        self.names = {"localhost", *names}

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
        if origin and not self._is_own(origin, headers.get("host", "")):
            # A page elsewhere that a browser has open: this server answers its own page alone.
            return 403, (
                f"pages of {origin[:200]} are not answered; a server that people reach by a name "
                "is told it: --name NAME"
            )
        host = headers.get("host", "")
        if self.token is None and scope["path"] not in OPEN and not self._is_ours(host):
            return 403, f"{host[:200]} is no name of this server; it is told it: --name NAME"
        if not self._knows_token(scope, headers):
            return 401, "a token is wanted: the header 'Authorization: Bearer TOKEN', or /?token=…"
        method = scope.get("method", "GET")
        if method not in ("GET", "HEAD") and not scope["path"].startswith(TAKES):
            return 405, f"{method[:20]} is not for this path; wanted GET"
        if not headers.get("content-length", "0").isdecimal():
            return 400, "content-length: wanted a number of bytes"
        if int(headers.get("content-length", "0")) > self.body:
            return 413, f"the body is too large: at most {self.body} bytes are taken"
        return None

    def _is_own(self, origin: str, host: str) -> bool:
        """Whether a page is one of this server's.

        It bears the host's name, and that is one of ours: else whoever lets a name of theirs point
        to this machine would be at home here (DNS rebinding). With a token they lack the cookie.
        """
        try:
            parts = urllib.parse.urlsplit(origin)
            name = parts.hostname or ""
        except ValueError:
            return False
        if parts.netloc != host:
            return False
        return self.token is not None or name in self.names or _is_address(name)

    def _is_ours(self, host: str) -> bool:
        """Whether a request's Host is a name of ours, or none is said, as browsers never do."""
        try:
            name = urllib.parse.urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return not host or name in self.names or _is_address(name)

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
        self.status, self.taken, self.over = 0, 0, False

    async def run(self, refusal: Optional[tuple[int, str]], headers: dict[str, str]) -> None:
        start = time.perf_counter()
        try:
            if refusal:
                await self._answer(*refusal)
            elif self.guard.token and self.scope["path"] == "/" and token_in(self.scope):
                await self._keep_token()
            elif self.scope["path"].startswith(TIMED) or self.scope["method"] == "POST":
                await asyncio.wait_for(self._pass_on(), self.guard.seconds)
            else:
                await self._pass_on()
        except asyncio.TimeoutError:
            if not self.status:
                text = f"it took longer than {self.guard.seconds:g} s; ask for less, or again later"
                await self._answer(503, text, [(b"retry-after", b"5")])
        except Exception:
            if not self.over:  # else the answer is given, whatever became of the rest
                raise
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
            if not self.status:  # now, since whoever reads the body may catch what is raised
                text = f"the body is too large: at most {self.guard.body} bytes are taken"
                await self._answer(413, text)
            self.over = True
            raise TooLarge
        return message

    async def _noted(self, message: Message) -> None:
        if self.over:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *SAFE]}
        await self._send(message)

    async def _answer(
        self, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        body = orjson.dumps({"error": text})
        about = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        if status == 405:
            about.append((b"allow", b"GET, HEAD"))
        if status == 401:
            about.append((b"www-authenticate", b"Bearer"))
        start = {"type": "http.response.start", "status": status}
        await self._noted({**start, "headers": [*about, *(headers or [])]})
        await self._noted({"type": "http.response.body", "body": body})

    async def _keep_token(self) -> None:
        """Out of the address, into a cookie that no script and no other site can use.

        Lax, not Strict: it is sent when somebody follows a link in a letter.
        """
        value = urllib.parse.quote(token_in(self.scope), safe="")
        cookie = f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode())]
        start = {"type": "http.response.start", "status": 303}
        await self._noted({**start, "headers": headers})
        await self._noted({"type": "http.response.body", "body": b""})


def token_in(scope: Scope) -> str:
    """What stands behind ?token= in the address, or nothing."""
    query = urllib.parse.parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("token", [""])[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
