"""What the canvas's tools do where a pointer, or the keys' cursor, is put down, moved, lifted."""

from __future__ import annotations

import dataclasses
from typing import Optional

from serving.page.labels.edits import MOST_PLACES, Area, Edit, Filled, Moved, Removed, Stroke
from serving.page.labels.state import Drawing, State
from serving.page.labels.tools import BRUSH, ERASE, FILL, LINE, PICK, POLYGON, SELECT, Tools
from serving.page.pen import Place
from serving.page.voice import Voice


@dataclasses.dataclass
class Gesture:
    """What is under way.

    Attributes:
      before: what it is drawn on; places: that it went through.
    """

    before: Drawing
    places: list[Place]


class Hand:
    """One visitor's.

    Attributes:
      corners: of a polygon that is not ended yet.
      gesture: what is under way, or None.
    """

    def __init__(self, state: State, tools: Tools, voice: Voice) -> None:
        self.state, self.tools, self.voice = state, tools, voice
        self.corners: list[Place] = []
        self.gesture: Optional[Gesture] = None

    def down(self, place: Place, near: float = 0.0) -> None:
        """Put down at a place.

        Args:
          near: how far from a polygon's first corner it may be to mean that.
        """
        self._finish()
        tool = self.tools.tool
        if tool == POLYGON:
            self._corner(place, near)
        elif tool in (FILL, PICK):
            self._touch(place)
        elif tool == SELECT:
            self.grasp(place)
            self.state.select(place)
        else:
            self.grasp(place)
            self.move([])

    def grasp(self, place: Place) -> None:
        """Begin something there that nothing is seen of yet."""
        self.gesture = Gesture(self.state.now, [place])

    def move(self, places: list[Place]) -> None:
        """Go on through these places."""
        gesture = self.gesture
        if gesture is None:
            return
        if places and {*places} == {gesture.places[-1]}:
            return  # a pointer is lifted where it is, which makes no other picture
        gesture.places += places
        if self.tools.tool in (BRUSH, ERASE):
            self.voice.tried(
                lambda: self.state.change(gesture.before, self._stroke(gesture.places))
            )

    def up(self) -> None:
        """Lifted: what is under way is done."""
        if self.gesture is None:
            return
        first, last = self.gesture.places[0], self.gesture.places[-1]
        if self.tools.tool == SELECT:
            self._drop(first, (last[0] - first[0], last[1] - first[1]))
        elif self.tools.tool not in (BRUSH, ERASE):
            self._put(self._between(first, last))
        self._finish()

    def leave(self) -> None:
        """What is not ended, as if it had not begun."""
        if self.gesture is not None and not self.state.history.settled:
            self.state.history.change(self.gesture.before)
        self.corners, self.gesture = [], None

    def close(self) -> None:
        """End a polygon."""
        corners, self.corners = tuple(self.corners), []
        if len(corners) > 2:
            self._put(Area(corners[:MOST_PLACES], self.state.label, self.state.own))

    def remove(self) -> None:
        """What is selected."""
        place = self.state.selected
        if place is not None:
            name = self.state.name_at(place)
            if self.voice.tried(lambda: self.state.edit(Removed(place))):
                self.state.select(None)
                self.voice.say(f"Deleted: {name}")

    def _finish(self) -> None:
        self.gesture = None
        if not self.state.history.settled:
            self._say()
        self.state.history.keep()

    def _stroke(self, places: list[Place]) -> Stroke:
        erases = self.tools.tool == ERASE
        label, own = (0, False) if erases else (self.state.label, self.state.own)
        return Stroke(tuple(places[:MOST_PLACES]), float(self.tools.size), label, own)

    def _between(self, first: Place, last: Place) -> Edit:
        if self.tools.tool == LINE:
            return self._stroke([first, last])
        return Area((first, last), self.state.label, self.state.own)

    def _touch(self, place: Place) -> None:
        if self.tools.tool == FILL:
            self._put(Filled(place, self.state.label))
        else:
            self.state.pick(place)
            self.voice.say(f"Class: {self.state.name}")

    def _corner(self, place: Place, near: float) -> None:
        """Another one of a polygon; near the first one it is ended."""
        first = self.corners[0] if len(self.corners) > 2 else None
        if first and max(abs(place[0] - first[0]), abs(place[1] - first[1])) <= near:
            self.close()
        else:
            self.corners.append(place)

    def _drop(self, place: Place, by: Place) -> None:
        """What is selected, moved."""
        height, width = self.state.scene.label.shape[:2]
        if not (round(by[0] * width) or round(by[1] * height)):
            return
        name = self.state.name_at(place)
        if self.voice.tried(lambda: self.state.edit(Moved(place, by))):
            self.voice.say(f"Moved: {name}")
            self.state.select((place[0] + by[0], place[1] + by[1]))

    def _put(self, edit: Edit) -> None:
        if self.voice.tried(lambda: self.state.edit(edit)):
            self._say()

    def _say(self) -> None:
        erased = self.tools.tool == ERASE
        self.voice.say("Erased" if erased else f"Painted: {self.state.name}")
