"""A drawing's landmarks over its mask, as SVG."""

from __future__ import annotations

from typing import Optional

from input_pipeline.faces.drawing import LINES
from serving.page.landmarks.sketch import Drawing


def svg(drawing: Drawing, side: int, selected: Optional[int]) -> str:
    """The landmarks' lines over a mask of `side` pixels; handles too, unless `selected` is None."""
    if drawing.landmarks is None:
        return ""
    places = [f"{x * side:.2f},{y * side:.2f}" for x, y in drawing.landmarks]
    parts = []
    for first, last, closed in LINES:
        tag = "polygon" if closed else "polyline"
        parts.append(f'<{tag} class="line" points="{" ".join(places[first : last + 1])}"/>')
    for index, place in enumerate(places if selected is not None else []):
        x, y = place.split(",")
        kind, radius = ("chosen", 60) if index == selected else ("handle", 100)
        parts.append(f'<circle class="{kind}" cx="{x}" cy="{y}" r="{side / radius:.3f}"/>')
    return "".join(parts)
