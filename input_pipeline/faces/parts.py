"""Landmarks, a person's outline and colours → a label map of a face, in CelebAMask-HQ's classes.

What landmarks outline (brows, eyes, nose, lips) is filled. What they don't (background, skin, hair,
neck, cloth) is told by colour and place: each class has a likelihood from the colours of pixels
that surely are of it, times how probable it is where a pixel lies from the face; neighbours then
agree. Ears, hats, glasses, beards and jewellery are not told apart from what is around them.
Places are measured in the face's own height and width, so that no size matters.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from input_pipeline.label_maps.label_sets import CELEBAMASK

Points = np.ndarray  # [K, 2], x and y in pixels

(BACKGROUND, SKIN, NOSE, LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW) = map(
    CELEBAMASK.names.index, ("background", "skin", "nose", "l_eye", "r_eye", "l_brow", "r_brow")
)
MOUTH, UPPER_LIP, LOWER_LIP, HAIR, NECK, CLOTH = map(
    CELEBAMASK.names.index, ("mouth", "u_lip", "l_lip", "hair", "neck", "cloth")
)
REGIONS = (BACKGROUND, SKIN, HAIR, NECK, CLOTH)  # that colour and place tell apart
BINS = 16  # of a histogram, for each of red, green and blue
FOREHEAD, HIGHEST = 0.55, 0.75  # heights above the brows: where it ends, where it surely does
# Of a histogram: the density of colours that were not seen, and how much of the picture it weighs.
# Of cloth, which nothing shows for sure, more.
UNSEEN, DOUBT, CLOTH_DOUBT = 0.0034, 0.01, 0.05
ROUNDS, REACH, AGREEMENT = 4, 0.145, 6.8  # of neighbours' agreement; heights; how much it counts
PLACE_OF_BACKGROUND = 0.46  # how much the outline counts for what is behind the person


@dataclasses.dataclass(frozen=True)
class Frame:
    """Where pixels lie from a face, all float [S, S].

    Attributes:
      across: half widths of the jaw from the middle, to the picture's right.
      below: heights (from the bridge of the nose to the chin) below the chin; above it negative.
      brows: `below` of the brows.
      height, width: in pixels, the latter of half of the jaw.
      up, right: unit vectors [2].
    """

    across: np.ndarray
    below: np.ndarray
    brows: float
    height: float
    width: float
    up: Points
    right: Points


def labels(photo: np.ndarray, landmarks: Points, person: np.ndarray) -> np.ndarray:
    """The label map of a face that looks more or less into the camera.

    Args:
      photo: uint8 [S, S, 3].
      landmarks: float [68, 2], x and y in pixels of it.
      person: float [S, S], how probably each pixel is of the person, 0 to 1.

    Returns:
      uint8 [S, S].
    """
    frame = _frame(landmarks, len(photo))
    person = np.clip(person, 0.001, 0.999)
    likelihoods = _likelihoods(photo, _sure(landmarks, person, frame))
    evidence = np.log(likelihoods + 1e-9) + np.log(_priors(landmarks, person, frame) + 1e-3) * (
        [PLACE_OF_BACKGROUND, 1, 1, 1, 1]
    )
    ids = np.array(REGIONS, np.uint8)[_agreed(evidence, REACH * frame.height).argmax(-1)]
    return _drawn(_without_loose_hair(ids, frame), landmarks, frame)


def _frame(points: Points, side: int) -> Frame:
    chin, middle = points[8], (points[0] + points[16]) / 2
    height = float(np.hypot(*(points[27] - chin)))
    up = (points[27] - chin) / height
    right = np.array([-up[1], up[0]])
    width = float(np.hypot(*(points[16] - points[0]))) / 2
    places = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1)
    brows = float((chin - points[17:27].mean(0)) @ up) / height
    across, below = (places - middle) @ right / width, (chin - places) @ up / height
    return Frame(across, below, brows, height, width, up, right)


def _face(points: Points, frame: Frame, forehead: float) -> np.ndarray:
    """bool [S, S]: the jaw, closed over the brows by half an ellipse that reaches so far up."""
    middle, half = (points[0] + points[16]) / 2, (points[16] - points[0]) / 2
    top = ((points[19] + points[24]) / 2 - middle) @ frame.up + forehead * frame.height
    turn = np.linspace(0, np.pi, 24)[1:-1, None]
    arc = middle + np.cos(turn) * half + np.sin(turn) * top * frame.up
    return _filled(len(frame.across), np.concatenate([points[:17], arc]))


def _sure(points: Points, person: np.ndarray, frame: Frame) -> list[np.ndarray]:
    """bool [S, S] for each of REGIONS but the neck: pixels that are of it, as good as surely."""
    side, grown = len(person), 0.06 * frame.height
    skin = _filled(side, np.concatenate([points[1:16], points[26:16:-1]]))
    for part in (points[36:42], points[42:48], points[48:60]):
        skin &= ~_filled(side, part, grown)
    for brow in (points[17:22], points[22:27]):
        skin &= ~_stroked(side, brow, 3 * grown)
    hair = (person > 0.5) & ~_face(points, frame, HIGHEST) & (frame.below < frame.brows)
    aside = (np.abs(frame.across) > 1.1) | (frame.below > 0.7)
    cloth = (person > 0.5) & (frame.below > 0.3) & aside
    return [person < 0.05, skin, hair, cloth]


def _likelihoods(photo: np.ndarray, sure: list[np.ndarray]) -> np.ndarray:
    """Of each pixel's colour, for each of REGIONS: float [S, S, 5]; a neck's are the face's."""
    steps = photo.astype(int) * BINS // 256
    bins = (steps[..., 0] * BINS + steps[..., 1]) * BINS + steps[..., 2]
    doubts = [DOUBT, DOUBT, DOUBT, CLOTH_DOUBT]
    background, skin, hair, cloth = (
        _histogram(bins, seen, doubt * bins.size)[bins] for seen, doubt in zip(sure, doubts)
    )
    return np.stack([background, skin, hair, skin, cloth], axis=-1)


def _histogram(bins: np.ndarray, seen: np.ndarray, doubt: float) -> np.ndarray:
    counts = np.bincount(bins[seen], minlength=BINS**3)
    return (counts + doubt * UNSEEN) / (seen.sum() + doubt)


def _priors(points: Points, person: np.ndarray, frame: Frame) -> np.ndarray:
    """How probable each of REGIONS is in each place, whatever its colour: float [S, S, 5]."""
    face, below, aside = _face(points, frame, FOREHEAD), frame.below, np.abs(frame.across)
    inside, outside = (ndimage.distance_transform_edt(part) / frame.width for part in (face, ~face))
    # Hair falls into the forehead from its edge.
    forehead = 0.18 + 0.77 * _rising(inside, 0.34, 0.22)
    of_face = np.where(below < frame.brows, forehead, 0.97)
    of_rim = 0.5 * np.exp(-outside / 0.02) * (below < 0)
    skin = np.where(face, of_face, of_rim)
    hair = np.where(face, 1 - skin, 1.0)
    # From the chin down there is hair at the sides, if there is beside the jaw.
    under = _rising(below, -0.15, 0.05)
    falling = np.exp(-np.maximum(below, 0) / 0.53) * _long_hair(person, frame)
    hair = (1 - under) * hair + under * ~face * 0.46 * _rising(aside, 0.97, 0.12) * falling
    neck = ~face * _rising(-aside, -0.85, 0.1) * _rising(-below, -0.52, 0.1)
    neck = neck * np.where(below < 0, 1.85 * _rising(below, -0.52, 0.04), 1)
    # Cloth begins at the shoulders, and later in the middle.
    cloth = ~face * _rising(below, 0.01 + 0.23 * np.maximum(1 - aside, 0), 0.13)
    parts = [1 - person, *(person * part for part in (skin, hair, neck, cloth))]
    return np.stack(parts, axis=-1)


def _long_hair(person: np.ndarray, frame: Frame) -> np.ndarray:
    """0 to 1, of each side of the face: how much of the person is beside the jaw, by its cube."""
    aside = np.abs(frame.across)
    beside = (frame.below > -0.45) & (frame.below < -0.1) & (aside > 1.05) & (aside < 1.45)
    left, right = beside & (frame.across < 0), beside & (frame.across > 0)
    parts = [person[part].mean() ** 3 if part.any() else 1.0 for part in (left, right)]
    return np.where(frame.across < 0, parts[0], parts[1])


def _agreed(evidence: np.ndarray, reach: float) -> np.ndarray:
    """Mean field: each pixel also believes what its neighbours do; float [S, S, 5]."""
    belief = evidence
    for _ in range(ROUNDS):
        shares = np.exp(belief - belief.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        belief = evidence + AGREEMENT * ndimage.gaussian_filter(shares, (reach, reach, 0))
    return belief


def _without_loose_hair(ids: np.ndarray, frame: Frame) -> np.ndarray:
    """Hair that does not touch hair above the chin is cloth."""
    pieces, _ = ndimage.label(ids == HAIR)
    above = np.unique(pieces[(pieces > 0) & (frame.below < -0.2)])
    return np.where((ids == HAIR) & ~np.isin(pieces, above), CLOTH, ids).astype(np.uint8)


def _drawn(ids: np.ndarray, points: Points, frame: Frame) -> np.ndarray:
    """With brows, nose, eyes, lips and mouth; left and right are the person's own."""
    up, right = frame.up * frame.height, frame.right * frame.height
    wings = [points[27] - 0.065 * right, points[29] - 0.09 * right, points[31] - 0.07 * right]
    others = [points[35] + 0.07 * right, points[29] + 0.09 * right, points[27] + 0.065 * right]
    lips = [*range(48, 55), *range(64, 59, -1)], [48, *range(59, 53, -1), *range(64, 68), 60]
    shapes = [
        *((_brow(points[17:22], up), RIGHT_BROW), (_brow(points[22:27], up), LEFT_BROW)),
        (np.array([*wings, points[33] - 0.01 * up, *others]), NOSE),
        *((points[36:42], RIGHT_EYE), (points[42:48], LEFT_EYE)),
        *((points[lips[0]], UPPER_LIP), (points[lips[1]], LOWER_LIP), (points[60:68], MOUTH)),
    ]
    picture = Image.fromarray(ids)
    draw = ImageDraw.Draw(picture)
    for outline, id in shapes:
        draw.polygon([*map(tuple, outline)], fill=id)
    return np.asarray(picture)


def _brow(points: Points, up: Points) -> Points:
    """Landmarks lie along its upper edge."""
    return np.concatenate([points + 0.01 * up, (points - 0.058 * up)[::-1]])


def _filled(side: int, outline: Points, grown: float = 0.0) -> np.ndarray:
    """bool [side, side]: inside of a polygon, moved outwards by so many pixels."""
    middle = outline.mean(0)
    spokes = outline - middle
    outline = middle + spokes * (1 + grown / np.hypot(*spokes.T).mean())
    picture = Image.new("1", (side, side))
    ImageDraw.Draw(picture).polygon([*map(tuple, outline)], fill=1)
    return np.array(picture)


def _stroked(side: int, line: Points, width: float) -> np.ndarray:
    """bool [side, side]: a line of so many pixels' width."""
    picture = Image.new("1", (side, side))
    ImageDraw.Draw(picture).line([*map(tuple, line)], fill=1, width=max(2, round(width)))
    return np.asarray(picture)


def _rising(x: np.ndarray, middle: object, width: float) -> np.ndarray:
    """From 0 to 1, a half at `middle`."""
    return 1 / (1 + np.exp(-np.clip((x - middle) / width, -30, 30)))
