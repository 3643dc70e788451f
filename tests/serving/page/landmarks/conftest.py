import pytest

from serving.page.landmarks.state import State


@pytest.fixture
def state(studio):
    """A visitor's at the model that has shapes."""
    return State(studio, "faces")
