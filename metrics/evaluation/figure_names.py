"""How figures are called: what stands before or behind a name says of what it is. Loads nothing."""

from __future__ import annotations

FLOOR, OF_PHOTOS = "floor_{}", "{}_of_photos"  # of photos alone: no generator is to be better
OF_OTHERS_MASKS, OF_OTHERS_PHOTOS = "{}_of_others_masks", "{}_of_others_photos"  # by chance
OF_CLASS = "iou_{}"  # of label maps
OVER_LATENTS, OVER_MASKS, OF_CAST = "{}_over_latents", "{}_over_masks", "{}_of_cast"


def named(figures: dict[str, float], pattern: str) -> dict[str, float]:
    """The same figures, called after one of the patterns."""
    return {pattern.format(name): value for name, value in figures.items()}


def plain(figure: str) -> str:
    """A figure without what it is of: "deviation" of "deviation_over_masks", "iou" of "iou_hat"."""
    by_chance = tuple(pattern.format("") for pattern in (OF_OTHERS_MASKS, OF_OTHERS_PHOTOS))
    if is_floor(figure) or figure.endswith(by_chance):
        return figure  # of photos, or by chance: nothing to be better at
    if figure.startswith(OF_CLASS.format("")):
        return OF_CLASS.partition("_")[0]
    ends = [pattern.format("") for pattern in (OVER_LATENTS, OVER_MASKS, OF_CAST)]
    return next((figure[: -len(end)] for end in ends if figure.endswith(end)), figure)


def is_floor(figure: str) -> bool:
    """Whether it is of photos alone."""
    return figure.startswith(FLOOR.format("")) or figure.endswith(OF_PHOTOS.format(""))


def floors_of(figure: str) -> list[str]:
    """What the same figure of photos may be called."""
    return [FLOOR.format(figure), OF_PHOTOS.format(plain(figure))]
