"""Values, pictures and charts → one HTML page that needs nothing beside itself."""

from __future__ import annotations

import base64
import html
import io
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image

STYLE = pathlib.Path(__file__).with_name("page.css")


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
<style>
{STYLE.read_text()}</style>
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
    cells = [_row(header, right, "th"), *(_row(line, right, "td") for line in lines)]
    return f'<div class="wide"><table>\n{"".join(cells)}</table></div>\n'


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


def shares(parts: dict[int, int], colours: np.ndarray, names: Sequence[str] = ()) -> str:
    """A bar for each label with its swatch, its id and its part of the whole in percent.

    Args:
      parts: {id: pixels}.
      colours: uint8 [more than the largest id, 3].
      names: of as many; where an id has another name, the mouse tells it.
    """
    total, most = sum(parts.values()) or 1, max(parts.values(), default=0) or 1
    rows = []
    for label, pixels in sorted(parts.items()):
        colour = "#" + "".join(f"{level:02x}" for level in colours[label])
        name = f"{names[label]}: " if names and names[label] != str(label) else ""
        rows.append(
            f'<div class="share" title="{text(name)}{pixels:,} pixels">'
            f'<span class="swatch" style="background: {colour}"></span>'
            f'<span class="number">{label}</span>'
            f'<span><span class="bar" style="display: block; width: {100 * pixels / most:.2f}%">'
            f'</span></span><span class="number">{100 * pixels / total:.2f} %</span></div>\n'
        )
    return f'<div class="shares">\n{"".join(rows)}</div>\n'
