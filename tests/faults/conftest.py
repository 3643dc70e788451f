import pytest

from tests.faults.systems import SYSTEMS, with_models


@pytest.fixture(params=SYSTEMS)
def system(request):
    return with_models(request, SYSTEMS[request.param])


@pytest.fixture
def its_records(request, system):
    """The folder of the system's records."""
    return request.getfixturevalue(system.records)
