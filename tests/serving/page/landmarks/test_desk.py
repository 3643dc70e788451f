import asyncio

import pytest

from input_pipeline.faces.framing import Framing
from serving.page.landmarks.desk import OTHERWISE, LandmarksDesk


@pytest.fixture
def desk(page, studio, voice):
    desk = LandmarksDesk(studio, "faces", voice)
    desk.build()
    return desk


@pytest.mark.parametrize("framed", Framing)
def test_a_drawing_that_lies_otherwise_than_the_other_models_faces_is_told(
    desk, studio, voice, on_page, framed
):
    studio.models[1].framing = framed
    on_page(lambda: desk.choose("plain"))
    assert voice.said == ([OTHERWISE] if framed is Framing.CENTRAL else [])


def test_the_same_model_keeps_its_people(desk, on_page):
    on_page(lambda: desk.state.make_mine(5))
    on_page(lambda: desk.choose("faces"))
    assert desk.state.mine == 5


async def test_parts_that_were_left_hear_of_nothing(desk, studio):
    left = len(desk.state.listeners)
    desk.build()
    assert len(desk.state.listeners) == left
    desk.paint()
    for _ in range(50):
        await asyncio.sleep(0)
    assert [kind for kind, _, _, _ in studio.painted] == ["faces", "faces"]
    desk.state.make_mine(3)
    desk.stop()
    await asyncio.sleep(0.01)
    assert len(studio.painted) == 2
