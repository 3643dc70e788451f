from nicegui import ui

from serving.page.no_desk import NoDesk
from tests.serving import label_models


def test_it_says_what_is_asked_for_and_where_programs_read_on(studio, voice, page, elements):
    for version in studio.models:
        version.about = label_models.TELLING
    desk = NoDesk(studio, "faces", voice)
    desk.build()
    (reason,) = (each for each in page.elements.values() if isinstance(each, ui.label))
    does = "tell the label maps of photos"
    assert reason.text == f"faces is there to {does}, which this page has no tools for."
    (link,) = (each for each in page.elements.values() if isinstance(each, ui.link))
    assert link.props["href"] == "/docs"
    desk.choose("plain")
    assert reason.text.startswith("plain is there")
