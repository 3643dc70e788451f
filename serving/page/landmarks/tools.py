"""The canvas's tools, undo and redo."""

from __future__ import annotations

from nicegui import events, ui

from serving.page.landmarks.state import State
from serving.page.slider import Slider
from serving.page.undo import Undo
from serving.page.voice import Voice

MOVE, DRAW, ERASE = "Move", "Draw", "Erase"
HINTS = {
    MOVE: "Drag a point: the face follows.",
    DRAW: "Draw lines that the face is to follow.",
    ERASE: "Wipe lines away; points can be moved behind what is wiped away.",
}
NO_POINTS = "There are no points yet: begin with an example or a photo, or choose Draw."
KEYS = "Or choose a point with N and P, and move it with the arrow keys."
WIDEST = 8  # pixels of the mask


class Tools:
    """Above a canvas.

    Attributes:
      tool: MOVE, DRAW or ERASE.
      size: of the lines of the last two, in pixels of the mask.
    """

    def __init__(self, state: State, voice: Voice) -> None:
        self.state = state
        self.tool, self.size = MOVE, 1
        with ui.element("div").classes("tray tools"):
            self._tool = ui.toggle([MOVE, DRAW, ERASE], value=self.tool, on_change=self._choose)
            self._tool.props(
                'no-caps unelevated toggle-color=chosen toggle-text-color=chosen aria-label="Tool"'
            )
            self._undo = Undo(state.history, voice)
            with ui.element("div").classes("size") as self._sizes:
                Slider("Line width", 1, WIDEST, 1, self.size, self._resize)
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What can be done now."""
        self._undo.show()
        self._sizes.set_visibility(self.tool != MOVE)

    def _choose(self, event: events.ValueChangeEventArguments) -> None:
        if event.value in HINTS:
            self.state.history.keep()
            self.tool = event.value
            self.state.tell()

    def _resize(self, size: float) -> None:
        self.size = round(size)
