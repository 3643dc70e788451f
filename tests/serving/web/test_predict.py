import json

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.python.saved_model.loader_impl import parse_saved_model
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2

RNG = np.random.default_rng(0)
MASK = (RNG.uniform(size=[3, 16, 16, 1]) < 0.2).astype(np.float32)
LATENT = RNG.standard_normal([3, 464]).astype(np.float32)
PREDICT = "/v1/models/faces:predict"


@pytest.fixture(scope="module")
def model(small_model):
    return tf.saved_model.load(str(small_model))


def painted(model, signature, **inputs):
    found = model.signatures[signature](**{k: tf.constant(v) for k, v in inputs.items()})
    return found["image"].numpy().astype(int)


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


GOOD = {"mask": MASK[:1].tolist(), "latent": LATENT[:1].tolist()}


def changed(**inputs):
    return json.dumps({"inputs": {**GOOD, **inputs}})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "JSON Parse error"),
        ("{", "JSON Parse error"),
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
        ('{"inputs": 3}', "no object"),
        (changed(mask=[]), r"mask: .* shape \[N, 16, 16, 1\]"),
        (changed(mask=MASK[:1, :8].tolist()), "mask: .* shape"),
        (changed(latent=[[1.0]]), r"latent: .* shape \[N, 464\]"),
        (changed(latent=LATENT[:2].tolist()), "as many rows"),
        (changed(latent=[["1"] * 464]), "latent: wanted float32"),
        (changed(latent=[[True] * 464]), "latent: wanted float32"),
        (changed(latent=[[None] * 464]), "latent: wanted float32"),
        (changed(latent=[[1e300] * 464]), "latent: wanted finite"),
        (changed(latent=[[[1], [1, 2]]]), "latent: .* nested lists"),
        (changed(mask=np.zeros([65, 16, 16, 1]).tolist(), latent=[[0] * 464] * 65), "1 to 64 rows"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(client, body, words):
    import re

    answer = client.post(PREDICT, content=body)
    assert answer.status_code == 400
    assert re.search(words, answer.json()["error"]) and len(answer.json()["error"]) < 300


@pytest.mark.parametrize("seed", [1.5, 2**63, -(2**63) - 1, "3", None])
def test_seeds_are_whole_numbers_of_64_bits(client, seed):
    inputs = {"mask": GOOD["mask"], "seed": [seed]}
    answer = client.post(
        PREDICT, content=json.dumps({"signature_name": "sample", "inputs": inputs})
    )
    assert answer.status_code == 400 and "seed" in answer.json()["error"]
