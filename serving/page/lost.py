"""Says so when a visitor's drawing has gone with their connection."""

from __future__ import annotations

from nicegui import Client, ui

from serving.page.voice import Voice

# NiceGUI loads the page anew then, and its box is open until it does.
WATCH = """<script>
addEventListener('pagehide', () => {
  if (document.getElementById('popup')?.ariaHidden === 'false') sessionStorage.lost = 'yes';
});
</script>"""
ASK = """if (sessionStorage.lost) {
  delete sessionStorage.lost;
  emitEvent('lost');
}"""


def watch(voice: Voice) -> None:
    """Have the current page notice, and the one that comes in its place say it."""
    client = ui.context.client
    ui.add_head_html(WATCH)
    ui.on("lost", lambda: voice.complain("the connection was lost; the drawing begins anew"))
    client.on_connect(lambda: _ask(client))


def _ask(client: Client) -> None:
    client.run_javascript(ASK)
