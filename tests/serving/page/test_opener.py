import asyncio
import types

import pytest
from nicegui import context
from nicegui.elements.upload_files import SmallFileUpload

from interface.command_line import UserError
from serving.batching import Full
from serving.page.opener import Opener, size


def opened(content, take, voice):
    async def visit():
        opener = Opener("Photo", "image/*", take, 1_000_000, voice)
        await opener.upload.handle_uploads([SmallFileUpload("a.png", "image/png", content)])
        for _ in range(10):
            await asyncio.sleep(0)

    return visit


def test_a_file_is_taken(voice, on_page):
    taken = []

    async def take(content):
        taken.append(content)

    on_page(opened(b"abc", take, voice))
    assert taken == [b"abc"] and not voice.complaints


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
def test_what_is_wrong_is_said(voice, on_page, error, text):
    async def take(_):
        raise error

    on_page(opened(b"abc", take, voice))
    assert voice.complaints == [text]


def test_what_the_browser_refuses_is_said(voice, on_page, fire):
    def visit():
        opener = Opener("Photo", "image/*", None, 1_000_000, voice)
        assert opener.upload.props["max-file-size"] < 1_000_000
        for reason in ("max-file-size", "accept"):
            fire(opener.upload, "rejected", {"failedPropValidation": reason})
        fire(opener.upload, "failed")
        assert voice.complaints == [
            "the file is too large: at most 1 MB are taken",
            "this is not a file of the kind wanted here",
            "the file did not arrive",
        ]

    on_page(visit)


def test_the_button_opens_the_dialog_in_the_browser(voice, on_page):
    def visit():
        opener = Opener("Photo", "image/*", None, 1_000_000, voice)
        (button,) = (each for each in context.client.elements.values() if each.tag == "q-btn")
        (click,) = (e for e in button._event_listeners.values() if e.type == "click")
        assert f"getElement({opener.upload.id})" in click.js_handler and click.handler is None

    on_page(visit)


def test_an_upload_is_forgotten_in_the_browser_and_not_before_it_has_ended(voice, on_page):
    sent = []

    async def take(_):
        pass

    async def visit():
        opener = Opener("Photo", "image/*", take, 1_000_000, voice)
        opener.upload.run_method = lambda *args: sent.append(args)
        (end,) = (e for e in opener.upload._event_listeners.values() if e.type == "finish")
        assert f"getElement({opener.upload.id})" in end.js_handler and "reset()" in end.js_handler
        await opener.upload.handle_uploads([SmallFileUpload("a.png", "image/png", b"abc")])
        await asyncio.sleep(0)
        assert end.handler is None and sent == []

    on_page(visit)


def test_sizes_are_written_for_people():
    found = types.SimpleNamespace(**{f"of_{n}": size(n) for n in (16_000_000, 2_500_000, 1_500)})
    assert vars(found) == {"of_16000000": "16 MB", "of_2500000": "2.5 MB", "of_1500": "1.5 kB"}
