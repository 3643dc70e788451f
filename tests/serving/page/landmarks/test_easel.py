import asyncio

import numpy as np
import pytest

from serving.batching import Full
from serving.page.landmarks.blend import Blend
from serving.page.landmarks.desk import COUNT, Desk
from serving.page.landmarks.easel import Easel
from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.variations import Faces

EIGHT = list(range(1, COUNT + 1))


@pytest.fixture
def at_easel(studio, voice, on_page):
    """Runs a coroutine function with a desk, and another that waits until all is painted."""

    def run(work):
        async def visit():
            desk = Desk(studio)
            portrait, faces, blend = Portrait(desk), Faces(desk, voice), Blend(desk, voice)
            easel = Easel(desk, portrait, faces, blend, voice)

            async def rest():
                for _ in range(50):
                    await asyncio.sleep(0)

            await work(desk, easel, rest)

        on_page(visit)

    return run


def asked(studio):
    """What was asked for since last time: kind and seeds."""
    found = [(kind, seeds) for kind, _, _, seeds in studio.painted]
    studio.painted.clear()
    return found


def test_only_what_is_not_seen_yet_is_painted(at_easel, studio, voice):
    async def work(desk, easel, rest):
        easel.latest.ask()
        await rest()
        assert asked(studio) == [("faces", [1]), ("faces", EIGHT)]
        assert voice.whispered == ["Face 1 painted"] and not easel.portrait.is_busy
        desk.tell()
        await rest()
        assert asked(studio) == [] and len(voice.whispered) == 1
        desk.make_mine(4)
        await rest()
        assert asked(studio) == [("faces", [4])]
        desk.blend(2, True)
        desk.blend(6, True)
        await rest()
        assert asked(studio) == [("between", [2, 6])]
        desk.renew()
        await rest()
        assert asked(studio) == [("faces", [*range(9, 17)])]
        desk.choose("plain")
        await rest()
        assert [name for _, name, _, _ in studio.painted] == ["plain"] * 2  # nobody is blended

    at_easel(work)


def test_while_the_hand_moves_only_the_own_face_follows(at_easel, studio):
    async def work(desk, easel, rest):
        easel.latest.ask()
        await rest()
        asked(studio)
        half, whole = Drawing(landmarks=desk.now.landmarks + 0.1), Drawing()
        desk.change(half)
        await rest()
        (kind, _, mask, seeds) = studio.painted[0]
        assert asked(studio) == [(kind, [1])] and easel.portrait.is_busy
        np.testing.assert_array_equal(mask, half.mask(16, 32))
        desk.change(whole)
        desk.keep()
        await rest()
        assert not studio.painted[-1][2].any()
        assert asked(studio) == [("faces", [1]), ("faces", EIGHT)]

    at_easel(work)


def test_drawings_in_between_are_left_out(at_easel, studio):
    async def work(desk, easel, rest):
        for by in np.linspace(0, 0.3, 10):
            desk.change(Drawing(landmarks=desk.shapes.mean + by))
            await asyncio.sleep(0)  # long enough to begin, too short to end
        await rest()
        masks = [mask for _, _, mask, _ in studio.painted]
        assert len(masks) < 10
        np.testing.assert_array_equal(masks[-1], desk.mask())

    at_easel(work)


def test_a_full_queue_is_not_spoken_of_and_a_failure_is(at_easel, studio, voice, monkeypatch):
    async def work(desk, easel, rest):
        troubles = [Full(0), ValueError("broken")]
        painting = studio.faces

        async def faces(*args):
            if troubles:
                raise troubles.pop(0)
            return await painting(*args)

        monkeypatch.setattr(studio, "faces", faces)
        easel.latest.ask()
        await rest()
        assert voice.complaints == ["the face could not be painted; the server's log says why"]
        assert not easel.portrait.is_busy
        desk.tell()
        await rest()
        assert asked(studio) == [("faces", [1]), ("faces", EIGHT)]

    at_easel(work)
