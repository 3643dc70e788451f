"""What a figure's name says: of what it is, and which way is better. Loads nothing."""

from __future__ import annotations

import re

from input_pipeline import RESOLUTIONS

LOWER, HIGHER = "lower", "higher"
DISTANCES = {
    "frechet_distance": LOWER,
    "kernel_distance": LOWER,
    "precision": HIGHER,
    "recall": HIGHER,
}
WATCH = "evaluations"  # what training notes down as it goes on
# Each measure's figures. Of variety and people, more is better up to what photos have.
BETTER = {
    "sliced_wasserstein": dict.fromkeys(["mean", *map(str, RESOLUTIONS)], LOWER),
    "landmarks": {"error": LOWER, "share_under_8_percent": HIGHER},
    "masks": {"precision": HIGHER, "recall": HIGHER, "f1": HIGHER},
    "variety": {"ms_ssim": LOWER, "deviation": HIGHER},
    "people": {"distance": HIGHER, "others": HIGHER},
    "faces": DISTANCES,
    "copies": {"nearest": HIGHER, "nearest_5_percent": HIGHER},
    "inception": DISTANCES,
    WATCH: {"sliced_wasserstein": LOWER, "deviation": HIGHER},
}


def better(measure: str, figure: str) -> str:
    """LOWER or HIGHER; nothing for what only stands beside a figure, as its floor does."""
    return BETTER.get(measure, {}).get(
        re.sub(r"_(over_latents|over_masks|of_cast)$", "", figure), ""
    )


def told(name: str, measure: str, figure: str) -> str:
    """A figure's name, and which way is better."""
    which = better(measure, figure)
    return f"{name} ({which} is better)" if which else name


def is_floor(figure: str) -> bool:
    """Whether it is of photos alone."""
    return figure.startswith("floor_") or figure.endswith("_of_photos")


def floors_of(figure: str) -> list[str]:
    """What the same figure of photos may be called."""
    return [f"floor_{figure}", f"{re.sub(r'_over_(latents|masks)$', '', figure)}_of_photos"]
