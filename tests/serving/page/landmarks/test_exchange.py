import asyncio
import io
import json

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from serving.asked import landmarks as masks
from serving.page.landmarks.desk import Desk
from serving.page.landmarks.exchange import Files
from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.sketch import Drawing

SIDE, DRAWN_AT = 16, 32


@pytest.fixture
def with_files(studio, voice, on_page):
    """Runs a coroutine function with a desk, its portrait and its files."""

    async def of_picture(version, content):
        return masks.of_picture(Image.open(io.BytesIO(content)), "mask", version.resolution)

    async def of_landmarks(version, points):
        points = masks.parsed(points, "landmarks")
        return masks.of_landmarks(points, version.resolution, version.drawn_at)

    def run(work):
        async def visit():
            studio.of_picture, studio.of_landmarks = of_picture, of_landmarks
            desk = Desk(studio)
            portrait = Portrait(desk)
            await work(desk, portrait, Files(desk, portrait, voice))

        on_page(visit)

    return run


def test_what_is_saved_can_be_opened(with_files, elements, fire, downloads, until):
    async def work(desk, portrait, files):
        image = np.random.default_rng(0).integers(0, 256, [SIDE, SIDE, 3], np.uint8)
        portrait.painted(image, 5)
        desk.put(desk.example("Laughing"))
        mask, landmarks = desk.mask(), desk.now.landmarks
        for button in elements("q-btn")[:3]:
            fire(button, "click")
        await until(lambda: len(downloads) == 3)
        content = {name: content for content, name, _ in downloads}
        assert {*content} == {"face_5.png", "mask.png", "landmarks.json"}
        np.testing.assert_array_equal(Image.open(io.BytesIO(content["face_5.png"])), image)
        np.testing.assert_array_equal(json.loads(content["landmarks.json"]), landmarks)
        desk.put(Drawing())
        await files._take_mask(content["mask.png"])
        np.testing.assert_array_equal(desk.mask(), mask)
        assert desk.now.landmarks is None
        await files._take_landmarks(content["landmarks.json"])
        np.testing.assert_array_equal(desk.mask(), mask)
        np.testing.assert_array_equal(desk.now.landmarks, landmarks)

    with_files(work)


@pytest.mark.parametrize("content", [b"", b"[[0.5", b"\xff", b"[" * 100_000], ids=range(4))
def test_what_is_no_json_is_refused(with_files, content):
    async def work(desk, _, files):
        begun = desk.now
        with pytest.raises(UserError, match="landmarks: not JSON; wanted 68 pairs"):
            await files._take_landmarks(content)
        assert desk.now is begun

    with_files(work)


def test_without_landmarks_or_a_picture_there_is_nothing_to_save(
    with_files, elements, fire, downloads
):
    async def work(desk, _, __):
        picture, mask, landmarks = elements("q-btn")[:3]
        desk.put(Drawing())
        assert not landmarks.enabled and mask.enabled
        fire(picture, "click")
        await asyncio.sleep(0.05)
        assert not downloads

    with_files(work)
