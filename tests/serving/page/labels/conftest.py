import numpy as np
import pytest

from serving.page.labels.hand import Hand
from serving.page.labels.state import State
from serving.page.labels.tools import Tools
from serving.scene import Scene

LABELS = np.random.default_rng(3).integers(0, 3, (8, 12)).repeat(2, 0).repeat(2, 1).astype(np.uint8)


@pytest.fixture
def state_of(label_studio):
    """A visitor's at one of `label_models`, with `LABELS` before them."""

    def make(model):
        state = State(label_studio, model)
        state.begin(state.as_scene(LABELS))
        return state

    return make


@pytest.fixture
def state(state_of):
    """At a model that paints each class in its colour."""
    return state_of("free")


@pytest.fixture
def flat(state):
    """Likewise, with nothing on the map yet."""
    state.begin(Scene(np.zeros([16, 24], np.uint8)))
    return state


@pytest.fixture
def hand(page, flat, voice):
    return Hand(flat, Tools(flat, voice), voice)
