"""What is around a desk: heading, choice of model, voice; and which desk is open."""

from __future__ import annotations

import pathlib

from nicegui import ui

from serving.page import desks, lost
from serving.page.voice import Voice
from serving.studio import Studio

STYLE = pathlib.Path(__file__).with_name("style.css")


class Shell:
    """One visitor's page; begins at the desk for the first model."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.voice = studio, Voice()
        names = [version.name for version in studio.models]
        ui.add_head_html(f"<style>{STYLE.read_text()}</style>")
        for script in desks.SCRIPTS:
            ui.add_head_html(f"<script>{script.read_text()}</script>")
        lost.watch(self.voice)
        with ui.element("header"):
            self._title = ui.html("", sanitize=False, tag="h1")
            with ui.element("div"):
                if len(names) > 1:
                    self._choice(names)
        self._room = ui.element("div")
        # Those that were opened, with what is drawn at them.
        self._desks: dict[desks.Kind, desks.Desk] = {}
        self._desk = self._desk_for(names[0])
        self._open()

    def choose(self, model: str) -> None:
        """Go on with this model, at another desk if it asks for something else."""
        desk = self._desk_for(model)
        if desk is not self._desk:
            self._desk.stop()
            self._desk = desk
            self._open()
        desk.choose(model)
        desk.paint()

    def paint(self) -> None:
        """Bring what is to be seen at the desk."""
        self._desk.paint()

    def stop(self) -> None:
        """Bring no more of it."""
        self._desk.stop()

    def _choice(self, names: list[str]) -> None:
        select = ui.select(names, value=names[0], on_change=lambda e: self.choose(e.value))
        select.props('label="Model" outlined dense options-dense').classes("model")

    def _desk_for(self, model: str) -> desks.Desk:
        kind = desks.kind_of(self.studio.models.get(model).about)
        if kind not in self._desks:
            self._desks[kind] = desks.desk_for(self.studio, model, self.voice)
        return self._desks[kind]

    def _open(self) -> None:
        self._title.content = self._desk.title
        self._room.clear()
        with self._room:
            ui.html(self._desk.style, sanitize=False, tag="style")
            with ui.element("div").classes("desk"):
                self._desk.build()
