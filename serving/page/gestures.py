"""What pointers do on a picture: the browser's part, and what it sends."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Optional

FARTHEST = 10.0  # sides of the picture that a place may lie outside it

# While a button is down, places go out 60 times a second, together with those in between.
POINTER = """(e) => {
  const canvas = e.currentTarget, down = e.type === 'pointerdown';
  if (down) {
    if (e.button !== 0 || canvas.pointer !== undefined) return;
    canvas.pointer = e.pointerId;
    canvas.places = [];
    canvas.setPointerCapture(e.pointerId);
  }
  if (canvas.pointer !== e.pointerId) return;
  const box = canvas.getBoundingClientRect();
  const seen = e.type === 'pointermove' && e.getCoalescedEvents ? e.getCoalescedEvents() : [];
  for (const each of seen.length ? seen : [e])
    canvas.places.push([(each.clientX - box.x) / box.width, (each.clientY - box.y) / box.height]);
  const send = (kind) => {
    clearTimeout(canvas.timer);
    canvas.timer = undefined;
    emit({kind, places: canvas.places, width: box.width});
    canvas.places = [];
  };
  if (e.type === 'pointermove') {
    canvas.timer ??= setTimeout(() => send('move'), 16);
  } else {
    if (!down) canvas.pointer = undefined;
    send(down ? 'down' : 'up');
  }
}"""


@dataclasses.dataclass(frozen=True)
class Gesture:
    """A part of one.

    Attributes:
      kind: "down", "move" or "up".
      places: x and y in sides of the picture, at least one.
      width: of the picture, in pixels of the screen.
    """

    kind: str
    places: list[tuple[float, float]]
    width: float


def parsed(message: Any) -> Optional[Gesture]:
    """What POINTER sends, or None for something else."""
    try:
        kind, width = message["kind"], float(message["width"])
        places = [(float(x), float(y)) for x, y in message["places"]]
    except (KeyError, TypeError, ValueError):
        return None
    sound = all(math.isfinite(c) and abs(c) <= FARTHEST for place in places for c in place)
    if kind not in ("down", "move", "up") or not places or not sound or not width > 0:
        return None
    return Gesture(kind, places, width)
