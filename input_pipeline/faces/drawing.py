"""68 face landmarks → the line drawing that a generator is asked to follow (paper, section 4.1).

Needs neither dlib nor TensorFlow, so that a page on which people move landmarks can use it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

# (first landmark, last landmark, whether the line returns to the first)
LINES = (
    (0, 16, False),  # jaw
    (17, 21, False),  # right brow
    (22, 26, False),  # left brow
    (27, 30, False),  # nose bridge
    (31, 35, False),  # nostrils
    (36, 41, True),  # right eye
    (42, 47, True),  # left eye
    (48, 59, True),  # outer lip
    (60, 67, True),  # inner lip
)


def line_width(resolution: int) -> int:
    """Pixels: 1 up to 256, 2 at 512, 4 at 1024."""
    return max(1, resolution // 256)


def draw(landmarks: np.ndarray, resolution: int) -> np.ndarray:
    """Draw a face's lines.

    Args:
      landmarks: float [68, 2], x and y in pixels of the drawing (0 = first pixel's centre);
        points outside the drawing are allowed.
      resolution: side of the drawing.

    Returns:
      bool [resolution, resolution], True = drawn.
    """
    canvas = Image.new("1", (resolution, resolution))
    pen = ImageDraw.Draw(canvas)
    points = [(int(x), int(y)) for x, y in np.rint(landmarks)]
    for first, last, closed in LINES:
        line = points[first : last + 1] + ([points[first]] if closed else [])
        pen.line(line, fill=1, width=line_width(resolution))
    return np.asarray(canvas)
