import asyncio

import pytest

from serving.batching import Full
from serving.page.latest import Latest


async def rest():
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def done():
    """How the work ended, each time."""
    return []


@pytest.fixture
def working(done):
    """Work that ends so, one after the other: an error is raised, anything else is done."""

    def working(*ends):
        ends = list(ends)

        async def work():
            end = ends.pop(0)
            if isinstance(end, Exception):
                raise end
            done.append(end)

        return work

    return working


async def test_of_many_only_the_first_and_the_latest_are_done(done):
    state, gate = [0], asyncio.Event()

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


async def test_a_full_queue_is_waited_out(working, done, monkeypatch):
    waited, yielding = [], asyncio.sleep

    async def sleep(seconds):
        waited.append(seconds)
        await yielding(0)

    with monkeypatch.context() as patched:
        patched.setattr("serving.page.latest.asyncio.sleep", sleep)
        Latest(working(Full(2), Full(3), "done"), pytest.fail).ask()
        for _ in range(20):
            await yielding(0)
    assert waited == [2, 3] and done == ["done"]


async def test_a_failure_is_told_and_logged_and_the_next_one_is_done(working, done, caplog):
    told = []
    latest = Latest(working(ValueError("broken"), "done"), lambda: told.append(True))
    for _ in range(2):
        latest.ask()
        await rest()
    assert told == [True] and done == ["done"] and "broken" in caplog.text


async def test_it_can_be_stopped(working, done):
    latest = Latest(working("done"), pytest.fail)
    latest.stop()  # nothing to stop yet
    latest.ask()
    latest.ask()
    latest.stop()
    await rest()
    assert not done
