"""The classes: their colours and names, of which one is painted with."""

from __future__ import annotations

from nicegui import events, ui

from serving.page.labels.state import State
from serving.page.voice import Voice

SEARCHED = 8  # classes from which on they can be searched
CHOSEN = "(e) => emit(+e.target.value)"


class Palette:
    """Radio buttons of the browser's own: arrow keys go from one to the next."""

    def __init__(self, state: State, voice: Voice) -> None:
        self.state, self.voice = state, voice
        self._search = ui.input(on_change=self._find).props(
            'label="Search classes" outlined dense clearable'
        )
        self._search.on("keydown.enter", self._take_only, args=[])
        with ui.element("div").classes("palette").props('role=radiogroup aria-label="Class"'):
            self._rows = [self._row(id) for id in range(state.classes.count)]
        self._none = ui.label("No class is called so.").classes("hint")
        self._none.set_visibility(False)
        self._search.set_visibility(state.classes.count >= SEARCHED)
        state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """Which is chosen."""
        for id, (_, button) in enumerate(self._rows):
            button.props["checked"] = id == self.state.label

    def _row(self, id: int) -> tuple[ui.element, ui.element]:
        label = self.state.classes.labels[id]
        with ui.element("label").classes("class") as row:
            button = ui.element("input").props(f'type=radio name="class_of_{self._search.id}"')
            button.props["value"] = str(id)
            swatch = ui.element("span").classes("swatch").props("aria-hidden=true")
            swatch.style(f"background: #{bytes(label.colour).hex()}")
            ui.label(self.state.classes.spoken[id])
        button.on("change", self._choose, js_handler=CHOSEN)
        return row, button

    def _choose(self, event: events.GenericEventArguments) -> None:
        id = int(event.args)
        if 0 <= id < self.state.classes.count:
            self.state.label = id
            self.state.tell()

    def _take_only(self) -> None:
        """The one class that is found."""
        found = [id for id, (row, _) in enumerate(self._rows) if row.visible]
        if len(found) == 1:
            self.state.label = found[0]
            self.state.tell()
            self.voice.say(f"Class: {self.state.name}")

    def _find(self, event: events.ValueChangeEventArguments) -> None:
        wanted = str(event.value or "").strip().lower()
        classes = self.state.classes
        found = [wanted in f"{a} {b}".lower() for a, b in zip(classes.names, classes.spoken)]
        for (row, _), seen in zip(self._rows, found):
            row.set_visibility(seen)
        self._none.set_visibility(not any(found))
