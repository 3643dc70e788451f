import asyncio
import threading

import pytest

from serving import hands
from serving.batching import Full
from serving.hands import Hands


def test_photos_queue_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(hands, "PHOTOS_WAITING", 2)
    go, those = threading.Event(), Hands()

    async def scene():
        tasks = [asyncio.create_task(those.find(go.wait, 10)) for _ in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(Full):
            await tasks[2]
        assert await those.draw(max, 1, 2) == 2  # pictures do not wait for faces
        go.set()
        assert await asyncio.gather(*tasks[:2]) == [True, True]
        assert await those.find(go.wait, 10)

    asyncio.run(scene())


def test_what_goes_wrong_is_raised_and_makes_room_again(monkeypatch):
    monkeypatch.setattr(hands, "PHOTOS_WAITING", 1)

    async def scene():
        those = Hands()
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await those.find(divmod, 1, 0)

    asyncio.run(scene())
