"""How often values occur, as a chart on a page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from interface import page

MOST_BINS = 24
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 600, 230, 18, 18, 42  # in the chart's own units


def chart(values: np.ndarray, title: str, axis: str, unit: str, counted: str) -> str:
    """A chart of how often values occur, every bar with its count.

    Args:
      values: float [N], N > 0, finite.
      title: of the chart.
      axis: what stands below the values beside their unit.
      unit: of the values.
      counted: what the counts are of.
    """
    edges = bin_edges(values)
    counts = np.histogram(values, edges)[0]
    low, middle, high = map(round, np.percentile(values, [5, 50, 95]))
    caption = (
        f"{counted} per {edges[1] - edges[0]} {unit}; median {middle}, nine tenths from {low} to "
        f"{high}"
    )
    drawn = [*_bars(counts, edges, f"{unit}: ", counted), *_axis(edges, f"{axis} [{unit}]")]
    return (
        f'<figure class="chart"><figcaption><b>{page.text(title)}</b>'
        f"<div>{page.text(caption)}</div></figcaption>\n"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{page.text(title)}">\n'
        f"{''.join(drawn)}</svg></figure>\n"
    )


def bin_edges(values: np.ndarray) -> np.ndarray:
    """int64: round numbers, evenly spaced, the first not above and the last above all values."""
    for step in (s * 10**k for k in range(9) for s in (1, 2, 2.5, 5)):
        first, last = np.floor(values.min() / step), np.floor(values.max() / step) + 1
        if step % 1 == 0 and last - first <= MOST_BINS:
            break
    return (np.arange(first, last + 1) * step).astype(np.int64)


def _bars(counts: np.ndarray, edges: np.ndarray, unit: str, counted: str) -> Iterator[str]:
    across = (WIDTH - 2 * LEFT) / len(counts)
    for i, count in enumerate(counts.tolist()):
        tall = (HEIGHT - TOP - BOTTOM) * count / counts.max()
        x, y = LEFT + i * across, HEIGHT - BOTTOM - tall
        about = page.text(f"{edges[i]} to {edges[i + 1]} {unit}{count} {counted}")
        yield (
            f'<rect x="{x + 1:.2f}" y="{y:.2f}" width="{across - 2:.2f}" height="{tall:.2f}">'
            f"<title>{about}</title></rect>\n"
        )
        if count:
            yield _label(
                x + across / 2, y - 5, f"{count / 1000:.0f}k" if count > 9999 else f"{count}"
            )


def _axis(edges: np.ndarray, name: str) -> Iterator[str]:
    base = HEIGHT - BOTTOM
    yield f'<line x1="{LEFT}" x2="{WIDTH - LEFT}" y1="{base + 0.5}" y2="{base + 0.5}"/>\n'
    places = np.linspace(LEFT, WIDTH - LEFT, len(edges))
    apart = 1 + len(edges) // 14
    for place, edge in zip(places[::apart], edges[::apart]):
        yield _label(place, base + 15, f"{edge}")
    yield _label(WIDTH / 2, base + 34, name)


def _label(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}">{page.text(words)}</text>\n'
