"""A picture of a drawing, however it was made → where its lines are.

White on black is what masks are; black on white, coloured lines and strokes on transparency are as
clear. What is no drawing, a photo for one, is refused: a mask of it would ruin the picture.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from interface.command_line import UserError

WANTED = "wanted lines on a plain ground, as white on black"
FAINT = 64  # levels that lines differ from the ground by at least, unless all is 0 and 1
BETWEEN = 0.25, 0.75  # of the way from ground to lines lies what is neither clearly
MOST_BETWEEN = 0.12  # of all pixels; soft edges of drawings are 1 to 5 %, photos 13 % and more
LEAST_GROUND = 0.5  # of the pixels at the edges


def of_picture(picture: Image.Image, where: str) -> np.ndarray:
    """Where a drawing has lines.

    The ground is what most of the picture's edge is of: a colour, or transparency, on which
    everything opaque is a line.

    Args:
      picture: of mode RGBA.
      where: it comes from, for the message.

    Returns:
      bool [H, W]; nowhere where all is ground.

    Raises:
      UserError: no plain ground, lines that hardly differ from it, or many shades between.
    """
    pixels = np.asarray(picture).astype(int)
    alpha, colours = pixels[..., 3], pixels[..., :3]
    if np.mean(_edge(alpha) < 128) >= LEAST_GROUND:
        return alpha > 127
    colours = np.where(alpha[..., None] > 127, colours, 0)  # holes in black are black
    ground = np.median(_edge(colours), axis=0)
    away = np.abs(colours - ground).max(-1)
    most = int(away.max())
    if colours.max() <= 1:
        return away > 0
    if not most:
        return away > 0
    if np.mean(_edge(away) <= most * BETWEEN[0]) < LEAST_GROUND:
        raise UserError(f"{where}: no plain ground; {WANTED}")
    if most < FAINT:
        raise UserError(f"{where}: its lines are {most} of 255 levels from the ground; {WANTED}")
    share = away / most
    between = np.mean((share > BETWEEN[0]) & (share < BETWEEN[1]))
    if between > MOST_BETWEEN:
        raise UserError(f"{where}: {between:.0%} of it is of shades between; {WANTED}")
    return share > 0.5


def _edge(values: np.ndarray) -> np.ndarray:
    """The outermost pixels, a row each."""
    sides = (values[0], values[-1], values[1:-1, 0], values[1:-1, -1])
    return np.concatenate([np.atleast_1d(side) for side in sides])
