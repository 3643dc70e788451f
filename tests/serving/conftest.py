"""A server's application over the small model of 16 pixels, spoken to in this process."""

import json

import numpy as np
import pytest

from serving import app

LANDMARKS = np.random.default_rng(0).uniform(0.2, 0.8, [68, 2])


@pytest.fixture(scope="session")
def landmarks():
    """68 pairs as JSON."""
    return json.dumps(LANDMARKS.tolist())


@pytest.fixture(scope="session")
def application(small_model):
    """Made from options: `application(token="…", max_count=3)`; `folder`: of another model."""

    def of(token=None, folder=small_model.parent, **options):
        options = app.Options(**{"model": (), "page": False, "max_seconds": 60.0, **options})
        return app.application_of(options, {"faces": folder}, token)

    return of


@pytest.fixture(scope="module")
def client(application):
    """A client of an application with all defaults."""
    from starlette.testclient import TestClient

    with TestClient(application(), raise_server_exceptions=False) as client:
        yield client
