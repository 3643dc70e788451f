import pytest

from tests.metrics import painted_models


@pytest.fixture(scope="session")
def river_records(tmp_path_factory):
    """See `tests.metrics.painted_models`; so is the one below."""
    return painted_models.write_records(tmp_path_factory.mktemp("rivers"), "train")


@pytest.fixture(scope="session")
def river_segmenter(tmp_path_factory):
    return painted_models.write_segmenter(tmp_path_factory.mktemp("river_segmenter") / "1")
