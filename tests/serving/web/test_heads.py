"""A server of uvicorn's with these connections, asked over a socket."""

import asyncio
import contextlib
import functools
import json
import socket

import pytest
import uvicorn

from serving.web.heads import MOST, Heads


def in_a_loop(test):
    @functools.wraps(test)
    def run(*args, **kwargs):
        asyncio.run(test(*args, **kwargs))

    return run


async def behind(scope, receive, send):
    """Answers with how many bytes came."""
    if scope["type"] == "lifespan":
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    start = {"type": "http.response.start", "status": 200}
    await send({**start, "headers": [(b"content-length", b"%d" % len(b"%d" % size))]})
    await send({"type": "http.response.body", "body": b"%d" % size})


@contextlib.asynccontextmanager
async def connected(connections=1):
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    config = uvicorn.Config(behind, http=Heads, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([place]))
    while not server.started:
        await asyncio.sleep(0.01)
    opened = [await asyncio.open_connection(*place.getsockname()) for _ in range(connections)]
    try:
        yield opened if connections > 1 else opened[0]
    finally:
        for _, writer in opened:
            writer.close()
        server.should_exit = True
        await serving


async def answer(reader):
    """Status and body."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)


@in_a_loop
async def test_requests_follow_each_other_on_a_connection_and_bodies_may_be_large():
    async with connected() as (reader, writer):
        for size in (0, 3, 5_000_000, 7):
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size)
            writer.write(b"a" * size)
            assert await answer(reader) == (200, b"%d" % size)


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nx: "])
@in_a_loop
async def test_an_endless_head_is_refused_soon_and_others_are_answered(start):
    async with connected(2) as ((reader, writer), (other_reader, other)):
        sent = 0

        async def flood():
            nonlocal sent
            writer.write(start)
            with contextlib.suppress(ConnectionError):
                while sent < 200_000_000:
                    writer.write(b"a" * 65_536)
                    await writer.drain()
                    sent += 65_536

        flooding = asyncio.create_task(flood())
        other.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert await asyncio.wait_for(answer(other_reader), 2) == (200, b"0")
        with contextlib.suppress(ConnectionError):  # it is closed while more is being sent
            status, body = await answer(reader)
            assert status == 431 and f"at most {MOST} bytes" in json.loads(body)["error"]
        await flooding
        assert sent < 20_000_000


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nx: "])
@in_a_loop
async def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch, sent):
    monkeypatch.setattr(Heads, "seconds", 0.2)
    async with connected() as (reader, writer):
        writer.write(sent)
        status, body = await answer(reader)
        assert status == 408 and json.loads(body) == {"error": "the head took longer than 0.2 s"}
        assert await reader.read() == b""


@in_a_loop
async def test_between_requests_a_connection_may_rest_and_a_body_may_take_its_time(monkeypatch):
    monkeypatch.setattr(Heads, "seconds", 0.2)
    async with connected() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na")
        await asyncio.sleep(0.4)
        writer.write(b"b")
        assert await answer(reader) == (200, b"2")
        await asyncio.sleep(0.4)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert await answer(reader) == (200, b"0")
