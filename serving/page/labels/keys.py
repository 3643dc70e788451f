"""The canvas by keys alone: a cursor that arrow keys move, and what it does there."""

from __future__ import annotations

from typing import Optional

from serving.page.labels.edits import pixel
from serving.page.labels.hand import Hand
from serving.page.labels.tools import (
    AREA,
    BRUSH,
    ERASE,
    FILL,
    LINE,
    PAN,
    PICK,
    POLYGON,
    SELECT,
    SHORT,
)
from serving.page.pen import Place

FAR = 10  # pixels of the map that an arrow key goes with Shift
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}
ENTER, SPACE = "Enter", " "


class Keys:
    """One visitor's.

    Attributes:
      cursor: where it is, if it has been used.
    """

    def __init__(self, hand: Hand) -> None:
        self.hand, self.state, self.voice = hand, hand.state, hand.voice
        self.cursor: Optional[Place] = None

    @property
    def pen_down(self) -> bool:
        """Whether arrow keys draw, or carry what is selected."""
        return self.hand.gesture is not None

    def typed(self, key: str, shift: bool) -> None:
        """A key was pressed."""
        tools = self.hand.tools
        if key in ARROWS:
            self._go(ARROWS[key], FAR if shift else 1)
        elif key in (ENTER, SPACE):
            self._press(self._at(), key)
        elif key == "Escape":
            self.hand.leave()
            self.state.select(None)
        elif key in ("Delete", "Backspace"):
            if self.hand.corners:
                self.hand.corners.pop()
            else:
                self.hand.remove()
        elif key in ("[", "]"):
            tools.resize(1 if key == "]" else -1)
        elif key.lower() in SHORT:
            tools.choose(SHORT[key.lower()])
            self.voice.say(tools.tool)

    def _at(self) -> Place:
        """The cursor; in the middle at first."""
        height, width = self.state.scene.label.shape[:2]
        self.cursor = self.cursor or ((width // 2 + 0.5) / width, (height // 2 + 0.5) / height)
        return self.cursor

    def _go(self, by: tuple[int, int], pixels: int) -> None:
        """The cursor, and what it draws or carries."""
        height, width = self.state.scene.label.shape[:2]
        x, y = self._at()
        x, y = x + by[0] * pixels / width, y + by[1] * pixels / height
        self.cursor = _within(x, 0.5 / width), _within(y, 0.5 / height)
        self.hand.move([self.cursor])
        row, column = pixel(self.state.scene, self.cursor)
        self.voice.whisper(f"column {column}, row {row}, {self.state.name_at(self.cursor)}")

    def _press(self, place: Place, key: str) -> None:
        """Enter does what a click does there; the space bar puts the pen down, or up."""
        tool = self.hand.tools.tool
        if tool == POLYGON and key == ENTER and len(self.hand.corners) > 2:
            self.hand.close()
        elif tool in (POLYGON, FILL, PICK):
            self.hand.down(place)
        elif self._stays_down(key):
            self._lower_or_lift(place)
        elif tool != PAN:
            self.hand.down(place)
            self.hand.up()

    def _stays_down(self, key: str) -> bool:
        """Whether this key alone is half of what is done: arrow keys come next."""
        tool = self.hand.tools.tool
        if tool == SELECT:
            return key == SPACE and self.state.selected is not None
        return tool in (LINE, AREA) or (tool in (BRUSH, ERASE) and key == SPACE)

    def _lower_or_lift(self, place: Place) -> None:
        if self.pen_down:
            self.hand.up()
            self.voice.whisper("pen up")
        elif self.hand.tools.tool == SELECT:
            self.hand.grasp(place)
            self.voice.whisper("taken up")
        else:
            self.hand.down(place)
            self.voice.whisper("pen down")


def _within(value: float, edge: float) -> float:
    return min(max(value, edge), 1 - edge)
