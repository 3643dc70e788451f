"""What is not part of the map and lies over it: a polygon's corners, the keys' cursor; as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from serving.page.pen import Place


def svg(size: Sequence[int], corners: Sequence[Place], cursor: Optional[Place]) -> str:
    """An element of the map's height and width, size."""
    height, width = size[:2]
    parts, unit = [], max(height, width)
    if corners:
        places = [(x * width, y * height) for x, y in corners]
        line = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
        x, y = places[0]
        parts.append(f'<polyline class="line" points="{line}"/>')
        parts.append(f'<circle class="handle" cx="{x:.2f}" cy="{y:.2f}" r="{unit / 100:.2f}"/>')
    if cursor:
        x, y, arm = cursor[0] * width, cursor[1] * height, unit / 40
        across = f"M{x - arm:.2f},{y:.2f}h{2 * arm:.2f}"
        parts.append(f'<path class="cursor" d="{across}M{x:.2f},{y - arm:.2f}v{2 * arm:.2f}"/>')
    return f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{"".join(parts)}</svg>'
