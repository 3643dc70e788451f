import json

import fastapi
import pytest
from fastapi.testclient import TestClient

from interface.command_line import UserError
from serving.batching import Full
from serving.models import NotServed
from serving.web import errors


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (UserError("mask: too small"), 400, "mask: too small"),
        (NotServed("no such model"), 404, "no such model"),
        (Full(7), 503, "too many requests are waiting; try again in 7 s"),
        (fastapi.HTTPException(418, "a teapot"), 418, "a teapot"),
        (RuntimeError("secret"), 500, "something went wrong here"),
    ],
)
def test_what_routes_raise_becomes_a_sentence(error, status, text):
    app = fastapi.FastAPI()
    errors.add_to(app)

    @app.get("/")
    def route():
        raise error

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert answer.status_code == status and answer.json()["error"].startswith(text)
    assert "\n" not in answer.text
    assert (answer.headers.get("retry-after") == "7") == (status == 503)


def test_refusals_describe_what_is_answered():
    for described in errors.refusals(400, 404, 413, 503).values():
        schema = described["content"]["application/json"]["schema"]
        content = json.loads(errors.answer(400, "text").body)
        assert set(schema["required"]) == set(schema["properties"]) == set(content)
