import asyncio

import numpy as np
import pytest

from serving.batching import Full
from serving.page.landmarks.blend import Blend
from serving.page.landmarks.easel import Easel
from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.state import COUNT
from serving.page.landmarks.variations import Faces

EIGHT = list(range(1, COUNT + 1))


@pytest.fixture
def easel(page, state, voice):
    return Easel(state, Portrait(state), Faces(state, voice), Blend(state, voice), voice)


async def rest():
    """Until all is painted."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
def asked(studio):
    """What was asked for since last time: kind and seeds."""

    def asked():
        kinds_and_seeds = [(kind, seeds) for kind, _, _, seeds in studio.painted]
        studio.painted.clear()
        return kinds_and_seeds

    return asked


async def test_only_what_is_not_seen_yet_is_painted(easel, state, studio, voice, asked):
    easel.latest.ask()
    await rest()
    assert asked() == [("faces", [1]), ("faces", EIGHT)]
    assert voice.whispered == ["Face 1 painted"] and not easel.portrait.frame.is_busy
    state.tell()
    await rest()
    assert asked() == [] and len(voice.whispered) == 1
    state.make_mine(4)
    await rest()
    assert asked() == [("faces", [4])]
    state.blend(2, True)
    state.blend(6, True)
    await rest()
    assert asked() == [("between", [2, 6])]
    state.renew()
    await rest()
    assert asked() == [("faces", [*range(9, 17)])]
    state.choose("plain")
    await rest()
    assert [name for _, name, _, _ in studio.painted] == ["plain"] * 2  # nobody is blended


async def test_while_the_hand_moves_only_the_own_face_follows(easel, state, studio, asked):
    easel.latest.ask()
    await rest()
    asked()
    half, whole = Drawing(landmarks=state.now.landmarks + 0.1), Drawing()
    state.history.change(half)
    await rest()
    np.testing.assert_array_equal(studio.painted[0][2], half.mask(16, 32))
    assert asked() == [("faces", [1])] and easel.portrait.frame.is_busy
    state.history.change(whole)
    state.history.keep()
    await rest()
    assert not studio.painted[-1][2].any()
    assert asked() == [("faces", [1]), ("faces", EIGHT)]


async def test_drawings_in_between_are_left_out(easel, state, studio):
    for by in np.linspace(0, 0.3, 10):
        state.history.change(Drawing(landmarks=state.shapes.mean + by))
        await asyncio.sleep(0)  # long enough to begin, too short to end
    await rest()
    masks = [mask for _, _, mask, _ in studio.painted]
    assert len(masks) < 10
    np.testing.assert_array_equal(masks[-1], state.mask())


async def test_a_full_queue_is_not_spoken_of_and_a_failure_is(
    easel, state, studio, voice, asked, monkeypatch
):
    troubles, painting = [Full(0), ValueError("broken")], studio.faces

    async def faces(*args):
        if troubles:
            raise troubles.pop(0)
        return await painting(*args)

    monkeypatch.setattr(studio, "faces", faces)
    easel.latest.ask()
    await rest()
    assert voice.complaints == ["the face could not be painted; the server's log says why"]
    assert not easel.portrait.frame.is_busy
    state.tell()
    await rest()
    assert asked() == [("faces", [1]), ("faces", EIGHT)]
