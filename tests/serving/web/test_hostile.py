"""What strangers send: no answer is a 500 or a stack trace, and the server goes on."""

import collections
import io
import itertools
import json
import os
import random

import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from PIL import Image
from schemathesis.specs.openapi import checks
from starlette.testclient import TestClient

from tests.serving.label_models import PALETTE

NOT_HERE = [
    checks.positive_data_acceptance,  # a schema can't say what is in a picture
    checks.unsupported_method,  # TensorFlow Serving answers 404
    checks.allow_header_conformance,
]
WORDS = [
    *(
        None,
        True,
        -1,
        0,
        1.5,
        2**63,
        -(2**63),
        2**70,
        1e308,
        "",
        "NaN",
        "\x00",
        "é\ud800",
        "../../",
    ),
    *([], {}, [[]], [None], {"b64": "AAAA"}, [[1], [1, 2]], "A" * 5000),
]


@pytest.fixture(scope="module")
def hostile(application, free_model, styled_model, edited_model, segmenter_model, clusters_model):
    limits = {"max_count": 4, "max_bytes": 200_000, "max_pixels": 100_000}
    others = {"free": free_model, "instances": styled_model, "clusters": clusters_model}
    others = {**others, "editor": edited_model, "telling": segmenter_model}
    app = application(others=others, **limits)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def mutated(rng, content):
    """Bytes flipped, cut out, doubled."""
    content = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(content))
        kind = rng.randrange(4)
        if kind == 0:
            content[at] = rng.randrange(256)
        elif kind == 1:
            del content[at : at + rng.randint(1, 40)]
        elif kind == 2:
            content[at:at] = content[at : at + 40]
        else:
            content[at:at] = rng.choice(
                [b"[", b"{", b'"', b"NaN", b"\x00", b"-", b"\r\n", b"9" * 30]
            )
        if not content:
            content = bytearray(b"x")
    return bytes(content)


def replaced(rng, tree):
    """One value, anywhere, is something else."""
    if isinstance(tree, dict) and tree and rng.random() < 0.7:
        key = rng.choice(list(tree))
        return {**tree, key: replaced(rng, tree[key])}
    if isinstance(tree, list) and tree and rng.random() < 0.7:
        at = rng.randrange(len(tree))
        return [*tree[:at], replaced(rng, tree[at]), *tree[at + 1 :]]
    return rng.choice(WORDS)


def predict_bodies(rng):
    mask = np.zeros([1, 16, 16, 1]).tolist()
    good = [
        ("faces", {"signature_name": "sample", "inputs": {"mask": mask, "seed": [1]}}),
        ("faces", {"instances": [{"mask": mask[0], "latent": [0.5] * 464}]}),
        ("free", {"instances": [[[0, 1, 2, 0]] * 4] * 2}),
    ]
    while True:
        model, tree = rng.choice(good)
        if rng.random() < 0.8:
            tree = replaced(rng, tree)
        text = json.dumps(tree, ensure_ascii=True).encode()
        text = mutated(rng, text) if rng.random() < 0.2 else text
        yield f"/v1/models/{model}:predict", text, None


def generate_bodies(rng, client, landmarks, photo):
    pictures = {"mask": b"\x89PNG\r\n\x1a\n" + os.urandom(60), "photo": photo}
    while True:
        data = {"seed": "3", "count": "1", "landmarks": landmarks}
        for name in rng.sample(list(data), rng.randint(0, 3)):
            data[name] = rng.choice([*map(str, WORDS[:-8]), json.dumps(rng.choice(WORDS))])
        files = {name: pictures[name] for name in pictures if rng.random() < 0.4}
        if rng.random() < 0.7:
            data.pop("landmarks")
        data = {k: v.encode("utf-8", "replace").decode() for k, v in data.items()}
        request = client.build_request("POST", "/api/generate", data=data, files=files or None)
        content = b"".join(request.stream)
        content = mutated(rng, content) if content and rng.random() < 0.4 else content
        yield "/api/generate", content, request.headers["content-type"]


def paint_bodies(rng, client):
    """Label maps, photos and styles for every kind of model, whether they go together or not."""
    ids = np.arange(96).reshape(8, 12) % 3
    pictures = {
        "labels": [png(ids), png(ids.repeat(2, 0)), png(PALETTE[ids]), png(ids * 90)],
        "instances": [png(ids), png(ids.astype(np.uint16) * 9000), png(ids[:4])],
        "photo": [png(PALETTE[ids]), png(ids)],
        "photo_labels": [png(ids), png(ids[:, :4])],
    }
    words = {
        "style": ["{}", '{"1": 0}', '{"1": 9}', '{"7": 0}', '{"x": 0}', "[1]", "[" * 500],
        "seed": ["0", "3", "-1", str(2**64)],
        "count": ["1", "2", "9"],
        "coloured": ["true", "perhaps"],
    }
    models = ["free", "instances", "clusters", "editor", "telling", "faces", "nobody"]
    of = {"instances": ["labels", "instances"], "clusters": ["labels", "instances"]}
    of = {**of, "editor": ["labels", "photo", "photo_labels"], "telling": ["photo"]}
    while True:
        model = rng.choice(models)
        wanted, odd = of.get(model, ["labels"]), rng.random() < 0.3
        names = [name for name in pictures if (name in wanted) ^ (odd and rng.random() < 0.4)]
        files = {name: rng.choice(pictures[name]) if odd else pictures[name][0] for name in names}
        data = {name: rng.choice(words[name]) for name in words if rng.random() < 0.2}
        data["model"] = model
        if rng.random() < 0.1:
            data[rng.choice([*words, "model"])] = str(rng.choice(WORDS)).encode("utf-8", "replace")
        request = client.build_request("POST", "/api/paint", data=data, files=files or None)
        content = b"".join(request.stream)
        content = mutated(rng, content) if content and rng.random() < 0.3 else content
        yield "/api/paint", content, request.headers["content-type"]


def png(pixels):
    content = io.BytesIO()
    kind = np.uint16 if pixels.dtype == np.uint16 else np.uint8
    Image.fromarray(pixels.astype(kind)).save(content, "PNG")
    return content.getvalue()


# Where a form is broken off, Starlette leaves what it held in memory to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("seed", "count"), [(0, 600), pytest.param(1, 3600, marks=pytest.mark.slow)]
)
def test_no_body_brings_it_down(hostile, landmarks, photo, tmp_path, seed, count):
    rng = random.Random(seed)
    photo.resize((64, 64)).save(tmp_path / "photo.jpg")
    small = (tmp_path / "photo.jpg").read_bytes()
    kinds = [predict_bodies(rng), generate_bodies(rng, hostile, landmarks, small)]
    kinds.append(paint_bodies(rng, hostile))
    seen = collections.Counter()
    for bodies in itertools.islice(itertools.cycle(kinds), count):
        path, content, kind = next(bodies)
        answer = hostile.post(path, content=content, headers={"Content-Type": kind or "text/json"})
        assert answer.status_code == 200 or 400 <= answer.status_code < 500, content[:500]
        seen[path.partition(":")[0], answer.status_code == 200] += 1
        if answer.status_code != 200:
            error = answer.json()["error"]
            assert "Traceback" not in error and len(error) < 600 and "\n" not in error
    for path in ("/api/generate", "/api/paint", "/v1/models/free"):
        assert min(seen[path, True], seen[path, False]) > 4  # neither all nonsense nor all sense
    assert hostile.get("/healthz").status_code == 200


schema = schemathesis.pytest.from_fixture("described")


@pytest.fixture
def described(hostile):
    return schemathesis.openapi.from_asgi("/openapi.json", hostile.app)


@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_the_description_allows_is_answered_as_it_says(case):
    case.call_and_validate(excluded_checks=NOT_HERE)
