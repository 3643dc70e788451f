import asyncio
import json
import re

import httpx2 as httpx
import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.python.saved_model.loader_impl import parse_saved_model
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2

from tests.serving.label_models import PALETTE

RNG = np.random.default_rng(0)
MASK = (RNG.uniform(size=[3, 16, 16, 1]) < 0.2).astype(np.float32)
LATENT = RNG.standard_normal([3, 464]).astype(np.float32)
PREDICT = "/v1/models/faces:predict"


@pytest.fixture(scope="module")
def client(application, free_model, styled_model, fixed_model):
    from starlette.testclient import TestClient

    others = {"free": free_model, "styled": styled_model, "fixed": fixed_model}
    app = application(others=others, max_count=64, image_pixels=1000)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def model(small_model):
    return tf.saved_model.load(str(small_model))


def painted(model, signature, **inputs):
    outputs = model.signatures[signature](**{k: tf.constant(v) for k, v in inputs.items()})
    return outputs["image"].numpy().astype(int)


def rows(**columns):
    columns = {name: array.tolist() for name, array in columns.items()}
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def test_rows_are_answered_with_rows(client, model):
    answer = client.post(PREDICT, json={"instances": rows(mask=MASK, latent=LATENT)})
    assert answer.status_code == 200 and list(answer.json()) == ["predictions"]
    wanted = painted(model, "serving_default", mask=MASK, latent=LATENT)
    assert np.abs(np.array(answer.json()["predictions"]) - wanted).max() <= 1


def test_columns_are_answered_with_columns_and_another_signature_can_be_named(client, model):
    inputs = {"mask": MASK.tolist(), "seed": [3, 1, 4]}
    body = {"signature_name": "sample", "inputs": inputs}
    answer = client.post("/v1/models/faces/versions/1:predict", json=body)
    assert answer.status_code == 200 and list(answer.json()) == ["outputs"]
    wanted = painted(model, "sample", mask=MASK, seed=np.array([3, 1, 4]))
    assert np.abs(np.array(answer.json()["outputs"]) - wanted).max() <= 1


@pytest.mark.parametrize("path", ["/v1/models/faces", "/v1/models/faces/versions/1"])
def test_the_status_is_the_message_that_tensorflow_serving_sends(client, path):
    message = get_model_status_pb2.GetModelStatusResponse()
    json_format.Parse(client.get(path).text, message)
    (status,) = message.model_version_status
    assert (status.version, status.state) == (1, status.AVAILABLE)


@pytest.mark.parametrize("path", ["/v1/models/faces", "/v1/models/faces/versions/1"])
def test_the_metadata_are_the_savedmodels_own(client, path, model, small_model):
    content = client.get(f"{path}/metadata").json()
    assert content["model_spec"] == {"name": "faces", "signature_name": "", "version": "1"}
    message = get_model_metadata_pb2.SignatureDefMap()
    json_format.ParseDict(content["metadata"]["signature_def"], message)
    saved = parse_saved_model(str(small_model))
    wanted = saved.meta_graphs[0].signature_def
    assert dict(message.signature_def) == dict(wanted)
    assert set(wanted) >= {"serving_default", "sample"}


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("POST", "/v1/models/half:predict", "Servable not found for request: Latest(half)"),
        (
            "POST",
            "/v1/models/faces/versions/7:predict",
            "Servable not found for request: Specific(faces, 7)",
        ),
        ("GET", "/v1/models/half/metadata", "Servable not found for request: Latest(half)"),
        ("POST", "/v1/models/faces:regress", "Malformed request: POST /v1/models/faces:regress"),
        ("GET", "/v1/nothing", "Malformed request: GET /v1/nothing"),
    ],
)
def test_what_is_not_there_is_answered_as_tensorflow_serving_does(client, method, path, error):
    answer = client.request(method, path, content="{}")
    assert (answer.status_code, answer.json()) == (404, {"error": error})


LABELS = RNG.integers(0, 3, [2, 8, 12])


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"instances": LABELS.tolist()}, "predictions"),  # a single input goes without its name
        ({"instances": rows(labels=LABELS)}, "predictions"),
        ({"inputs": LABELS.tolist()}, "outputs"),
        ({"inputs": {"labels": LABELS.tolist()}}, "outputs"),
    ],
)
def test_a_single_input_goes_with_or_without_its_name(client, body, key):
    answer = client.post("/v1/models/free:predict", json=body)
    np.testing.assert_array_equal(answer.json()[key], PALETTE[LABELS])


def test_every_input_of_a_model_goes_by_its_name(client):
    labels, instances = LABELS[..., None], LABELS[..., None] + 5
    body = {"instances": rows(seed=np.array([3, 4]), labels=labels, instances=instances)}
    answer = client.post("/v1/models/styled:predict", json=body).json()
    wanted = PALETTE[LABELS] + instances + np.array([3, 4])[:, None, None, None]
    np.testing.assert_array_equal(answer["predictions"], wanted)


def test_a_model_of_one_size_takes_that_size(client):
    body = {"inputs": LABELS[..., None].tolist()}
    answer = client.post("/v1/models/fixed:predict", json=body).json()
    np.testing.assert_array_equal(answer["outputs"], PALETTE[LABELS])


def test_requests_of_different_sizes_at_once_are_answered_each(application, free_model):
    async def ask_all(app, bodies):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            path = "/v1/models/free:predict"
            return await asyncio.gather(*[client.post(path, json=body) for body in bodies])

    maps = [RNG.integers(0, 3, [1, *side]) for side in ((4, 8), (8, 4), (4, 8), (12, 12))]
    app = application(others={"free": free_model}, batch_wait=50.0)
    answers = asyncio.run(ask_all(app, [{"instances": labels.tolist()} for labels in maps]))
    for labels, answer in zip(maps, answers):
        np.testing.assert_array_equal(answer.json()["predictions"], PALETTE[labels])


def test_free_sides_are_told_as_tensorflow_serving_tells_them(client):
    content = client.get("/v1/models/free/metadata").json()
    labels = content["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]
    assert [side["size"] for side in labels["labels"]["tensor_shape"]["dim"]] == ["-1"] * 3
    assert client.get("/v1/models/free").json()["model_version_status"][0]["version"] == "1"


BAD = [
    ("free", [[[0, 1, 2, 300]] * 4], "labels: 300; wanted uint8 numbers, from 0 to 255"),
    ("free", [[[0, 1, 2, 3]] * 4], "labels: 3; wanted ids of classes, from 0 to 2"),
    ("free", [[[0] * 6] * 4], "labels: 4x6 pixels; wanted multiples of 4"),
    ("free", [[[0] * 200] * 200] * 2, "2 rows count as 80 images, one for each 1000 pixels"),
    ("fixed", [[[[0]] * 8] * 12], "labels: wanted numbers in nested lists of shape [N, 8, 12, 1]"),
    ("styled", {"labels": [[[[0]]]], "instances": [[[[0]] * 2]], "seed": [1]}, "wanted 1x1 pixels"),
    ("styled", [3], "inputs: found no object; wanted"),
]


@pytest.mark.parametrize(("model", "inputs", "words"), BAD)
def test_what_a_model_cannot_paint_is_refused_by_value_and_limit(client, model, inputs, words):
    answer = client.post(f"/v1/models/{model}:predict", json={"inputs": inputs})
    assert answer.status_code == 400 and words in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "JSON Parse error"),
        ('{"inputs": {"mask": [NaN]}}', "JSON Parse error"),
        ("[" * 3000 + "]" * 3000, "JSON Parse error"),
        ("3", "no JSON object"),
        ("{}", "either 'instances' or 'inputs'"),
        ('{"instances": [], "inputs": {}}', "and not both"),
        ('{"instances": []}', "a row or more"),
        ('{"instances": {}}', "a row or more"),
        ('{"instances": [{"mask": 1}, {"latent": 1}]}', "the same inputs"),
        ('{"instances": [3]}', "wanted objects"),
        ('{"signature_name": "train", "inputs": {}}', "'train' not found; there are"),
        ('{"signature_name": ["sample"], "inputs": {}}', "not found"),
        ('{"inputs": {"mask": []}}', "found mask; wanted"),
        (
            json.dumps({"inputs": {"mask": MASK[:, :8].tolist(), "latent": LATENT.tolist()}}),
            r"mask: .* shape \[N, 16, 16, 1\]",
        ),
        (
            json.dumps({"inputs": {"mask": [MASK[0].tolist()] * 65, "latent": [[0] * 464] * 65}}),
            "1 to 64 rows",
        ),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(client, body, words):
    answer = client.post(PREDICT, content=body)
    assert answer.status_code == 400
    assert re.search(words, answer.json()["error"]) and len(answer.json()["error"]) < 300
