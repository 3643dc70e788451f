"""Whatever a request says is either heeded or refused: nothing is passed over."""

import io

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from serving.web import generate, paint


@pytest.fixture(scope="module")
def client(application, free_model):
    with TestClient(application(others={"free": free_model})) as client:
        yield client


def picture(side, levels=2):
    content = io.BytesIO()
    Image.fromarray((np.indices([side, side]).sum(0) % levels).astype(np.uint8)).save(
        content, "PNG"
    )
    return content.getvalue()


ROUTES = {
    "/api/generate": (generate.FIELDS, {"model": "faces"}, {"mask": picture(16)}),
    "/api/paint": (paint.FIELDS, {"model": "free"}, {"labels": picture(8)}),
}


@pytest.mark.parametrize("path", ROUTES)
def test_a_field_that_is_given_twice_is_refused_whichever_it_is(client, path):
    known, data, files = ROUTES[path]
    for name in known:
        parts = [(key, (None, value)) for key, value in data.items()]
        parts += [(key, (f"{key}.png", value)) for key, value in files.items()]
        parts = [part for part in parts if part[0] != name] + [(name, (None, "1"))] * 2
        answer = client.post(path, files=parts)
        assert answer.status_code == 400, name
    answer = client.post(path, data={**data, "count": ["1", "1"]}, files=files)
    assert answer.json()["error"] == "count: given 2 times; wanted once"


@pytest.mark.parametrize("path", ROUTES)
def test_what_stands_in_the_address_is_refused(client, path):
    _, data, files = ROUTES[path]
    answer = client.post(f"{path}?seed=7", data=data, files=files)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "seed: stands in the address; wanted as a field of the form",
    )


@pytest.mark.parametrize("path", ROUTES)
def test_a_name_that_nobody_knows_is_refused(client, path):
    known, data, files = ROUTES[path]
    answer = client.post(path, data={**data, "sead": "1"}, files=files)
    assert answer.json()["error"] == f"sead: no such field; there are {', '.join(known)}"


def test_two_photos_are_one_too_many(client):
    parts = [("photo", ("a.png", picture(16))), ("photo", ("b.png", picture(16)))]
    answer = client.post("/api/generate", files=parts)
    assert answer.json()["error"] == "photo: given 2 times; wanted once"
