"""The report's style sheet and the few lines of script that unpack and draw its charts."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark;
  --ink: light-dark(#1b2530, #e4e9ee); --soft: light-dark(#5c6975, #9eabb7); --line: light-dark(#dde3e8,
  #303a45); --paper: light-dark(#fbfaf8, #11161b); --ground: light-dark(#f3f1ec, #1e262e);
  --accent: light-dark(#0b6e7f, #4fb3c3); --good: light-dark(#1a7f4b, #5cc98f);
  --fair: light-dark(#9a6200, #e5b454); --poor: light-dark(#b3362b, #f08a80); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5; font-size: 15px;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 40px 32px 64px; }
h1, h2, h3, p { margin: 0; }
h1 { font-size: 28px; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 19px; font-weight: 650; }
h3 { font-size: 15px; font-weight: 650; margin: 24px 0 4px; }
section { margin-top: 44px; }
.brand { color: var(--accent); font-weight: 650; font-size: 13px; margin-bottom: 4px; }
.note { color: var(--soft); max-width: 72ch; margin-top: 4px; }
.facts { display: flex; flex-wrap: wrap; gap: 12px 36px; margin: 20px 0 0; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
.verdict { margin-top: 28px; padding: 20px 24px; border-radius: 8px; background: var(--ground);
  border-left: 4px solid var(--soft); }
.verdict.good { border-color: var(--good); } .verdict.good h2 { color: var(--good); }
.verdict.fair { border-color: var(--fair); } .verdict.fair h2 { color: var(--fair); }
.verdict.poor { border-color: var(--poor); } .verdict.poor h2 { color: var(--poor); }
.verdict p { margin-top: 6px; max-width: 84ch; font-size: 16px; }
.warnings { margin: 12px 0 0; padding: 12px 0 0 18px; border-top: 1px solid var(--line); color: var(--soft);
  font-size: 14px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); gap: 20px
28px;
  margin-top: 16px; }
.chart { min-width: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 9px 16px 9px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
  font-weight: 400; white-space: nowrap; }
thead th { color: var(--soft); font-size: 13px; padding-bottom: 4px; }
tbody th { width: 210px; }
td { color: var(--soft); width: 76px; }
td.main { color: var(--ink); font-weight: 650; }
td.wide { width: 136px; } td svg { display: block; margin-top: 2px; }
td.says { white-space: normal; width: auto; min-width: 260px; padding-right: 0; }
table.plain { width: auto; } table.plain th, table.plain td { width: auto; white-space: normal; }
.axis { stroke: var(--line); stroke-width: 2; } .best { stroke: var(--soft); stroke-width: 1.5; }
.range { stroke: var(--accent); stroke-width: 4; opacity: 0.35; stroke-linecap: round; }
circle { fill: var(--accent); }
details { margin-top: 4px; } summary { cursor: pointer; color: var(--accent); width: fit-content; }
td details { font-size: 13px; } td summary { font-size: 12px; }
section > details { margin-top: 12px; }
pre { background: var(--ground); padding: 16px; border-radius: 8px; overflow-x: auto; font-size: 13px;
  line-height: 1.35; font-family: ui-monospace, Menlo, Consolas, monospace; }
footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
@media (max-width: 640px) { main { padding: 24px 16px; } }
@media print { :root { color-scheme: light; } .chart, tr { break-inside: avoid; } summary { display: none; } }
"""

UNPACK = """
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";
async function unpack([length, digits]) {
  const worth = new Uint8Array(128).fill(84), bytes = new Uint8Array(Math.ceil(digits.length / 5) * 4);
  for (let i = 0; i < 85; i++) worth[DIGITS.charCodeAt(i)] = i;
  for (let i = 0, at = 0; i < digits.length; i += 5) {
    let word = 0;
    for (let k = i; k < i + 5; k++) word = 85 * word + (k < digits.length ? worth[digits.charCodeAt(k)] : 84);
    for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = word >>> shift;
  }
  const deflated = new Blob([bytes.subarray(0, length)]).stream();
  return new Response(deflated.pipeThrough(new DecompressionStream("deflate"))).text();
}
"""

SCRIPT = """
const dark = window.matchMedia("(prefers-color-scheme: dark)");
let CHARTS;
function draw() {
  for (const place of document.querySelectorAll(".chart")) {
    const chart = CHARTS[place.dataset.chart][dark.matches ? "dark" : "light"];
    const shrink = Math.min(1, place.clientWidth / chart.layout.width);
    const [bar, head] = [64, 52];  // colour bar and title keep their size
    const size = { width: chart.layout.width * shrink,
                   height: head + (chart.layout.height - head) * (chart.layout.width * shrink - bar) /
                       (chart.layout.width - bar) };
    const camera = { format: "svg", filename: place.dataset.chart };
    Plotly.react(place, chart.data, { ...chart.layout, ...size }, { displaylogo: false, toImageButtonOptions:
    camera });
  }
}
let waiting;
window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
dark.addEventListener("change", draw);
(async () => {
  const plotly = document.createElement("script");
  plotly.textContent = await unpack(PLOTLY);
  document.head.append(plotly);
  CHARTS = JSON.parse(await unpack(PACKED));
  draw();
})();
"""
