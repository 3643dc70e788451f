import asyncio
import threading

import numpy as np
import pytest

from serving.batching import Batcher, Full
from serving.signatures import Signature


class Doubler:
    """A model that doubles numbers, one call at a time, when it is let."""

    def __init__(self):
        self.calls, self.go = [], threading.Event()
        self.signature = Signature(self, {})
        self.running = 0

    def __call__(self, x):
        self.running += 1
        assert self.running == 1
        self.go.wait(10)
        self.calls.append(len(x))
        self.running -= 1
        if (x == 13).any():
            raise ValueError("13")
        return {"y": 2 * x}


def count(inputs):
    """A number above 100 is a large image, which counts as five."""
    return sum(5 if number > 100 else 1 for number in inputs["x"].flat)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


def ask(batcher, model, *numbers):
    return asyncio.create_task(batcher.run(model.signature, x=np.array(numbers)))


def test_callers_behind_a_running_call_share_the_next_and_get_their_own_rows():
    async def scene():
        model, seen = Doubler(), []
        batcher = Batcher(
            5, 100, 0.0, count, lambda rows, callers, seconds: seen.append((rows, callers))
        )
        tasks = [ask(batcher, model, 0)]
        await until(lambda: model.running)
        tasks += [
            ask(batcher, model, *range(n, n + k)) for n, k in ((1, 2), (3, 1), (4, 2), (6, 4))
        ]
        await until(lambda: batcher.waiting == 9)
        model.go.set()
        doubled = [(await task)["y"].tolist() for task in tasks]
        assert doubled == [[0], [2, 4], [6], [8, 10], [12, 14, 16, 18]]
        assert model.calls == [1, 5, 4] and batcher.waiting == 0
        assert seen == [(1, 1), (5, 3), (4, 1)]

    asyncio.run(scene())


def test_the_first_waits_for_others():
    async def scene():
        model = Doubler()
        model.go.set()
        batcher = Batcher(8, 100, 0.05, count)
        await asyncio.gather(*[ask(batcher, model, n) for n in range(4)])
        assert model.calls == [4]

    asyncio.run(scene())


def test_a_full_queue_refuses_and_takes_again_when_it_is_empty():
    async def scene():
        model = Doubler()
        batcher = Batcher(2, 3, 0.0, count)
        tasks = [ask(batcher, model, 0)]
        await until(lambda: model.running)
        tasks += [ask(batcher, model, 1, 2), ask(batcher, model, 3)]
        await until(lambda: batcher.waiting == 3)
        with pytest.raises(Full) as caught:
            await ask(batcher, model, 4)
        assert caught.value.seconds >= 1
        model.go.set()
        await asyncio.gather(*tasks)
        assert (await ask(batcher, model, 5, 6, 7, 8))["y"].tolist() == [10, 12, 14, 16]

    asyncio.run(scene())


def test_who_has_gone_away_is_left_out():
    async def scene():
        model = Doubler()
        batcher = Batcher(8, 100, 0.0, count)
        first, gone, last = ask(batcher, model, 0), None, None
        await until(lambda: model.running)
        gone, last = ask(batcher, model, 1, 1, 1), ask(batcher, model, 2)
        await until(lambda: batcher.waiting == 4)
        gone.cancel()
        await asyncio.sleep(0)
        model.go.set()
        assert [(await t)["y"].tolist() for t in (first, last)] == [[0], [4]]
        assert model.calls == [1, 1]

    asyncio.run(scene())


def behind(model, *askings):
    """What becomes of askings of `ask` that came in this order while a first call ran."""

    async def scene():
        batcher = Batcher(8, 100, 0.0, count)
        first = ask(batcher, model, 0)
        await until(lambda: model.running)
        tasks = [ask(batcher, *asking) for asking in askings]
        await until(lambda: batcher.waiting == sum(count({"x": np.array(a[1:])}) for a in askings))
        model.go.set()
        await first
        return [(await task)["y"].tolist() for task in tasks]

    return asyncio.run(scene())


def test_each_call_is_for_the_one_who_waits_longest_and_those_like_them():
    one, other = Doubler(), Doubler()
    other.go.set()
    doubled = behind(one, (one, 1), (other, 2), (one, 3), (other, 4), (one, 5))
    assert doubled == [[2], [4], [6], [8], [10]]
    assert (one.calls, other.calls) == ([1, 3], [2])


def test_rows_of_different_shapes_are_called_apart():
    model = Doubler()
    doubled = behind(model, (model, [1, 2]), (model, [3]), (model, [4, 5], [6, 7]), (model, [8]))
    assert doubled == [[[2, 4]], [[6]], [[8, 10], [12, 14]], [[16]]]
    assert model.calls == [1, 3, 2]


def test_large_images_count_as_several():
    model = Doubler()
    behind(model, (model, 101), (model, 2, 3), (model, 104), (model, 5), (model, 106, 107))
    assert model.calls == [1, 3, 2, 2]  # 7 images and no five more; 6; 10, of one caller


def test_a_call_that_fails_fails_for_its_callers_alone():
    async def scene():
        model = Doubler()
        model.go.set()
        batcher = Batcher(8, 100, 0.0, count)
        with pytest.raises(ValueError, match="13"):
            await ask(batcher, model, 13)
        assert (await ask(batcher, model, 14))["y"].tolist() == [28]

    asyncio.run(scene())
