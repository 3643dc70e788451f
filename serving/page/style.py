"""How the page looks, and what it tells people who are new to it."""

from __future__ import annotations

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#fff" '
    'stroke-width="2" stroke-linecap="round"><rect width="32" height="32" rx="7" fill="#2f6f9f" '
    'stroke="none"/><path d="M7 8c0 12 3 18 9 18s9-6 9-18M10 11h4M18 11h4M16 13v5M12.5 21.5h7"/>'
    "</svg>"
)

# The colours are those of interface.page. Quasar's own styles stand in layers, which these beat.
CSS = """
:root { --paper: #fbfaf8; --card: #fff; --ink: #1f2328; --soft: #5b656d; --line: #dfe1e4;
  --accent: #2f6f9f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1c2024; --ink: #e4e7ea;
  --soft: #a2acb5; --line: #343a40; --accent: #6cb0e0; --bad: #ff8a80; } }
body { --q-primary: var(--accent) !important; background: var(--paper) !important;
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.nicegui-content { padding: 0; display: block; }
header, .desk { width: 100%; max-width: 82rem; margin: 0 auto;
  padding: 0 clamp(.75rem, 3vw, 2rem); }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem;
  padding-top: 1.25rem; padding-bottom: .75rem; }
header h1 { flex: 1 1 auto; margin: 0; font-size: 1.5rem; line-height: 1.2; font-weight: 650; }
.model { min-width: 10rem; margin-left: auto; }
.desk { display: grid; gap: 1rem; padding-bottom: 4rem;
  grid-template-columns: minmax(0, 31rem) minmax(0, 25rem) minmax(0, 1fr); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: .9rem 1rem 1rem; min-width: 0; }
section h2 { margin: 0 0 .5rem; font-size: 1rem; line-height: 1.4; font-weight: 650; }
.start, .faces, .blend, .files, .help { grid-column: 1 / -1; }
.tray { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.tray + .tray { margin-top: .5rem; }
.start { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.start h2 { margin: 0 .5rem 0 0; }
.q-btn { border-radius: 8px; min-height: 2.25rem; padding: .2rem .7rem; color: var(--accent); }
.q-btn-group { box-shadow: none; flex-wrap: nowrap; }
.q-btn-group .q-btn { border: 1px solid var(--accent); }
.bg-chosen { background: var(--accent); } .text-chosen { color: var(--card); }
.q-btn .q-icon.on-left { font-size: 1.25em; margin-right: .4rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.tools { margin-bottom: .6rem; }
.tools .size { flex: 1 1 9.5rem; } .tools .slider { margin: 0; }
.drawing .hint { margin-top: .5rem; }
.canvas { width: 100%; border-radius: 8px; overflow: hidden; background: #000; cursor: crosshair;
  touch-action: none; user-select: none; -webkit-user-select: none; }
.canvas img { display: block; image-rendering: pixelated; opacity: .8 !important; }
.canvas .line { fill: none; stroke: #4cc2ff; stroke-width: 1.5px; stroke-linejoin: round; }
.canvas .handle { fill: #4cc2ff; stroke: #001a26; stroke-width: 1px; }
.canvas .chosen { fill: #ffb000; stroke: #fff; stroke-width: 2px; }
.canvas svg * { vector-effect: non-scaling-stroke; }
figure { margin: 0; }
figcaption { color: var(--soft); font-size: .875rem; margin-top: .35rem; }
.frame { position: relative; }
.frame img, .photo img { display: block; width: 100%; height: auto; aspect-ratio: 1;
  border-radius: 8px; background: var(--line); }
.frame .over { position: absolute; inset: 0; }
.comparison { display: grid; gap: .75rem 1rem; grid-template-columns: 1fr 1fr; }
.portrait { grid-column: 1 / -1; }
.slider { display: grid; grid-template-columns: 1fr auto; margin-top: .35rem; font-size: .875rem;
  color: var(--soft); line-height: 1.3; }
.slider .number { font-variant-numeric: tabular-nums; }
.slider input { grid-column: 1 / -1; width: 100%; margin: .1rem 0; height: 1.6rem;
  appearance: none; background: none; cursor: pointer; }
.slider input:focus-visible { outline-offset: -1px; border-radius: 6px; }
.sliders .slider input {
  background: linear-gradient(var(--soft) 0 0) center / 2px .7rem no-repeat; }
.slider input::-webkit-slider-runnable-track { height: 2px; background: var(--soft); }
.slider input::-moz-range-track { height: 2px; background: var(--soft); }
.slider input::-webkit-slider-thumb { appearance: none; width: 1.1rem; height: 1.1rem;
  margin-top: calc(1px - .55rem); border: 1px solid var(--card); border-radius: 50%;
  background: var(--accent); }
.slider input::-moz-range-thumb { width: 1.1rem; height: 1.1rem; box-sizing: border-box;
  border: 1px solid var(--card); border-radius: 50%; background: var(--accent); }
.changes .q-btn { margin-top: .75rem; }
.hint { color: var(--soft); font-size: .9rem; max-width: 44rem; }
.tiles { display: grid; gap: .6rem; grid-template-columns: repeat(8, minmax(0, 1fr)); }
.tile button { display: block; width: 100%; padding: 0; border: 0; border-radius: 9px;
  cursor: pointer; background: var(--line); }
.tile button.mine { box-shadow: 0 0 0 3px var(--card), 0 0 0 6px var(--accent); }
.tile img { display: block; width: 100%; height: auto; aspect-ratio: 1; border-radius: 8px; }
.tile .q-checkbox { margin-top: .5rem; flex-wrap: nowrap; font-size: .875rem; }
.faces .hint { margin-bottom: .6rem; }
.faces .tray { margin-top: .75rem; gap: .5rem 1rem; }
.strip { display: grid; gap: 4px; grid-template-columns: repeat(12, minmax(0, 1fr));
  margin: .6rem 0; }
.strip img { display: block; width: 100%; height: auto; aspect-ratio: 1; border-radius: 4px; }
.help summary { cursor: pointer; font-weight: 650; }
.help dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem;
  margin: .75rem 0; }
.help dt { font-weight: 600; } .help dd { margin: 0; }
.help p { max-width: 48rem; margin: .5rem 0; }
kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 .3rem; font-size: .85em; }
.said { position: fixed; inset: auto 0 0; z-index: 5; min-height: 2.4rem; padding: .45rem 1.25rem;
  background: var(--card); border-top: 1px solid var(--line); color: var(--soft);
  pointer-events: none; animation: fade 1s 6s forwards; }
@keyframes fade { to { opacity: 0; } }
@keyframes fade-again { to { opacity: 0; } }
.said.again { animation-name: fade-again; }
.said:empty { background: none; border-color: transparent; }
.said.complaint { color: var(--bad); font-weight: 600; animation-delay: 12s; }
.nicegui-error-popup { inset: 0 auto auto 0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.elsewhere { display: none; }
@media not all and (hover: hover) and (pointer: fine) { .by-keys { display: none; } }
@media (max-width: 44rem), (pointer: coarse) { .slider input { height: 2rem; } }
@media (max-width: 70rem) {
  .desk { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
  .changes { grid-column: 1 / -1; }
  .sliders { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1rem; }
}
@media (max-width: 44rem) {
  .desk { display: flex; flex-direction: column; gap: .6rem; }
  header { padding-top: .75rem; padding-bottom: .5rem; } header h1 { font-size: 1.15rem; }
  section { padding: .7rem; } .tools .q-btn { padding: .2rem .55rem; }
  .painted { order: 1; } .start { order: 0; } section { order: 2; }
  .canvas { width: 88%; margin: 0 auto; }
  .sliders { grid-template-columns: 1fr; }
  .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .strip { grid-template-columns: repeat(6, minmax(0, 1fr)); }
  .help dl { grid-template-columns: 1fr; gap: 0; } .help dd { margin: 0 0 .5rem; }
}
@media (max-width: 44rem) and (min-height: 30rem) {
  html { scroll-padding-top: 15rem; }
  .painted { position: sticky; top: 0; z-index: 4; padding: .5rem .7rem .3rem; }
  .painted h2 { position: absolute; clip-path: inset(50%); }
  .comparison { display: flex; flex-wrap: wrap; justify-content: center; gap: 0 .75rem; }
  .comparison figure { width: min(35vw, 9rem); } .mixer { flex: 1 0 100%; }
  .painted figcaption { margin: 0; text-align: center; } .painted .slider { margin: 0; }
}
"""

HELP = """
<summary>Help and keys</summary>
<p>White squares are the mask: what the network is given. It paints a face along them; which face
it is, its number says. The same mask and number always give the same picture.</p>
<p>A slider changes nothing at 0. Its number counts standard deviations, σ, of the faces that the
model learnt from.</p>
<p>Nothing that you open is kept: the drawing lives as long as this page is open.</p>
<dl id="keys">
<dt>On the drawing, with Move</dt><dd><kbd>N</kbd> or <kbd>]</kbd> next landmark, <kbd>P</kbd> or
<kbd>[</kbd> the one before; arrow keys move it by a pixel of the mask, with <kbd>Shift</kbd> by
five</dd>
<dt>Anywhere</dt><dd><kbd>Ctrl</kbd>+<kbd>Z</kbd> undo,
<kbd>Ctrl</kbd>+<kbd>Shift</kbd>+<kbd>Z</kbd> or <kbd>Ctrl</kbd>+<kbd>Y</kbd> redo</dd>
<dt>On a slider</dt><dd>arrow keys</dd>
</dl>
"""
