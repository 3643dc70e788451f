import pytest

from interface.command_line import UserError
from serving.page.voice import Voice


@pytest.fixture
def voice(page):
    return Voice()


@pytest.fixture
def line(voice, elements):
    (line,) = elements("div", "said")
    assert line.props["role"] == "status"
    return line


def test_errors_are_sentences_and_what_follows_is_none(voice, line, elements):
    (unseen,) = elements("div", "unseen")
    voice.complain(ValueError("mask: not an image"))
    assert line.text == "Mask: not an image." and "complaint" in line.classes
    voice.say("Mask opened")
    assert line.text == "Mask opened" and "complaint" not in line.classes
    assert unseen.text == ""
    voice.whisper("Face 1 painted")
    assert unseen.text == "Face 1 painted" and line.text == "Mask opened"


def test_each_text_begins_to_fade_anew(voice, line):
    seen = []
    for tell in (voice.say, voice.complain, voice.complain, voice.say):
        tell("undone")
        seen.append("again" in line.classes)
    assert seen == [True, False, True, False]


def test_the_same_again_is_heard_again(voice, line):
    seen = []
    for _ in range(3):
        voice.say("Undone")
        seen.append(line.text)
    assert seen[0] != seen[1] != seen[2]
    assert {text.strip() for text in seen} == {"Undone"}


def test_what_can_not_be_done_is_complained_of(voice, line):
    done = []
    assert voice.tried(lambda: done.append("it")) and done == ["it"] and not line.text

    def refused():
        raise UserError("no room for it")

    assert not voice.tried(refused)
    assert line.text == "No room for it." and "complaint" in line.classes
    with pytest.raises(ZeroDivisionError):
        voice.tried(lambda: 1 / 0)
