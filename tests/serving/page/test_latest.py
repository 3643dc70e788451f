import asyncio
import contextlib

import pytest

from serving.batching import Full
from serving.page.latest import Latest


async def rest(times=20):
    for _ in range(times):
        await asyncio.sleep(0)


def test_of_many_only_the_first_and_the_latest_are_done():
    async def run():
        state, done, gate = [0], [], asyncio.Event()

        async def work():
            seen = state[0]
            await gate.wait()
            done.append(seen)

        latest = Latest(work, pytest.fail)
        for number in range(1, 6):
            state[0] = number
            latest.ask()
            await rest()
        assert latest.asked
        gate.set()
        await rest()
        assert done == [1, 5] and not latest.asked
        state[0] = 6
        latest.ask()
        await rest()
        assert done == [1, 5, 6]

    asyncio.run(run())


def test_a_full_queue_is_waited_out(monkeypatch):
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    async def run():
        answers = iter([Full(2), Full(3), None])
        done = asyncio.Event()

        async def work():
            with contextlib.ExitStack() as stack:
                answer = next(answers)
                if answer:
                    raise answer
                stack.callback(done.set)

        monkeypatch.setattr("serving.page.latest.asyncio.sleep", sleep)
        Latest(work, pytest.fail).ask()
        await done.wait()

    asyncio.run(run())
    assert waited == [2, 3]


def test_a_failure_is_told_and_logged_and_the_next_one_is_done(caplog):
    async def run():
        told, answers, done = [], iter([ValueError("broken"), None]), []

        async def work():
            answer = next(answers)
            if answer:
                raise answer
            done.append(True)

        latest = Latest(work, lambda: told.append(True))
        for _ in range(2):
            latest.ask()
            await rest()
        assert told == [True] and done == [True]

    asyncio.run(run())
    assert "broken" in caplog.text


def test_it_can_be_stopped():
    async def run():
        done = []

        async def work():
            await asyncio.sleep(0)
            done.append(True)

        latest = Latest(work, pytest.fail)
        latest.stop()  # nothing to stop yet
        latest.ask()
        latest.ask()
        latest.stop()
        await rest()
        assert not done

    asyncio.run(run())
