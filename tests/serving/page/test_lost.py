from nicegui import context

from serving.page import lost


def test_what_went_with_the_connection_is_said_once_the_browser_tells(voice, on_page, fire):
    def visit():
        lost.watch(voice)
        assert voice.complaints == []
        fire(context.client.layout, "lost")
        assert voice.complaints == ["the connection was lost; the drawing begins anew"]

    on_page(visit)
