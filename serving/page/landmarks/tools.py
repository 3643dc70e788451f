"""The canvas's tools, undo and redo."""

from __future__ import annotations

from nicegui import events, ui

from serving.page.landmarks.desk import Desk
from serving.page.slider import Slider
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
UNDO = """(e) => {
  const key = e.key.toLowerCase();
  if (e.action !== 'keydown' || !(e.ctrlKey || e.metaKey) || !['z', 'y'].includes(key)) return;
  e.event.preventDefault();
  emit(key === 'y' || e.shiftKey ? 1 : -1);
}"""


class Tools:
    """Above a canvas.

    Attributes:
      tool: MOVE, DRAW or ERASE.
      size: of the lines of the last two, in pixels of the mask.
    """

    def __init__(self, desk: Desk, voice: Voice) -> None:
        self.desk, self.voice = desk, voice
        self.tool, self.size = MOVE, 1
        with ui.element("div").classes("tray tools"):
            self._tool = ui.toggle([MOVE, DRAW, ERASE], value=self.tool, on_change=self._choose)
            self._tool.props(
                'no-caps unelevated toggle-color=chosen toggle-text-color=chosen aria-label="Tool"'
            )
            self._undo = self._button("undo", "Undo", -1)
            self._redo = self._button("redo", "Redo", 1)
            with ui.element("div").classes("size") as self._sizes:
                Slider("Line width", 1, WIDEST, 1, self.size, self._resize)
        ui.keyboard(ignore=[]).on("key", self._typed, js_handler=UNDO)
        desk.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What can be done now."""
        self._undo.set_enabled(self.desk.history.can_go(-1))
        self._redo.set_enabled(self.desk.history.can_go(1))
        self._sizes.set_visibility(self.tool != MOVE)

    def _button(self, icon: str, name: str, by: int) -> ui.button:
        button = ui.button(icon=icon, on_click=lambda: self._go(by))
        return button.props(f'outline aria-label="{name}" title="{name}"')

    def _choose(self, event: events.ValueChangeEventArguments) -> None:
        if event.value in HINTS:
            self.desk.keep()
            self.tool = event.value
            self.desk.tell()

    def _resize(self, size: float) -> None:
        self.size = round(size)

    def _typed(self, event: events.GenericEventArguments) -> None:
        self._go(1 if event.args == 1 else -1)

    def _go(self, by: int) -> None:
        if self.desk.go(by):
            self.voice.say("Undone" if by < 0 else "Redone")
        else:
            self.voice.say("Nothing to undo" if by < 0 else "Nothing to redo")
