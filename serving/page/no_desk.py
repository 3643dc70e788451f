"""What stands in a desk's place for models that ask for what none is for."""

from __future__ import annotations

from nicegui import ui

from serving.models import Version
from serving.page.section import section
from serving.page.voice import Voice
from serving.studio import Studio


class NoDesk:
    """Says so, and where programs are told how to ask the model."""

    title = "There is no desk for this model here"
    style = ""

    def __init__(self, studio: Studio, model: str, voice: Voice) -> None:
        self.studio, self.model = studio, model

    def build(self) -> None:
        with section("help", ""):
            self._reason = ui.label()
            ui.link("How programs ask it", "/docs")
        self.choose(self.model)

    def choose(self, model: str) -> None:
        self.model = model
        asks = asked_for(self.studio.models.get(model))
        self._reason.text = f"{model} asks for {asks}, and this page has no way to draw that."

    def paint(self) -> None:
        pass

    def stop(self) -> None:
        pass


def asked_for(version: Version) -> str:
    """What a model wants to be given, as it says itself."""
    return getattr(version, "asks", "landmarks")
