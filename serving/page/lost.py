"""Says so when a visitor's drawing has gone with their connection; asks before it goes."""

from __future__ import annotations

from nicegui import Client, ui

from serving.page.voice import Voice

# Where the connection is lost NiceGUI loads the page anew, and its box is open until it does. Else
# the browser asks whoever leaves what was drawn and not saved.
WATCH = """<script>
const isLost = () => document.getElementById('popup')?.ariaHidden === 'false';
addEventListener('pagehide', () => { if (isLost()) sessionStorage.lost = 'yes'; });
for (const kind of ['pointerup', 'keydown'])
  addEventListener(kind, (event) => {
    if (event.target.closest?.('.view, .canvas')) window.unsaved = true;
  }, true);
addEventListener('beforeunload', (event) => {
  if (window.unsaved && !isLost()) event.preventDefault();
});
</script>"""
SAVED = "window.unsaved = false"
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
