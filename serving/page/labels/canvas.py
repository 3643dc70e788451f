"""The label map in its classes' colours, painted on."""

from __future__ import annotations

import json
import pathlib
from typing import Optional

from nicegui import events, ui

from input_pipeline.label_maps.label_sets import LabelSet
from interface import pictures
from serving import objects
from serving.page import gestures
from serving.page.labels import guide
from serving.page.labels.hand import Hand
from serving.page.labels.keys import Keys
from serving.page.labels.tools import ERASE, HINTS, PAN
from serving.page.pen import Place
from serving.page.slider import Slider
from serving.scene import Scene

SCRIPT = pathlib.Path(__file__).with_name("canvas.js")  # of the whole page
NEAR = 12.0  # pixels of the screen within which a polygon's first corner is meant
PRESSED = """(e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const zoom = {'+': labelDesk.STEP, '=': labelDesk.STEP, '-': 1 / labelDesk.STEP, '0': 0}[e.key];
  const known = /^(Arrow(Left|Right|Up|Down)|Enter| |Escape|Delete|Backspace|[a-zA-Z[\\]])$/;
  if (zoom === undefined && !known.test(e.key)) return;
  e.preventDefault();
  if (zoom === undefined) emit({key: e.key, shift: e.shiftKey});
  else labelDesk.zoom(e.currentTarget, zoom);
}"""


def names_of(classes: LabelSet) -> dict[str, str]:
    """Colours as "#ff0000" → what is shown in them; of several classes of one colour all."""
    names: dict[str, list[str]] = {}
    for colour, name in zip(classes.colours, classes.spoken):
        names.setdefault(f"#{bytes(colour).hex()}", []).append(name)
    return {colour: " or ".join(each) for colour, each in names.items()}


class Canvas:
    """Where the label map is changed by a hand, or by its keys."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.keys, self.state = hand, Keys(hand), hand.state
        self._seen: Optional[Scene] = None
        self._under, self._seen_through = "", False
        self._outlined: Optional[tuple[Optional[Scene], Optional[Place]]] = None
        with ui.element("div").classes("view") as self.view:
            self.view.props("tabindex=0 role=application aria-describedby=keys")
            with ui.element("div").classes("sheet").props("data-zooms=1") as self.sheet:
                self.under, self.map = self._layer("under"), self._layer("map")
                self.seams = self._layer("seams")
                ui.element("canvas")
                self.outline = self._layer("selection")
                self.guide = ui.html("", sanitize=False).classes("guide")
            ui.element("div").classes("tip").props("hidden")
            ui.element("div").classes("reading").props("aria-hidden=true")
        self.map.on("load", js_handler="(e) => labelDesk.loaded(e.currentTarget)")
        for kind in ("pointerdown", "pointermove", "pointerup", "pointercancel"):
            self.sheet.on(kind, js_handler="(e) => labelDesk.drawn(e)")
            self.sheet.on(kind, js_handler="(e) => labelDesk.panned(e)")
            self.sheet.on(kind, self._pointed, js_handler=gestures.POINTER)
        for kind in ("pointermove", "pointerleave"):
            self.sheet.on(kind, js_handler="(e) => labelDesk.hovered(e)")
        self.view.on("wheel", js_handler="(e) => labelDesk.wheeled(e)")
        self.view.on("keydown", self._typed, js_handler=PRESSED)
        self._hint = ui.label().classes("hint")
        Slider("Map over the picture, %", 0, 100, 5, 100, self._fade)
        hand.tools.chosen.append(self._begin_anew)
        self.state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What is drawn now, unless a pointer's stroke is under way: the browser shows that."""
        by_keys = self.keys.cursor is not None
        if (self.state.history.settled or by_keys) and self.state.scene is not self._seen:
            self._seen = self.state.scene
            address = pictures.palette_url(self._seen.label, self.state.classes.colours)
            self.map.props["src"] = address
            self._show_seams(self._seen)
            self.map.props["data-names"] = json.dumps(names_of(self.state.classes))
        if self.state.history.settled:
            self._show_selection()
        self._show_tool()

    def lay_under(self, address: str) -> None:
        """The picture, by its address; it is sent where it can be seen."""
        self._under = address
        if self._seen_through:
            self.under.props["src"] = address

    def _show_seams(self, scene: Scene) -> None:
        """What tells objects of one class from each other."""
        between = objects.seams(scene)
        self.seams.set_visibility(between is not None)
        if between is not None:
            self.seams.props["src"] = pictures.lines_url(between)

    def _show_selection(self) -> None:
        """Unless it is shown already: of a large map it takes a while to find."""
        shown = self._seen, self.state.selected
        if shown == self._outlined:
            return
        self._outlined = shown
        inside = self.state.selection()
        self.outline.set_visibility(inside is not None)
        if inside is not None:
            self.outline.props["src"] = pictures.outline_url(inside)

    @staticmethod
    def _layer(kind: str) -> ui.element:
        return ui.element("img").classes(kind).props('alt="" draggable=false')

    def _show_tool(self) -> None:
        """What the browser needs to draw ahead, and what lies over the map."""
        tools, size = self.hand.tools, self.state.scene.label.shape[:2]
        colour = self.state.classes.colours[0 if tools.tool == ERASE else self.state.label]
        self.sheet.props["data-tool"] = tools.tool
        self.sheet.props["data-size"] = str(tools.size)
        self.sheet.props["data-colour"] = f"#{bytes(colour).hex()}"
        self.guide.content = guide.svg(size, self.hand.corners, self.keys.cursor)
        self._hint.text = HINTS[tools.tool]
        self.view.props["aria-label"] = (
            f"Label map, {size[1]} by {size[0]} pixels; {tools.tool}, class {self.state.name}"
        )

    def _begin_anew(self) -> None:
        """Another tool is chosen."""
        self.hand.leave()
        self.show()

    def _fade(self, percent: float) -> None:
        self.map.style(f"opacity: {percent / 100}")
        self._seen_through = percent < 100
        self.lay_under(self._under)

    def _pointed(self, event: events.GenericEventArguments) -> None:
        gesture = gestures.parsed(event.args)
        if gesture is None or self.hand.tools.tool == PAN:
            return
        self.keys.cursor = None
        if gesture.kind == "leave":
            self.hand.leave()
        elif gesture.kind == "down":
            self.hand.down(gesture.places[0], NEAR / gesture.width)
        else:
            self.hand.move(gesture.places)
        if gesture.kind == "up":
            self.hand.up()
        self._show_tool()

    def _typed(self, event: events.GenericEventArguments) -> None:
        self.keys.typed(str(event.args["key"]), bool(event.args["shift"]))
        self.show()
