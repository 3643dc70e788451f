"""What the 68 landmarks are called, for people who hear the page."""

from __future__ import annotations

# The numbering is that of iBUG 300-W, seen from the front: its right is the picture's left.
_PARTS = (
    ("jaw", 17),
    ("right brow", 5),
    ("left brow", 5),
    ("nose bridge", 4),
    ("nostrils", 5),
    ("right eye", 6),
    ("left eye", 6),
    ("outer lip", 12),
    ("inner lip", 8),
)
_OWN = {8: "chin", 30: "nose tip", 48: "right corner of the mouth", 54: "left corner of the mouth"}
_NAMES = [f"{part}, {place} of {count}" for part, count in _PARTS for place in range(1, count + 1)]


def name_of(index: int) -> str:
    """Of landmark 0 to 67, counted from 1: "landmark 31, nose tip"."""
    return f"landmark {index + 1}, {_OWN.get(index, _NAMES[index])}"
