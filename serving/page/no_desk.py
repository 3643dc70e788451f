"""What stands in a desk's place for models that ask for what none is for."""

from __future__ import annotations

from nicegui import ui

from serving.page.section import section
from serving.page.voice import Voice
from serving.saved_model import told
from serving.studio import Studio


class NoDesk:
    """Says so, and where programs are told how to ask the model."""

    title = "This model can be asked by programs"
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
        does = told(self.studio.models.get(model).about)
        self._reason.text = f"{model} is there to {does}, which this page has no tools for."

    def paint(self) -> None:
        pass

    def stop(self) -> None:
        pass
