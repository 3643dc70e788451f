"""Curves over a common axis → a chart for an HTML page."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence

import numpy as np

from interface import page

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 440, 250, 52, 14, 10, 40  # of a chart, in its own units
HUES = 5  # of page.css; they stay apart for colour-blind people too
DASHES = ("", "6 3", "2 2.5")  # one for each round through the hues
MOST_POINTS = 300  # that a part of a curve is drawn with
DECADES = 2  # a chart of positive values that span more than 10 to this is logarithmic


@dataclasses.dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Attributes:
      name: for the legend, plain text.
      parts: float64 [N, 2] each, N > 0, finite: (x, y), x rising and not negative. Every part
        begins with a dot. Without parts the curve is left out, but keeps its colour.
    """

    name: str
    parts: Sequence[np.ndarray]


@dataclasses.dataclass(frozen=True)
class Scale:
    """Which values lie where: `low` at the place `first`, `high` at `last`."""

    low: float
    high: float
    first: float
    last: float
    logarithmic: bool = False

    def places(self, values: np.ndarray) -> np.ndarray:
        """Values [N] → places [N]."""
        ends = np.array([self.low, self.high])
        if self.logarithmic:
            values, ends = np.log10(values), np.log10(ends)
        return self.first + (values - ends[0]) / (ends[1] - ends[0]) * (self.last - self.first)

    def ticks(self) -> list[float]:
        """Round values within, at most 7."""
        if self.logarithmic:
            powers = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            return [10.0**power for power in powers[:: -(-len(powers) // 7)]]
        step = round_step(self.high - self.low)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(i * step, 12) for i in range(first, last + 1)]


def chart(curves: Sequence[Curve], title: str, axis: str) -> str:
    """A chart with its legend; each curve has the colour of its place among `curves`.

    Args:
      curves: at least one of them with a part.
      title: plain text, what is measured.
      axis: plain text, what x is.
    """
    every = np.concatenate([part for curve in curves for part in curve.parts])
    x = Scale(0.0, max(every[:, 0].max(), 1.0), LEFT, WIDTH - RIGHT)
    y = _upright(every[:, 1])
    lines = [
        _part(part, x, y, _look(number))
        for number, curve in enumerate(curves)
        for part in curve.parts
    ]
    note = "<div>logarithmic</div>" * y.logarithmic
    return (
        f'<figure class="chart curves"><figcaption><b>{page.text(title)}</b>{note}'
        f'<div class="keys">{"".join(_keys(curves))}</div></figcaption>\n'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{page.text(title)}">\n'
        f"{''.join([*_frame(x, y, axis), *lines])}</svg></figure>\n"
    )


def round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten: the smallest that goes no more than 6 times into `span`."""
    power = 10.0 ** math.floor(math.log10(span / 6))
    return next(s * power for s in (1, 2, 5, 10) if span / (s * power) <= 6 + 1e-9)


def thinned(points: np.ndarray) -> np.ndarray:
    """Both ends and, of each of equal stretches between, the lowest and the highest point.

    Args:
      points: float [N, 2].

    Returns:
      float [at most MOST_POINTS, 2]: rows of `points` in their order.
    """
    if len(points) <= MOST_POINTS:
        return points
    stretches = np.array_split(np.arange(len(points)), MOST_POINTS // 2 - 1)
    kept = {0, len(points) - 1}
    for stretch in stretches:
        kept |= {stretch[points[stretch, 1].argmin()], stretch[points[stretch, 1].argmax()]}
    return points[sorted(kept)]


def _upright(values: np.ndarray) -> Scale:
    low, high, places = values.min(), values.max(), (HEIGHT - BOTTOM, TOP)
    if low > 0 and high / low > 10**DECADES:
        return Scale(low, high, *places, logarithmic=True)
    if high - low <= 1e-9 * max(abs(high), abs(low)):
        margin = abs(high) / 2 or 1.0
        low, high = low - margin, high + margin
    step = round_step(high - low)
    return Scale(math.floor(low / step) * step, math.ceil(high / step) * step, *places)


def _frame(x: Scale, y: Scale, axis: str) -> Iterator[str]:
    for place, value in zip(y.places(np.array(y.ticks())), y.ticks()):
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place:.2f}" y2="{place:.2f}"/>\n'
        yield f'<text class="value" x="{LEFT - 6}" y="{place + 4:.2f}">{_short(value)}</text>\n'
    for place, value in zip(x.places(np.array(x.ticks())), x.ticks()):
        yield f'<text x="{place:.2f}" y="{HEIGHT - BOTTOM + 16}">{_short(value)}</text>\n'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 6}">{page.text(axis)}</text>\n'


def _short(value: float) -> str:
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"


def _look(number: int) -> tuple[str, str]:
    """Colour and dashes of a curve."""
    return f"var(--hue-{number % HUES})", DASHES[number // HUES % len(DASHES)]


def _part(points: np.ndarray, x: Scale, y: Scale, look: tuple[str, str]) -> str:
    drawn = thinned(points)
    across, down = x.places(drawn[:, 0]), y.places(drawn[:, 1])
    way = "L".join(f"{a:.2f} {b:.2f}" for a, b in zip(across, down))
    dot = f'<circle cx="{across[0]:.2f}" cy="{down[0]:.2f}" r="2.5" style="fill: {look[0]}"/>\n'
    return f"{_path(f'M{way}', look)}{dot}"


def _path(way: str, look: tuple[str, str]) -> str:
    dashes = f' stroke-dasharray="{look[1]}"' if look[1] else ""
    return f'<path d="{way}" style="stroke: {look[0]}"{dashes}/>\n'


def _keys(curves: Sequence[Curve]) -> Iterator[str]:
    for number, curve in enumerate(curves):
        if curve.parts:
            key = f'<svg viewBox="0 0 32 8">{_path("M0 4H32", _look(number))}</svg>'
            yield f"<span>{key}{page.text(curve.name)}</span>\n"
