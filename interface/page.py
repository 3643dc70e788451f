"""Values, pictures and charts → one HTML page that needs nothing beside itself."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image

MOST_BINS = 24
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 600, 230, 18, 18, 42  # of a chart, in its own units
STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf8; --card: #fff; --ink: #1f2328; --soft: #667078;
  --line: #dfe1e4; --accent: #2f6f9f; --hue-0: #3a4fd0; --hue-1: #dd5f00; --hue-2: #169a75;
  --hue-3: #c765b5; --hue-4: #1f2328; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1c2024; --ink: #e4e7ea;
  --soft: #98a2ab; --line: #343a40; --accent: #6cb0e0; --hue-0: #3f7ef5; --hue-1: #ff7420;
  --hue-2: #30dc8e; --hue-3: #c983cc; --hue-4: #e4e7ea; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 84rem;
  background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 3rem 0 .25rem; font-size: 1.2rem; }
p { margin: .25rem 0 1rem; max-width: 46rem; color: var(--soft); overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .75rem 0; }
th, td { padding: .3rem 1.5rem .3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: .85rem; white-space: nowrap; }
th.number, td.number, .share .number { text-align: right; white-space: nowrap; }
details { margin: .75rem 0; }
summary { cursor: pointer; color: var(--accent); }
.grid { display: grid; gap: 1rem; margin-top: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--least)), 1fr)); }
figure { margin: 0; min-width: 0; padding: .5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; }
.tiles { display: flex; gap: .25rem; }
.tiles img { flex: 1 1 0; min-width: 0; width: 100%; height: auto; display: block;
  border-radius: .25rem; }
.tiles img.coarse { image-rendering: pixelated; }
figcaption { margin-top: .35rem; font-size: .8rem; color: var(--soft); overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
figure.chart { padding: 1rem; overflow-x: auto; }
.chart figcaption { margin: 0 0 .25rem; white-space: normal; }
.chart b { color: var(--ink); font-size: .95rem; }
svg { display: block; width: 100%; height: auto; min-width: 26rem; font-size: 12px; }
svg text { fill: var(--soft); text-anchor: middle; }
svg rect { fill: var(--accent); }
svg line { stroke: var(--line); }
.curves svg { min-width: 0; }
.curves svg .value { text-anchor: end; }
.curves path { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.keys { display: flex; flex-wrap: wrap; gap: 0 1rem; overflow-wrap: anywhere; }
.curves .keys svg { display: inline-block; width: 2rem; margin-right: .4rem; }
.sheet img { max-width: 100%; height: auto; display: block; }
.sheet figcaption { white-space: normal; }
code { overflow-wrap: anywhere; }
.shares { display: grid; gap: .3rem 2rem; margin-top: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
.share { display: grid; grid-template-columns: 1rem 2.2rem 1fr 4.2rem; gap: .5rem;
  align-items: center; font-size: .9rem; }
.swatch { height: 1rem; border-radius: .2rem; border: 1px solid var(--line); }
.bar { height: .7rem; border-radius: .15rem; background: var(--accent); min-width: 1px; }
"""


def text(value: Any) -> str:
    """Any text as HTML; the bytes of names that are not UTF-8 come out as \\xff."""
    raw = str(value).encode("utf-8", "surrogateescape")
    return html.escape(raw.decode("utf-8", "backslashreplace"))


def document(title: str, lead: str, sections: Iterable[str]) -> bytes:
    """The whole page.

    Args:
      title: plain text.
      lead: plain text, one or two sentences below the title.
      sections: HTML.
    """
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{text(title)}</h1>
<p>{text(lead)}</p>
{"".join(sections)}</body>
</html>
"""
    return page.encode()


def section(title: str, note: str, *parts: str) -> str:
    """A heading, a line of plain text below it (or none), and HTML."""
    below = f"<p>{text(note)}</p>\n" if note else ""
    return f"<section>\n<h2>{text(title)}</h2>\n{below}{''.join(parts)}</section>\n"


def folded(title: str, *parts: str) -> str:
    """HTML that is shown at a click."""
    return f"<details>\n<summary>{text(title)}</summary>\n{''.join(parts)}</details>\n"


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Numbers to the right, those that are not whole with 4 digits; anything else as text."""
    lines = list(rows)
    right = [any(isinstance(line[i], (int, float)) for line in lines) for i in range(len(header))]
    found = [_row(header, right, "th"), *(_row(line, right, "td") for line in lines)]
    return f'<div class="wide"><table>\n{"".join(found)}</table></div>\n'


def _row(cells: Sequence[Any], right: Sequence[bool], tag: str) -> str:
    shown = (number(cell) if isinstance(cell, (int, float)) else text(cell) for cell in cells)
    kinds = (' class="number"' if to_right else "" for to_right in right)
    row = "".join(f"<{tag}{kind}>{cell}</{tag}>" for kind, cell in zip(kinds, shown))
    return f"<tr>{row}</tr>\n"


def number(value: float) -> str:
    """Commas between the thousands; 4 digits, but none of a whole number's left out."""
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def grid(figures: Iterable[str], least: int) -> str:
    """Figures side by side, each at least so many rem wide."""
    return f'<div class="grid" style="--least: {least}rem">\n{"".join(figures)}</div>\n'


def image(pixels: np.ndarray, about: str, exact: bool = False) -> str:
    """A picture inside the page.

    Args:
      pixels: uint8 [H, W, 3].
      about: what it shows, plain text.
      exact: keep every pixel; otherwise those of more than 64 pixels become JPEGs.
    """
    height, width, _ = pixels.shape
    coarse = max(height, width) <= 64
    content = io.BytesIO()
    if exact or coarse:
        kind = "png"
        Image.fromarray(pixels).save(content, format="PNG", optimize=True)
    else:
        kind = "jpeg"
        Image.fromarray(pixels).save(content, format="JPEG", quality=88, subsampling=0)
    data = base64.b64encode(content.getvalue()).decode()
    return (
        f'<img src="data:image/{kind};base64,{data}" width="{width}" height="{height}" '
        f'alt="{text(about)}"{" class=coarse" * coarse}>'
    )


def sample(images: Iterable[str], name: str, about: str) -> str:
    """Pictures of one record with its name below, and more about it where the mouse rests."""
    tiles = f'<div class="tiles">{"".join(images)}</div>'
    caption = f'<figcaption title="{text(about)}">{text(name)}</figcaption>'
    return f"<figure>{tiles}{caption}</figure>\n"


def sheet(picture: str, caption: str) -> str:
    """A large picture with all of its caption below."""
    below = f"<figcaption>{text(caption)}</figcaption>"
    return f'<figure class="sheet">{picture}{below}</figure>\n'


def histogram(values: np.ndarray, title: str, axis: str, unit: str, counted: str) -> str:
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
        f'<figure class="chart"><figcaption><b>{text(title)}</b>'
        f"<div>{text(caption)}</div></figcaption>\n"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(title)}">\n'
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
        about = text(f"{edges[i]} to {edges[i + 1]} {unit}{count} {counted}")
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
    return f'<text x="{x:.2f}" y="{y:.2f}">{text(words)}</text>\n'


def shares(parts: dict[int, int], colours: np.ndarray) -> str:
    """A bar for each label with its swatch, its id and its part of the whole in percent.

    Args:
      parts: {id: pixels}.
      colours: uint8 [more than the largest id, 3].
    """
    total, most = sum(parts.values()) or 1, max(parts.values(), default=0) or 1
    rows = []
    for label, pixels in sorted(parts.items()):
        colour = "#" + "".join(f"{level:02x}" for level in colours[label])
        rows.append(
            f'<div class="share" title="{pixels:,} pixels">'
            f'<span class="swatch" style="background: {colour}"></span>'
            f'<span class="number">{label}</span>'
            f'<span><span class="bar" style="display: block; width: {100 * pixels / most:.2f}%">'
            f'</span></span><span class="number">{100 * pixels / total:.2f} %</span></div>\n'
        )
    return f'<div class="shares">\n{"".join(rows)}</div>\n'
