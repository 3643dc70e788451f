"""The page at /: people draw a face, a model paints it.

All that belongs to a visitor hangs on their connection and goes away with it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import fastapi
from nicegui import ui

from serving.page import lost, style
from serving.page.landmarks.blend import Blend
from serving.page.landmarks.canvas import Canvas
from serving.page.landmarks.desk import Desk
from serving.page.landmarks.easel import Easel
from serving.page.landmarks.exchange import Files
from serving.page.landmarks.portrait import Portrait
from serving.page.landmarks.sliders import Sliders
from serving.page.landmarks.start import Start
from serving.page.landmarks.tools import Tools
from serving.page.landmarks.variations import Faces
from serving.page.voice import Voice
from serving.studio import Studio

PATIENCE = 20.0  # seconds that a visitor's drawing waits for a connection that broke
MESSAGES = 100  # that are kept to be sent again then: each may hold pictures
OTHERWISE = "In this model's pictures faces lie otherwise: begin anew, with a photo or an example"


def add_to(app: fastapi.FastAPI, studio: Studio) -> None:
    """Serve the page at /; what else the application has goes first.

    NiceGUI has one application in a process: a second call exchanges the page of the first one.
    """
    logging.getLogger("nicegui").setLevel(logging.ERROR)  # its warnings name addresses asked for
    ui.page("/")(lambda: build(studio))
    ui.run_with(
        app,
        title="Mask Embedding",
        favicon=style.ICON,
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=PATIENCE,
        message_history_length=MESSAGES,
        show_welcome_message=False,
    )


def build(studio: Studio) -> None:
    """One visitor's page."""
    ui.add_head_html(f"<style>{style.CSS}</style>")
    desk, voice = Desk(studio), Voice()
    lost.watch(voice)
    with ui.element("header"):
        _text("h1", "Draw a face, and it is painted")
        choice = ui.element("div")
    with ui.element("div").classes("desk"):
        start, sliders, easel = _parts(desk, voice)
    names = [version.name for version in studio.models]
    if len(names) > 1:

        def choose(name: str) -> None:
            before = desk.version.framing
            desk.choose(name)
            start.build()
            sliders.build()
            if desk.version.framing is not before and desk.now.landmarks is not None:
                voice.say(OTHERWISE)

        with choice:
            select = ui.select(names, value=desk.model, on_change=lambda e: choose(e.value))
            select.props('label="Model" outlined dense options-dense').classes("model")
    client = ui.context.client
    client.on_connect(easel.latest.ask)
    client.on_delete(easel.latest.stop)
    client.on_exception(lambda: voice.complain("something went wrong here; the log says what"))


def _parts(desk: Desk, voice: Voice) -> tuple[Start, Sliders, Easel]:
    with _part("start", "Begin with"):
        start = Start(desk, voice)
    with _part("drawing", "Drawing"):
        tools = Tools(desk, voice)
        Canvas(desk, tools, voice)
    with _part("painted", "Your face"):
        portrait = Portrait(desk)
    with _part("changes", "Change the drawing"):
        sliders = Sliders(desk, voice)
    with _part("faces", "Other faces along the same lines"):
        faces = Faces(desk, voice)
    with _part("blend", "From one face to another"):
        blend = Blend(desk, voice)
    with _part("files", "Files"):
        Files(desk, portrait, voice)
    with _part("help", ""):
        ui.html(style.HELP, sanitize=False, tag="details")
    return start, sliders, Easel(desk, portrait, faces, blend, voice)


@contextlib.contextmanager
def _part(kind: str, heading: str) -> Iterator[None]:
    with ui.element("section").classes(kind):
        if heading:
            _text("h2", heading)
        yield


def _text(tag: str, text: str) -> None:
    ui.html(text, sanitize=False, tag=tag)
