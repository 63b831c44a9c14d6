// Colours with a meaning each, scales from a number to a colour, and numbers as text.

const MARK = { start: "#56B4E9", goal: "#009E73", lava: "#D55E00", agent: "#E69F00" };

// PuOr without its darkest ends (walls are dark); on a dark page the centre is dark and the ends shine.
const LIGHT = {
  dark: false,
  paper: "#ffffff", text: "#1b2530", muted: "#66727f", line: "#dde3e8", tile: "#eef1f4",
  wall: "#434f5e", hatch: "#596675", halo: "#ffffff",
  diverging: ["#b35806", "#d9741a", "#f1a340", "#fecf93", "#fdeedd", "#f6f6f8", "#e6e4f1", "#c6bfde", "#998ec3", "#7359a5", "#542788"],
  sequential: ["#eef8f3", "#c4e8d3", "#8bdab2", "#57c3b0", "#40a9b0", "#348fa7", "#3679a3", "#37659e", "#3b5295"],
};
const DARK = {
  dark: true,
  paper: "#12171d", text: "#e4e9ee", muted: "#93a0ad", line: "#303a45", tile: "#1d252e",
  wall: "#5b6878", hatch: "#758394", halo: "#0d1116",
  diverging: ["#ffc98a", "#f5a33e", "#d07f1e", "#935615", "#4f361b", "#222a33", "#37345a", "#584b94", "#806fc4", "#a99be2", "#d6ccf8"],
  sequential: ["#1f2b3d", "#27406a", "#2f5a8f", "#347a9f", "#3597a6", "#45b5a9", "#74d0ac", "#a9e3c0", "#e2f7ea"],
};

function channels(hex) { return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)); }

// Perceived lightness in [0, 1] of an "rgb(r, g, b)" or "#rrggbb" colour.
function lightness(colour) {
  const [r, g, b] = colour.startsWith("#") ? channels(colour) : colour.match(/\d+(\.\d+)?/g).map(Number);
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

// The palette for the page's theme, with the page's own colours for paper, text and lines.
function pageTheme(element) {
  const style = getComputedStyle(element);
  const read = (name, instead) => style.getPropertyValue(name).trim() || instead;
  const paper = read("--st-background-color", "#ffffff");
  const base = lightness(paper.startsWith("#") || paper.startsWith("rgb") ? paper : "#ffffff") < 0.5 ? DARK : LIGHT;
  return {
    ...base, paper,
    text: read("--st-text-color", base.text),
    line: read("--st-border-color", base.line),
    font: style.fontFamily || "sans-serif",
  };
}

// Saved pictures are drawn for white paper whatever the page looks like.
function printTheme(font) { return { ...LIGHT, font }; }

const RAMP_STEPS = 256;
const RAMPS = new Map();

// 256 colours between the stops, each with the ink that can be read on it.
function ramp(stops) {
  const known = RAMPS.get(stops);
  if (known) return known;
  const anchors = stops.map(channels), colours = [];
  for (let i = 0; i < RAMP_STEPS; i++) {
    const t = (i / (RAMP_STEPS - 1)) * (anchors.length - 1), k = Math.min(Math.floor(t), anchors.length - 2);
    const mixed = anchors[k].map((a, j) => Math.round(a + (anchors[k + 1][j] - a) * (t - k)));
    colours.push("#" + mixed.map((c) => c.toString(16).padStart(2, "0")).join(""));
  }
  const inks = colours.map((colour) => (lightness(colour) > 0.52 ? "#17202a" : "#ffffff"));
  RAMPS.set(stops, { colours, inks });
  return RAMPS.get(stops);
}

// A scale turns a number into an index of its ramp: diverging is centred on zero, counts start at zero.
function makeScale(kind, values, limits, theme) {
  let low = Infinity, high = -Infinity;
  if (limits) [low, high] = limits;
  else for (const v of values) if (v !== null && v === v) { if (v < low) low = v; if (v > high) high = v; }
  if (low > high) { low = 0; high = 0; }
  if (kind === "diverging") { high = Math.max(Math.abs(low), Math.abs(high)); low = -high; }
  if (kind === "counts") low = 0;
  const stops = kind === "diverging" ? theme.diverging : theme.sequential;
  const span = high - low, { colours, inks } = ramp(stops);
  const flat = kind === "diverging" ? (RAMP_STEPS - 1) >> 1 : 0;
  const index = (v) => {
    if (span <= 0) return flat;
    return Math.max(0, Math.min(RAMP_STEPS - 1, Math.round(((v - low) / span) * (RAMP_STEPS - 1))));
  };
  return { kind, low, high, stops, colours, inks, index };
}

const MINUS = "\u2212";

// A number for reading: three significant digits, a real minus sign, no trailing zeros.
function formatNumber(x, digits = 3) {
  if (x === null || x === undefined || x !== x) return "\u2013";
  const size = Math.abs(x);
  if (size === 0) return "0";
  let text;
  if (size >= 1e5 || size < 1e-3) text = x.toExponential(digits - 2).replace(/\.?0+e/, "e").replace("e+", "e");
  else {
    const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
    text = x.toFixed(Math.min(decimals, 5));
    if (text.includes(".")) text = text.replace(/\.?0+$/, "");
  }
  return text.replace(/-/g, MINUS);
}

// How numbers are written inside cells: at most five characters, and all of one map with the same decimals.
function cellFormat(values) {
  let most = 0, whole = true;
  for (const v of values) if (v !== null) { most = Math.max(most, Math.abs(v)); whole &&= Number.isInteger(v); }
  const decimals = whole || most >= 99.5 ? 0 : most >= 9.95 ? 1 : 2;
  return (x) => {
    const size = Math.abs(x);
    if (size >= 99950) return formatNumber(x, 2);
    if (size >= 999.5) return `${formatNumber(x / 1000, 2)}k`;
    return (size < 0.5 * 10 ** -decimals ? "0" : x.toFixed(decimals)).replace("-", MINUS);
  };
}
