import asyncio
import io
import json

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from serving.asked import landmarks as masks
from serving.page.landmarks.exchange import Files
from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.sketch import Drawing

SIDE, DRAWN_AT = 16, 32


@pytest.fixture
def files(page, studio, state, voice):
    async def of_picture(version, content):
        return masks.of_picture(content, "mask", SIDE)

    async def of_landmarks(version, points):
        return masks.of_landmarks(masks.parsed(points, "landmarks"), SIDE, DRAWN_AT)

    studio.of_picture, studio.of_landmarks = of_picture, of_landmarks
    return Files(state, Portrait(state), voice)


async def test_what_is_saved_can_be_opened(files, state, elements, fire, downloads, until):
    image = np.random.default_rng(0).integers(0, 256, [SIDE, SIDE, 3], np.uint8)
    files.portrait.painted(image, 5)
    state.history.put(state.example("Laughing"))
    mask, landmarks = state.mask(), state.now.landmarks
    for button in elements("q-btn")[:3]:
        fire(button, "click")
    await until(lambda: len(downloads) == 3)
    content = {name: content for content, name, _ in downloads}
    assert {*content} == {"face_5.png", "mask.png", "landmarks.json"}
    np.testing.assert_array_equal(Image.open(io.BytesIO(content["face_5.png"])), image)
    np.testing.assert_array_equal(json.loads(content["landmarks.json"]), landmarks)
    state.history.put(Drawing())
    await files._take_mask(content["mask.png"])
    np.testing.assert_array_equal(state.mask(), mask)
    assert state.now.landmarks is None
    await files._take_landmarks(content["landmarks.json"])
    np.testing.assert_array_equal(state.mask(), mask)
    np.testing.assert_array_equal(state.now.landmarks, landmarks)


@pytest.mark.parametrize("content", [b"", b"[[0.5", b"\xff", b"[" * 100_000], ids=range(4))
def test_what_is_no_json_is_refused(on_page, files, state, content):
    begun = state.now
    with pytest.raises(UserError, match="landmarks: not JSON; wanted 68 pairs"):
        on_page(files._take_landmarks(content))
    assert state.now is begun


async def test_without_landmarks_or_a_picture_there_is_nothing_to_save(
    files, state, elements, fire, downloads
):
    picture, mask, landmarks = elements("q-btn")[:3]
    state.history.put(Drawing())
    assert not landmarks.enabled and mask.enabled
    fire(picture, "click")
    await asyncio.sleep(0.05)
    assert not downloads
