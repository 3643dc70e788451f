"""What pointers do on a picture: the browser's part, and what it sends."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Optional

FARTHEST = 10.0  # sides of the picture that a place may lie outside it

# While a button is down, places go out 60 times a second, together with those in between. A second
# finger ends what the first has begun, as if it had not, where two of them zoom (`data-zooms`).
POINTER = """(e) => {
  const canvas = e.currentTarget, down = e.type === 'pointerdown';
  if (down && canvas.pointer !== undefined && e.pointerType === 'touch' && canvas.dataset.zooms) {
    clearTimeout(canvas.timer);
    canvas.timer = canvas.pointer = undefined;
    emit({kind: 'leave', places: [[0, 0]], width: 1});
    return;
  }
  if (down) {
    if (e.button !== 0 || canvas.pointer !== undefined || (canvas.fingers?.size ?? 0) > 1) return;
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
      kind: "down", "move" or "up", or "leave": what was begun is to be as if it had not.
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
    if kind not in ("down", "move", "up", "leave") or not places or not sound or not width > 0:
        return None
    return Gesture(kind, places, width)
