"""What the page tells people who are new to it."""

from __future__ import annotations

from nicegui import ui

from serving.page.section import section

FRAME = """
<summary>Help and keys</summary>
{about}
<p>Nothing that you open is kept: the drawing lives as long as this page is open.</p>
<dl id="keys">
{keys}
<dt>Anywhere</dt><dd><kbd>Ctrl</kbd>+<kbd>Z</kbd> undo,
<kbd>Ctrl</kbd>+<kbd>Shift</kbd>+<kbd>Z</kbd> or <kbd>Ctrl</kbd>+<kbd>Y</kbd> redo</dd>
<dt>On a slider</dt><dd>arrow keys</dd>
</dl>
"""


def add_help(about: str, keys: str) -> None:
    """A part that opens at a click.

    Args:
      about: what a desk shows, as HTML's paragraphs.
      keys: that only this desk knows, as HTML's <dt> and <dd>.
    """
    with section("help", ""):
        ui.html(FRAME.format(about=about, keys=keys), sanitize=False, tag="details")
