import asyncio

import pytest
from nicegui.elements.upload_files import SmallFileUpload

from interface.command_line import UserError
from serving.batching import Full
from serving.page.opener import Opener, size


@pytest.fixture
def open_(on_page, voice):
    """Opens a file whose content goes to `take`."""

    async def visit(take):
        opener = Opener("Photo", "image/*", take, 1_000_000, voice)
        await opener.upload.handle_uploads([SmallFileUpload("a.png", "image/png", b"abc")])
        for _ in range(10):
            await asyncio.sleep(0)

    return lambda take: on_page(visit(take))


@pytest.fixture
def opener(page, voice):
    return Opener("Photo", "image/*", None, 1_000_000, voice)


def in_browser(element, kind):
    """The handler of an event that the server is not told of."""
    (listener,) = (e for e in element._event_listeners.values() if e.type == kind)
    assert listener.handler is None
    return listener.js_handler


def test_a_file_is_taken_and_not_forgotten_before_its_request_has_ended(open_, voice, monkeypatch):
    taken, sent = [], []

    async def take(content):
        taken.append(content)

    monkeypatch.setattr("nicegui.ui.upload.run_method", lambda *args: sent.append(args))
    open_(take)
    assert taken == [b"abc"] and not voice.complaints and not sent


@pytest.mark.parametrize(
    "error, text",
    [
        (UserError("mask: not an image"), "mask: not an image"),
        (Full(3), "too many requests are waiting; try again in 3 s"),
        (
            ZeroDivisionError("1/0"),
            "something went wrong here, not with your file; the log says what",
        ),
    ],
)
def test_what_is_wrong_is_said(open_, voice, error, text):
    async def take(_):
        raise error

    open_(take)
    assert voice.complaints == [text]


def test_what_the_browser_refuses_is_said(opener, voice, fire):
    assert opener.upload.props["max-file-size"] < 1_000_000
    for reason in ("max-file-size", "accept"):
        fire(opener.upload, "rejected", {"failedPropValidation": reason})
    fire(opener.upload, "failed")
    assert voice.complaints == [
        "the file is too large: at most 1 MB are taken",
        "this is not a file of the kind wanted here",
        "the file did not arrive",
    ]


def test_dialog_and_forgetting_are_the_browsers(opener, elements):
    (button,) = elements("q-btn")
    opens, ends = in_browser(button, "click"), in_browser(opener.upload, "finish")
    assert f"getElement({opener.upload.id})" in opens and "pickFiles()" in opens
    assert f"getElement({opener.upload.id})" in ends and "reset()" in ends


@pytest.mark.parametrize(
    "count, text", [(16_000_000, "16 MB"), (2_500_000, "2.5 MB"), (1_500, "1.5 kB")]
)
def test_sizes_are_written_for_people(count, text):
    assert size(count) == text
