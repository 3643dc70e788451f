import asyncio

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from serving.web.guard import Guard

TOKEN = "open sesame; now"
SEEN = []


async def deaf(scope, receive, send):
    """Catches whatever goes wrong with a body, and answers with something else."""
    try:
        while (await receive()).get("more_body"):
            pass
    except Exception:
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"caught"})


async def behind(scope, receive, send):
    """Answers with the length of the body; /slow never does."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    if scope["path"].endswith("slow"):
        await asyncio.sleep(60)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % size})


def guarded(token=None, app=behind, names=("testserver",)):
    SEEN.clear()
    return TestClient(
        Guard(
            app,
            body=1000,
            seconds=0.1,
            token=token,
            names=names,
            observe=lambda path, status, seconds: SEEN.append(status),
        ),
        follow_redirects=False,
    )


def test_a_body_up_to_the_limit_comes_through():
    answer = guarded().post("/api/any", content=b"a" * 1000)
    assert (answer.status_code, answer.text, SEEN) == (200, "1000", [200])


def in_parts():
    for _ in range(11):
        yield b"a" * 100


@pytest.mark.parametrize("app", [behind, deaf])
@pytest.mark.parametrize("whole", [True, False])
def test_a_larger_one_does_not(app, whole):
    answer = guarded(app=app).post("/api/any", content=b"a" * 1001 if whole else in_parts())
    assert (answer.status_code, SEEN) == (413, [413])
    assert answer.json() == {"error": "the body is too large: at most 1000 bytes are taken"}


def test_a_length_that_is_no_number_is_refused():
    assert guarded().get("/", headers={"Content-Length": "-5"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/slow"), ("GET", "/v1/slow"), ("POST", "/_nicegui/upload/slow")],
)
def test_requests_have_their_time(method, path):
    answer = guarded().request(method, path)
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
    assert "longer than 0.1 s" in answer.json()["error"]


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://testserver.evil", "http://[", "null"]
)
def test_pages_from_elsewhere_are_not_answered(origin):
    client = guarded()
    answer = client.get("/", headers={"Origin": origin})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
    socket = client.websocket_connect("/", headers={"Origin": origin})
    with pytest.raises(WebSocketDisconnect) as caught, socket:
        pass
    assert caught.value.code == 1008


def test_the_own_page_is():
    client = guarded()
    assert client.get("/", headers={"Origin": "http://testserver"}).status_code == 200
    with client.websocket_connect("/", headers={"Origin": "http://testserver"}):
        pass


@pytest.mark.parametrize(
    ("host", "names", "status"),
    [
        ("evil.example", (), 403),  # a name of theirs that points to this machine
        ("faces.example", ("faces.example",), 200),
        ("localhost:8501", (), 200),
        ("127.0.0.1:8501", (), 200),
        ("[::1]:8501", (), 200),
        ("192.168.0.7", (), 200),
    ],
)
def test_the_own_page_has_a_name_of_ours_or_an_address(host, names, status):
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert guarded(names=names).get("/", headers=headers).status_code == status
    client = guarded(names=names)
    # Nor may a page of theirs that thinks it is the same site, which sends no Origin, look around.
    assert client.get("/metrics", headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": host}).status_code == 200
    borne = {"Host": host, "Authorization": f"Bearer {TOKEN}"}
    assert guarded(TOKEN, names=names).get("/metrics", headers=borne).status_code == 200


def test_no_other_page_shows_ours_in_a_frame():
    headers = guarded().get("/").headers
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": f"Bearer {TOKEN[:-1]}"}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_with_a_token_only_who_bears_it_comes_in(headers, status):
    client = guarded(TOKEN)
    answer = client.get("/api/generate", headers=headers)
    assert answer.status_code == status
    assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)


def test_health_is_told_without_it_and_sockets_are_not_open():
    client = guarded(TOKEN)
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 401
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/"):
        pass


def test_a_browser_keeps_the_token_as_a_cookie():
    client = guarded(TOKEN)
    answer = client.get("/", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert client.get("/").status_code == 200
    with client.websocket_connect("/"):
        pass
    assert guarded(TOKEN).get("/", params={"token": "other"}).status_code == 401


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/docs", "/metrics", "/nowhere"])
def test_what_is_only_to_be_had_takes_nothing(method, path):
    answer = guarded().request(method, path)
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD"
    assert answer.json() == {"error": f"{method} is not for this path; wanted GET"}
    assert guarded().request(method, "/api/any").status_code == 200  # whoever is there says
