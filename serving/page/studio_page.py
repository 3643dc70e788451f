"""The page at /: people draw, a model paints.

All that belongs to a visitor hangs on their connection and goes away with it.
"""

from __future__ import annotations

import logging
import pathlib

import fastapi
from nicegui import ui

from serving.page.shell import Shell
from serving.studio import Studio

ICON = pathlib.Path(__file__).with_name("icon.svg")
PATIENCE = 20.0  # seconds that a visitor's drawing waits for a connection that broke
WRONG = "something went wrong here; the log says what"
MESSAGES = 100  # that are kept to be sent again then: each may hold pictures


def add_to(app: fastapi.FastAPI, studio: Studio) -> None:
    """Serve the page at /; what else the application has goes first.

    NiceGUI has one application in a process: a second call exchanges the page of the first one.
    """
    logging.getLogger("nicegui").setLevel(logging.ERROR)  # its warnings name addresses asked for
    ui.page("/")(lambda: build(studio))
    ui.run_with(
        app,
        title="Mask Embedding",
        favicon=ICON.read_text(),
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=PATIENCE,
        message_history_length=MESSAGES,
        show_welcome_message=False,
    )


def build(studio: Studio) -> None:
    """One visitor's page."""
    shell, client = Shell(studio), ui.context.client
    client.on_connect(shell.paint)
    client.on_delete(shell.stop)
    client.on_exception(lambda: shell.voice.complain(WRONG))
