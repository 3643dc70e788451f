"""The canvas's tools, undo and redo, zoom."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import events, ui

from serving.page.labels.state import State
from serving.page.slider import Slider
from serving.page.undo import Undo
from serving.page.voice import Voice

BRUSH, ERASE, LINE, AREA, POLYGON = "Brush", "Erase", "Line", "Rectangle", "Polygon"
FILL, PICK, SELECT, PAN = "Fill", "Pick", "Select", "Pan"
HINTS = {
    BRUSH: "Paint the chosen class.",
    ERASE: "Paint the first class, the ground of all others.",
    LINE: "Drag a straight line.",
    AREA: "Drag a rectangle.",
    POLYGON: "Click corner after corner; the first one or Enter ends it, Backspace takes one back.",
    FILL: "Click an object: it becomes the chosen class.",
    PICK: "Click a class on the map to paint with.",
    SELECT: "Click an object, then drag it, or say below what becomes of it.",
    PAN: "Drag the map, if it is zoomed; two fingers zoom, whatever the tool.",
}
SIZED = {BRUSH, ERASE, LINE}
SHORT = {"b": BRUSH, "e": ERASE, "l": LINE, "r": AREA, "p": POLYGON, "f": FILL}
SHORT |= {"i": PICK, "s": SELECT, "h": PAN}
LARGEST = 128  # pixels of the map
PART = 24  # of a map's shorter side the brush is as wide at first


class Tools:
    """Above a canvas.

    Attributes:
      tool: that is chosen.
      size: of brush, eraser and lines, in pixels of the map.
    """

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        self.tool, self.size, self._side = BRUSH, 1, 0
        self.chosen: list[Callable[[], None]] = []  # called when another tool is
        with ui.element("div").classes("tray tools"):
            self._tool = ui.toggle([*HINTS], value=self.tool, on_change=self._choose)
            self._tool.props(
                'no-caps unelevated toggle-color=chosen toggle-text-color=chosen aria-label="Tool"'
            )
        with ui.element("div").classes("tray"):
            self._undo = Undo(state, voice)
            for icon, name, by in (
                ("zoom_in", "Zoom in", "labelDesk.STEP"),
                ("zoom_out", "Zoom out", "1 / labelDesk.STEP"),
                ("fit_screen", "See the whole map", "0"),
            ):
                button = ui.button(icon=icon).props(f'outline aria-label="{name}" title="{name}"')
                button.on("click", js_handler=f"(e) => labelDesk.zoom(e.currentTarget, {by})")
            with ui.element("div").classes("size") as self._sizes:
                self._slider = Slider("Brush size", 1, LARGEST, 1, self.size, self._resize)
            self._own = ui.checkbox("As an object of its own").props("dense")
            self._own.on_value_change(self._make_own)
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What can be done now; for a map of another size with a brush of another."""
        side = min(self.state.scene.label.shape[:2])
        if side != self._side:
            self._side, self.size = side, min(max(1, side // PART), LARGEST)
            self._slider.show(self.size)
        self._undo.show()
        # What is not there leaves its room, or else the canvas would move below the pointer.
        self._sizes.style(f"visibility: {'visible' if self.tool in SIZED else 'hidden'}")
        self._own.set_visibility(self.state.version.about.instances)

    def choose(self, tool: str) -> None:
        """Another tool."""
        self._tool.value = tool

    def resize(self, by: int) -> None:
        """A larger or smaller brush."""
        self.size = min(max(self.size + by, 1), LARGEST)
        self._slider.show(self.size)
        self.voice.say(f"Brush size {self.size}")
        self._tell()

    def _choose(self, event: events.ValueChangeEventArguments) -> None:
        if event.value in HINTS:
            self.state.history.keep()
            self.tool = event.value
            self._tell()

    def _resize(self, size: float) -> None:
        self.size = round(size)
        self._tell()

    def _make_own(self, event: events.ValueChangeEventArguments) -> None:
        self.state.own = bool(event.value)

    def _tell(self) -> None:
        self.show()
        for listener in self.chosen:
            listener()
