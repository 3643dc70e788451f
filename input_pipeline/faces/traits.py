"""What a number can say of a face's shape: how far it is turned, how wide, how much it smiles.

Needs numpy only, like `shape`, which makes a slider of each.
"""

from __future__ import annotations

import numpy as np

# The place of each landmark in a mirrored face: its jaw begins where this one's ends.
_MIRRORED = (
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # nose bridge
    *range(35, 30, -1),  # nostrils
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # outer lip
    *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lip
)


def mirrored(landmarks: np.ndarray) -> np.ndarray:
    """Faces as a mirror shows them: float [N, 68, 2] in sides of the picture, the same shape."""
    return landmarks[:, _MIRRORED] * [-1, 1] + [1, 0]


def measured(landmarks: np.ndarray) -> dict[str, np.ndarray]:
    """Traits of faces; lengths are in distances between the eyes, and along and across their line.

    Args:
      landmarks: float [N, 68, 2], x and y, y down, in any unit.

    Returns:
      float64 [N] each, not finite where both eyes are in one place:
        turn: how far the nose's tip is from the ears' middle, > 0 looks to the picture's right.
        nod: the same, upwards: > 0 looks up.
        tilt: degrees; > 0 is tilted clockwise.
        smile: height of the mouth's corners over the middle of the upper lip.
        mouth_open: gap between the lips.
        eyes: gap between the lids, mean of both eyes.
        brows: their height over the eyes.
        width: of the upper jaw, over the height from chin to brows.
        chin: its distance from the lower lip.
        nose: its length, from between the eyes to between the nostrils.
    """
    across, down, tilt = _upright(landmarks)

    def x(*points: int) -> np.ndarray:
        return across[:, points].mean(axis=1)

    def y(*points: int) -> np.ndarray:
        return down[:, points].mean(axis=1)

    brows = y(*range(17, 27))
    return {
        "turn": x(30) - x(0, 16),  # the jaw's ends are the ears
        "nod": y(0, 16) - y(30),
        "tilt": tilt,
        "smile": y(51, 62) - y(48, 54),
        "mouth_open": y(65, 66, 67) - y(61, 62, 63),
        "eyes": y(40, 41, 46, 47) - y(37, 38, 43, 44),
        "brows": -brows,
        "width": (x(14, 15, 16) - x(0, 1, 2)) / (y(8) - brows),
        "chin": y(8) - y(57),
        "nose": y(33) - y(27),
    }


def _upright(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x and y [N, 68] from the eyes' middle, their line level and 1 long; its angle in degrees."""
    left, right = landmarks[:, 36:42].mean(axis=1), landmarks[:, 42:48].mean(axis=1)
    line = right - left
    offsets = landmarks - ((left + right) / 2)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        level = line / (line**2).sum(axis=1, keepdims=True)  # one long, and in units of the line
    across = (offsets * level[:, None]).sum(axis=2)
    down = (offsets * (level[:, ::-1] * [-1, 1])[:, None]).sum(axis=2)
    return across, down, np.degrees(np.arctan2(line[:, 1], line[:, 0]))
