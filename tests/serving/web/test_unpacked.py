import gzip
import json

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.serving.label_models import PALETTE

IDS = np.arange(96).reshape(8, 12) % 3
BODY = json.dumps({"instances": IDS[None].tolist()}).encode()
LIMIT = 20_000
PREDICT = "/v1/models/free:predict"


@pytest.fixture(scope="module")
def client(application, free_model):
    app = application(others={"free": free_model}, max_bytes=LIMIT)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def asked(client, content, how="gzip", path=PREDICT):
    return client.post(path, content=content, headers={"Content-Encoding": how})


@pytest.mark.parametrize("how", ["gzip", "GZIP", "x-gzip"])
def test_a_body_by_gzip_is_what_was_packed(client, how):
    for path in (PREDICT, "/v1/models/free/versions/1:predict"):
        answer = asked(client, gzip.compress(BODY), how, path)
        np.testing.assert_array_equal(answer.json()["predictions"], PALETTE[IDS][None])
    assert asked(client, BODY, "identity").json() == answer.json()


@pytest.mark.parametrize(
    "content, how, status, told",
    [
        (gzip.compress(b" " * LIMIT + BODY), "gzip", 413, "the body is too large: at most 20000"),
        (gzip.compress(b" " * 50_000_000), "gzip", 413, "the body is too large"),
        (BODY, "gzip", 400, "Content-Encoding: gzip, but the body is not"),
        (gzip.compress(BODY)[:-20], "gzip", 400, "gzip, but the body ends too early"),
        (BODY, "br", 400, "Content-Encoding: br; wanted gzip, or none"),
    ],
    ids=["larger", "far larger", "no gzip", "cut off", "brotli"],
)
def test_what_can_not_be_unpacked_is_told(client, content, how, status, told):
    if len(content) > LIMIT:
        content = content[:LIMIT]  # the guard would not let it in
    answer = asked(client, content, how)
    assert answer.status_code == status and told in answer.json()["error"]
