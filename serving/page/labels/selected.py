"""What can become of the object that is selected: another class, a copy, nothing."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from serving import objects
from serving.objects import Clip
from serving.page.labels.edits import Filled, Pasted, pixel
from serving.page.labels.hand import Hand
from serving.page.labels.tools import SELECT
from serving.page.voice import Voice

NOTHING = "Nothing is selected: click an object with Select."
ASIDE = 2  # pixels of the map between a copy and what it is of


class Selected:
    """Buttons below the canvas."""

    def __init__(self, hand: Hand, voice: Voice) -> None:
        self.hand, self.state, self.voice = hand, hand.state, voice
        self._hint = ui.label().classes("hint")
        with ui.element("div").classes("tray"):
            self._relabel = self._button("", "format_paint", self._change)
            self._delete = self._button("Delete", "delete", hand.remove)
            self._copy = self._button("Copy", "content_copy", self._take)
            self._paste = self._button("Paste", "content_paste", self._add)
        self.state.listeners.append(self.show)
        self.show()

    def show(self) -> None:
        """What can be done now."""
        place = self.state.selected
        for button in (self._relabel, self._delete, self._copy):
            button.set_enabled(place is not None)
        self._paste.set_enabled(self.state.clip is not None)
        self._hint.text = NOTHING if place is None else f"Selected: {self.state.name_at(place)}"
        self._relabel.text = f"Make it {self.state.name}"

    @staticmethod
    def _button(label: str, icon: str, work: Callable[[], None]) -> ui.button:
        return ui.button(label, icon=icon, on_click=work).props("outline no-caps")

    def _change(self) -> None:
        place = self.state.selected
        if place is None:
            return
        before = self.state.name_at(place)
        if self.voice.tried(lambda: self.state.edit(Filled(place, self.state.label))):
            self.voice.say(f"{before} is {self.state.name} now")

    def _take(self) -> None:
        place, scene = self.state.selected, self.state.scene
        if place is not None:
            self.state.clip = objects.copy(scene, pixel(scene, place), self.state.styles_of)
            self.voice.say(f"Copied: {self.state.name_at(place)}")
            self.state.tell()

    def _add(self) -> None:
        clip, scene = self.state.clip, self.state.scene
        if clip is None:
            return
        height, width = scene.label.shape[:2]
        top, left = _beside(clip, height, width)
        x, y = left / width, top / height
        if not self.voice.tried(lambda: self.state.edit(Pasted(clip, (x, y)))):
            return
        row, column = next(zip(*clip.mask.nonzero()))
        self.hand.tools.choose(SELECT)
        self.state.select((x + (column + 0.5) / width, y + (row + 0.5) / height))
        self.voice.say(f"Pasted: {self.state.classes.spoken[clip.label]}; drag it where it belongs")


def _beside(clip: Clip, height: int, width: int) -> tuple[int, int]:
    """Row and column at which a copy does not lie on what it is of, which moving it away would
    leave with a hole; a quarter in, where there is no such place on the map."""
    (tall, wide), (top, left) = clip.mask.shape, clip.corner
    places = (
        *((top, left + wide + ASIDE), (top, left - wide - ASIDE)),
        *((top + tall + ASIDE, left), (top - tall - ASIDE, left)),
    )
    inside = [p for p in places if 0 <= p[0] <= height - tall and 0 <= p[1] <= width - wide]
    return inside[0] if inside else (height // 4, width // 4)
