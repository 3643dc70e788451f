import asyncio
import shutil

import httpx2 as httpx
import numpy as np
import pytest
from starlette.testclient import TestClient

from serving.web import application as web
from serving.web import guard


def test_health_and_metrics(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    client.get("/v1/models/faces")
    text = client.get("/metrics").text
    path = "/v1/models/{name}"
    assert f'mask_embedding_requests_total{{path="{path}",status="200"}} 1.0' in text


def test_the_documentation_loads_nothing_from_elsewhere(client):
    page = client.get("/docs").text
    assert "http://" not in page and "https://" not in page
    for line in page.splitlines():
        for quote in line.split('"'):
            if quote.startswith("/"):
                assert client.get(quote).status_code == 200, quote
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/generate", "/healthz", "/metrics", "/v1/models/{name}:predict"} <= set(paths)


def test_the_documentation_lists_the_headers_of_every_answer(client, landmarks):
    paths = client.get("/openapi.json").json()["paths"]
    answer = client.post("/api/generate", data={"landmarks": landmarks})
    of_all = {"content-type", "content-length", *(name.decode() for name, _ in guard.SAFE)}
    described = paths["/api/generate"]["post"]["responses"]["200"]["headers"]
    assert {name.lower() for name in described} == {*answer.headers} - of_all
    assert described["X-Seeds"]["description"]
    timed = [route for path in paths for route in paths[path].values() if path[:2] in ("/a", "/v")]
    assert len(timed) == 8
    for route in timed:
        assert [*route["responses"]["503"]["headers"]] == ["Retry-After"]
        assert [*route["responses"]["401"]["headers"]] == ["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/generate", 405),
        ("DELETE", "/v1/models/faces", 404),
        ("GET", "/v1/models/faces/versions/newest", 400),
        ("GET", "/docs/files/../../../setup.cfg", 404),
        ("GET", "/docs/files/%2e%2e/%2e%2e/__init__.py", 404),
        ("GET", "/v1/models/%2e%2e%2f%2e%2e", 404),
    ],
)
def test_everything_else_is_answered_with_a_sentence(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status and list(answer.json()) == ["error"]


def test_a_fault_of_ours_is_no_trace_for_strangers(application, monkeypatch, landmarks):
    from serving import studio

    async def broken(*args):
        raise RuntimeError("secret")

    monkeypatch.setattr(studio.Studio, "faces", broken)
    with TestClient(application(), raise_server_exceptions=False) as client:
        answer = client.post("/api/generate", data={"landmarks": landmarks})
        assert answer.status_code == 500 and "secret" not in answer.text
        assert client.get("/healthz").status_code == 200


def test_no_page_elsewhere_is_let_in(client):
    answer = client.options("/api/generate", headers={"Access-Control-Request-Method": "POST"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def _ask_all(app, landmarks, count):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        data = [{"landmarks": landmarks, "seed": str(seed)} for seed in range(count)]
        return await asyncio.gather(*[client.post("/api/generate", data=each) for each in data])


def test_clients_at_once_share_calls_and_get_what_each_would_alone(application, landmarks):
    app = application(batch_wait=50.0)
    together = asyncio.run(_ask_all(app, landmarks, 8))
    with TestClient(app) as client:
        text = client.get("/metrics").text
        assert "mask_embedding_batch_rows_sum 8.0" in text
        assert "mask_embedding_batch_rows_count 1.0" in text
        for seed, answer in enumerate(together):
            alone = client.post("/api/generate", data={"landmarks": landmarks, "seed": seed})
            assert np.abs(_pixels(answer) - _pixels(alone)).max() <= 1


def _pixels(answer):
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(answer.content))).astype(int)


def test_a_full_queue_says_when_to_come_again(application, landmarks):
    answers = asyncio.run(_ask_all(application(batch_wait=50.0, queue=3), landmarks, 8))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * 3 + [503] * 5
    for answer in answers:
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) >= 1
            assert "try again in" in answer.json()["error"]


def test_a_newer_version_is_picked_up_while_requests_run(small_model, tmp_path, monkeypatch):
    from serving import app

    folder = tmp_path / "faces"
    shutil.copytree(small_model, folder / "1")
    monkeypatch.setattr(web, "POLL", 0.05)
    application = app.application_of(
        app.Options((), page=False, name=("testserver",)), {"faces": folder}, None
    )
    mask = np.zeros([1, 16, 16, 1]).tolist()
    body = {"signature_name": "sample", "inputs": {"mask": mask, "seed": [1]}}
    with TestClient(application) as client:
        statuses, versions = [], []
        shutil.copytree(small_model, tmp_path / "2")
        (tmp_path / "2").rename(folder / "2")
        while "2" not in versions and len(statuses) < 5000:
            statuses.append(client.post("/v1/models/faces:predict", json=body).status_code)
            status = client.get("/v1/models/faces").json()["model_version_status"]
            versions.append(status[0]["version"])
    assert set(statuses) == {200} and versions[-1] == "2"


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PROPFIND", "TRACE", "NONSENSE"])
def test_unknown_methods_are_answered_in_one_sentence_too(client, method):
    answer = client.request(method, "/api/generate")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    answer = client.request(method, "/v1/models/faces/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    if method != "HEAD":
        assert answer.json()["error"].startswith(f"Malformed request: {method}")
