from serving.page import lost


def test_what_went_with_the_connection_is_said_once_the_browser_tells(voice, page, fire):
    lost.watch(voice)
    assert voice.complaints == []
    fire(page.layout, "lost")
    assert voice.complaints == ["the connection was lost; the drawing begins anew"]
