"""The mask, pixel by pixel, and handles on the landmarks: dragged, drawn on, moved by keys."""

from __future__ import annotations

from typing import Optional

import numpy as np
from nicegui import events, ui

from input_pipeline.faces.drawing import LINES
from interface import pictures
from serving.page import gestures
from serving.page.landmarks.desk import Desk
from serving.page.landmarks.landmark_names import name_of
from serving.page.landmarks.sketch import Drawing, Place, Stroke
from serving.page.landmarks.tools import DRAW, ERASE, HINTS, KEYS, MOVE, NO_POINTS, Tools
from serving.page.voice import Voice

REACH = 28.0  # pixels of the screen that a finger may miss a landmark by
FAR = 5.0  # pixels of the mask that an arrow key moves by with Shift
NOSE_TIP = 30
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}
NEXT = {"n": 1, "]": 1, "p": -1, "[": -1}


class Canvas:
    """Where a desk's drawing is changed by hand.

    Attributes:
      selected: the landmark that keys move.
    """

    def __init__(self, desk: Desk, tools: Tools, voice: Voice) -> None:
        self.desk, self.tools, self.voice = desk, tools, voice
        self.selected = NOSE_TIP
        self._grip: Optional[np.ndarray] = None  # from the finger to the landmark it drags
        self._stroke: list[Place] = []
        self._before = desk.now  # what an unfinished stroke is drawn on
        self.picture = ui.interactive_image(sanitize=False).classes("canvas")
        self.picture.props("tabindex=0 role=application aria-describedby=keys")
        unnamed = f"() => getElement({self.picture.id}).$refs.img.alt = ''"  # the whole has a name
        self.picture.on("loaded", js_handler=unnamed)
        for kind in ("pointerdown", "pointermove", "pointerup", "pointercancel"):
            self.picture.on(kind, self._pointed, js_handler=gestures.POINTER)
        for kind in ("keydown", "keyup"):
            self.picture.on(kind, self._typed, js_handler=gestures.KEY)
        self.picture.on("blur", self._finish)
        self._hint = ui.label().classes("hint")
        self._keys = ui.label(KEYS).classes("hint by-keys")
        desk.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What is drawn now."""
        mask = self.desk.mask()
        self.picture.set_source(pictures.data_url(mask.astype(np.uint8) * 255))
        handles, points = self.tools.tool == MOVE, self.desk.now.landmarks is not None
        self.picture.set_content(svg(self.desk.now, len(mask), self.selected if handles else None))
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
            self._before = self.desk.now
            self._go_on([place], begins=True)
            return
        found = self.desk.now.nearest(place, within)
        if found is not None and self.desk.now.landmarks is not None:
            self.selected = found
            self._grip = self.desk.now.landmarks[found] - place
            self.show()

    def _go_on(self, places: list[Place], begins: bool = False) -> None:
        if self._grip is not None:
            x, y = self._grip + places[-1]
            self.desk.change(self.desk.now.moved(self.selected, (x, y)))
        elif self._stroke or begins:
            self._stroke += places
            width = self.tools.size / self.desk.version.resolution
            stroke = Stroke(tuple(self._stroke), width, self.tools.tool == ERASE)
            self.desk.change(self._before.stroked(stroke))

    def _finish(self) -> None:
        """End of whatever is under way."""
        if not self.desk.history.settled:
            drew = "line drawn" if self.tools.tool == DRAW else "erased"
            moved = f"{name_of(self.selected)}, moved"
            self.voice.say((moved if self.tools.tool == MOVE else drew).capitalize())
        self._grip, self._stroke = None, []
        self.desk.keep()

    def _typed(self, event: events.GenericEventArguments) -> None:
        key = str(event.args["key"])
        if self.desk.now.landmarks is None or self.tools.tool != MOVE:
            return
        if event.args["kind"] == "keyup":
            self._finish()
        elif key in ARROWS:
            by = np.array(ARROWS[key]) / self.desk.version.resolution
            x, y = self.desk.now.landmarks[self.selected] + by * (FAR if event.args["shift"] else 1)
            self.desk.change(self.desk.now.moved(self.selected, (x, y)))
        elif key.lower() in NEXT:
            self.selected = (self.selected + NEXT[key.lower()]) % len(self.desk.now.landmarks)
            self.voice.say(name_of(self.selected).capitalize())
            self.show()


def svg(drawing: Drawing, side: int, selected: Optional[int]) -> str:
    """The landmarks' lines over a mask of `side` pixels; handles too, unless `selected` is None."""
    if drawing.landmarks is None:
        return ""
    places = [f"{x * side:.2f},{y * side:.2f}" for x, y in drawing.landmarks]
    parts = []
    for first, last, closed in LINES:
        tag = "polygon" if closed else "polyline"
        parts.append(f'<{tag} class="line" points="{" ".join(places[first : last + 1])}"/>')
    for index, place in enumerate(places if selected is not None else []):
        x, y = place.split(",")
        kind, radius = ("chosen", 60) if index == selected else ("handle", 100)
        parts.append(f'<circle class="{kind}" cx="{x}" cy="{y}" r="{side / radius:.3f}"/>')
    return "".join(parts)
