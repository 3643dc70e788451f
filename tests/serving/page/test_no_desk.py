from nicegui import ui

from serving.page.no_desk import NoDesk


def test_it_says_what_is_asked_for_and_where_programs_read_on(studio, voice, page, elements):
    for version in studio.models:
        version.asks = "<depth>"
    desk = NoDesk(studio, "faces", voice)
    desk.build()
    (reason,) = (each for each in page.elements.values() if isinstance(each, ui.label))
    assert reason.text == "faces asks for <depth>, and this page has no way to draw that."
    (link,) = (each for each in page.elements.values() if isinstance(each, ui.link))
    assert link.props["href"] == "/docs"
    desk.choose("plain")
    assert reason.text.startswith("plain asks")
