from serving.page.saving import saver, send


def test_what_is_saved_is_sent_under_its_name_and_said(page, voice, downloads, fire):
    button = saver("Save it", lambda: send(voice, b"content", "it.txt", "text/plain"))
    fire(button, "click")
    assert downloads == [(b"content", "it.txt", "text/plain")]
    assert voice.said == ["Saved as it.txt"]
