"""A server's application over the small model of 16 pixels, spoken to in this process."""

import json

import numpy as np
import pytest

from serving import app
from tests.serving import label_models

LANDMARKS = np.random.default_rng(0).uniform(0.2, 0.8, [68, 2])


NAMES = ("testserver", "test")  # that clients of applications in tests say the host has


@pytest.fixture(scope="session")
def landmarks():
    """68 pairs as JSON."""
    return json.dumps(LANDMARKS.tolist())


@pytest.fixture(scope="session")
def edited_model(tmp_path_factory):
    return label_models.write_edited(tmp_path_factory.mktemp("edited") / "editor" / "1")


@pytest.fixture(scope="session")
def clusters_model(tmp_path_factory):
    """Paints instances in styles, two of each class."""
    from serving import styles
    from tests.metrics import painted_models

    folder = tmp_path_factory.mktemp("clusters") / "clusters" / "1"
    painted_models.write_styled(folder)
    centres = {label: np.zeros([2, 3], np.float32) for label in range(3)}
    centres[1][1], centres[2][0] = (0, 200, 0), (100, 0, 0)
    styles.Styles("abc", "instance", 3, centres).write(folder / "assets" / styles.FILE)
    return folder


@pytest.fixture(scope="session")
def free_model(tmp_path_factory):
    """See `label_models`; so are the two below."""
    return label_models.write_free(tmp_path_factory.mktemp("free") / "shapes" / "1")


@pytest.fixture(scope="session")
def styled_model(tmp_path_factory):
    return label_models.write_styled(tmp_path_factory.mktemp("styled") / "styled" / "1")


@pytest.fixture(scope="session")
def fixed_model(tmp_path_factory):
    return label_models.write_fixed(tmp_path_factory.mktemp("fixed") / "fixed" / "1")


@pytest.fixture(scope="session")
def application(small_model):
    """Made from options: `application(token="…", max_count=3)`; others: more models, by name."""

    def of(token=None, folder=small_model.parent, others=(), **options):
        asked = {"model": (), "page": False, "max_seconds": 60.0, "name": NAMES, **options}
        options = app.Options(**asked)
        return app.application_of(options, {"faces": folder, **dict(others)}, token)

    return of


@pytest.fixture(scope="module")
def client(application):
    """A client of an application with all defaults."""
    from starlette.testclient import TestClient

    with TestClient(application(), raise_server_exceptions=False) as client:
        yield client
