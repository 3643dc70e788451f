"""The mask, pixel by pixel, and handles on the landmarks: dragged, drawn on, moved by keys."""

from __future__ import annotations

from typing import Optional

import numpy as np
from nicegui import events, ui

from interface import pictures
from serving.page import gestures
from serving.page.landmarks.handles import svg
from serving.page.landmarks.names import name_of
from serving.page.landmarks.sketch import Stroke
from serving.page.landmarks.state import State
from serving.page.landmarks.tools import DRAW, ERASE, HINTS, KEYS, MOVE, NO_POINTS, Tools
from serving.page.pen import Place
from serving.page.voice import Voice

REACH = 28.0  # pixels of the screen that a finger may miss a landmark by
FAR = 5.0  # pixels of the mask that an arrow key moves by with Shift
NOSE_TIP = 30
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}
NEXT = {"n": 1, "]": 1, "p": -1, "[": -1}
PRESSED = """(e) => {
  const known = /^(Arrow(Left|Right|Up|Down)|[npNP\\[\\]])$/.test(e.key);
  if (!known || e.ctrlKey || e.metaKey || e.altKey) return;
  e.preventDefault();
  emit({kind: e.type, key: e.key, shift: e.shiftKey});
}"""


class Canvas:
    """Where the drawing is changed by hand.

    Attributes:
      selected: the landmark that keys move.
    """

    def __init__(self, state: State, tools: Tools, voice: Voice) -> None:
        self.state, self.tools, self.voice = state, tools, voice
        self.selected = NOSE_TIP
        self._grip: Optional[np.ndarray] = None  # from the finger to the landmark it drags
        self._stroke: list[Place] = []
        self._before = state.now  # what an unfinished stroke is drawn on
        self.picture = ui.interactive_image(sanitize=False).classes("canvas")
        self.picture.props("tabindex=0 role=application aria-describedby=keys")
        unnamed = f"() => getElement({self.picture.id}).$refs.img.alt = ''"  # the whole has a name
        self.picture.on("loaded", js_handler=unnamed)
        for kind in ("pointerdown", "pointermove", "pointerup", "pointercancel"):
            self.picture.on(kind, self._pointed, js_handler=gestures.POINTER)
        for kind in ("keydown", "keyup"):
            self.picture.on(kind, self._typed, js_handler=PRESSED)
        self.picture.on("blur", self._finish)
        self._hint = ui.label().classes("hint")
        self._keys = ui.label(KEYS).classes("hint by-keys")
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What is drawn now."""
        mask = self.state.mask()
        self.picture.set_source(pictures.data_url(mask.astype(np.uint8) * 255))
        handles, points = self.tools.tool == MOVE, self.state.now.landmarks is not None
        self.picture.set_content(svg(self.state.now, len(mask), self.selected if handles else None))
        self._hint.text = HINTS[self.tools.tool] if points or not handles else NO_POINTS
        self._keys.set_visibility(points and handles)
        what = "Drawing of a face"
        if points:
            what += f"; {name_of(self.selected)}, is chosen"
        self.picture.props["aria-label"] = what

    def _pointed(self, event: events.GenericEventArguments) -> None:
        gesture = gestures.parsed(event.args)
        if gesture is None:
            return
        if gesture.kind == "down":
            self._begin(gesture.places[0], REACH / gesture.width)
        else:
            self._go_on(gesture.places)
        if gesture.kind == "up":
            self._finish()

    def _begin(self, place: Place, within: float) -> None:
        self._finish()
        if self.tools.tool != MOVE:
            self._before = self.state.now
            self._go_on([place], begins=True)
            return
        landmark = self.state.now.nearest(place, within)
        if landmark is not None and self.state.now.landmarks is not None:
            self.selected = landmark
            self._grip = self.state.now.landmarks[landmark] - place
            self.show()

    def _go_on(self, places: list[Place], begins: bool = False) -> None:
        if self._grip is not None:
            x, y = self._grip + places[-1]
            self.state.history.change(self.state.now.moved(self.selected, (x, y)))
        elif self._stroke or begins:
            self._stroke += places
            width = self.tools.size / self.state.version.resolution
            stroke = Stroke(tuple(self._stroke), width, self.tools.tool == ERASE)
            self.state.history.change(self._before.stroked(stroke))

    def _finish(self) -> None:
        """End of whatever is under way."""
        if not self.state.history.settled:
            drew = "line drawn" if self.tools.tool == DRAW else "erased"
            moved = f"{name_of(self.selected)}, moved"
            self.voice.say((moved if self.tools.tool == MOVE else drew).capitalize())
        self._grip, self._stroke = None, []
        self.state.history.keep()

    def _typed(self, event: events.GenericEventArguments) -> None:
        key = str(event.args["key"])
        if self.state.now.landmarks is None or self.tools.tool != MOVE:
            return
        if event.args["kind"] == "keyup":
            self._finish()
        elif key in ARROWS:
            pixels = np.array(ARROWS[key]) * (FAR if event.args["shift"] else 1)
            by = pixels / self.state.version.resolution
            x, y = self.state.now.landmarks[self.selected] + by
            self.state.history.change(self.state.now.moved(self.selected, (x, y)))
        elif key.lower() in NEXT:
            self.selected = (self.selected + NEXT[key.lower()]) % len(self.state.now.landmarks)
            self.voice.say(name_of(self.selected).capitalize())
            self.show()
