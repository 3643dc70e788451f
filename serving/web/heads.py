"""The heads of requests: how long they may be, and how long they may take to come.

A head is read to its end before the guard, or anything else, sees the request; without a limit one
connection that sends a header of some hundred megabytes holds up all the others.
"""

from __future__ import annotations

import asyncio
from typing import Optional

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST = 65_536  # bytes of a request's line and headers; what the network brings at once is on top
SECONDS = 10.0  # for a whole head


class Heads(HttpToolsProtocol):
    """A connection on which the heads of requests have a length and a time."""

    seconds = SECONDS
    _length: Optional[int] = None  # of the head that is under way
    _late: Optional[asyncio.TimerHandle] = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._length is not None:
            self._length += len(data)
            if self._length > MOST:
                self._refuse(431, f"the head is too large: at most {MOST} bytes are taken")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def _begin(self) -> None:
        if self._length is None:
            self._length = 0
            self._late = self.loop.call_later(
                self.seconds, self._refuse, 408, f"the head took longer than {self.seconds:g} s"
            )

    def _end(self) -> None:
        self._length = None
        if self._late is not None:
            self._late.cancel()

    def _refuse(self, status: int, text: str) -> None:
        self._end()
        if self.transport.is_closing():
            return
        body = orjson.dumps({"error": text})
        self.transport.write(
            b"HTTP/1.1 %d Refused\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (status, len(body), body)
        )
        self.transport.close()
