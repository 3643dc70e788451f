import io
import json

import numpy as np
import pytest
from PIL import Image

from serving.page.frame import Frame
from serving.page.labels.edits import Area
from serving.page.labels.exchange import Files
from tests.serving.label_models import PALETTE
from tests.serving.page.labels.conftest import LABELS


@pytest.fixture
def press(page, state_of, voice, elements, fire, downloads, until):
    """Presses a button at a model, and gives what is sent."""
    frame = Frame("Your picture")
    frame.painted(PALETTE[LABELS], "")

    async def press(name, model="free", edit=None):
        state = state_of(model)
        if edit is not None:
            state.begin(edit)
        files = Files(state, frame, voice)
        button = [each for each in elements("q-btn") if each.text == name][-1]
        before = len(downloads)
        fire(button, "click")
        await until(lambda: len(downloads) > before or voice.complaints)
        return files, downloads[-1] if downloads else None

    return press


def opened(sent):
    return np.asarray(Image.open(io.BytesIO(sent[0])))


async def test_pictures_ids_and_colours_are_saved(press):
    for name, file, wanted in (
        ("Save picture", "picture.png", PALETTE[LABELS]),
        ("Save label map", "labels.png", LABELS),
        ("Save its colours", "label_colours.png", PALETTE[LABELS]),
    ):
        files, sent = await press(name)
        np.testing.assert_array_equal(opened(sent), wanted)
        assert sent[1] == file and not files._instances.visible


async def test_instances_are_saved_as_numbers(press, voice):
    from serving.scene import Scene

    numbers = np.where(LABELS == 2, 26_001, LABELS.astype(np.int32))
    files, sent = await press("Save instances", "styled", Scene(LABELS, numbers))
    np.testing.assert_array_equal(opened(sent), numbers)
    assert files._instances.visible
    await press("Save instances", "styled", Scene(LABELS, numbers * 10))
    assert "65535" in voice.complaints[-1]


async def test_a_project_is_saved_and_opened(press, voice, state_of):
    files, sent = await press("Save project")
    assert sent[1] == "project.json" and json.loads(sent[0])["project"] == 2
    files.state.edit(Area(((0.1, 0.1), (0.9, 0.9)), 2))
    await files._take_project(sent[0])
    np.testing.assert_array_equal(files.state.scene.label, LABELS)
    assert voice.said[-1] == "Project opened"
    elsewhere = json.dumps({**json.loads(sent[0]), "model": "elsewhere"}).encode()
    await files._take_project(elsewhere)
    assert voice.said[-1] == "Project opened; it was saved with the model elsewhere"
