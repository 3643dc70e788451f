import asyncio
import gc
import weakref

from nicegui import Client, ui

from serving.page import studio_page
from serving.page.landmarks import desk
from serving.page.landmarks.state import State


async def test_all_that_belongs_to_a_visitor_goes_with_them(studio, monkeypatch):
    made = []

    def make(*args):
        state = State(*args)
        made.append(weakref.ref(state))
        return state

    monkeypatch.setattr(desk, "State", make)
    for _ in range(2):
        with Client(ui.page("/")):
            studio_page.build(studio)
    one, other = list(Client.instances.values())[-2:]
    one.delete()
    del one
    await asyncio.sleep(0)
    gc.collect()
    assert [state() is None for state in made] == [True, False]
    other.delete()


async def test_painting_begins_with_the_browser_and_ends_with_the_visitor(studio):
    with Client(ui.page("/")) as client:
        studio_page.build(studio)
    await asyncio.sleep(0.01)
    assert studio.painted == []  # many who ask for a page never look at it
    for begin in client.connect_handlers:
        begin()
    client.delete()
    await asyncio.sleep(0.01)
    assert studio.painted == []


def test_what_goes_wrong_inside_is_said(studio, page, elements):
    studio_page.build(studio)
    page.handle_exception(ZeroDivisionError())
    (said,) = elements("div", "said")
    assert said.text == "Something went wrong here; the log says what."
