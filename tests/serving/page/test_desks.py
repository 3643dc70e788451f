import pytest

from serving.page.desks import DESKS, desk_for
from serving.page.no_desk import NoDesk


@pytest.mark.parametrize("asks", [*DESKS, "photo"])
def test_a_model_gets_the_desk_for_what_it_asks(studio, voice, asks):
    studio.models.get("plain").asks = asks
    assert type(desk_for(studio, "plain", voice)) is DESKS.get(asks, NoDesk)


@pytest.mark.parametrize("make", [*DESKS.values(), NoDesk], ids=[*DESKS, "none"])
def test_a_desk_can_be_left_and_opened_again(studio, voice, on_page, make):
    from nicegui import ui

    studio.models[1].asks = studio.models[0].asks
    desk, room = make(studio, "faces", voice), ui.element("main")
    assert desk.title and "<" not in desk.title

    def seen():
        room.clear()
        with room:
            desk.build()
        return [each.tag for each in room.descendants()]

    first = seen()
    desk.stop()
    assert "section" in first and seen() == first
    on_page(lambda: desk.choose("plain"))
    assert seen()
    assert voice.complaints == []
