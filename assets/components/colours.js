// Colours with a meaning each, scales from a number to a colour, and numbers as text.

const MARK = { start: "#56B4E9", goal: "#009E73", lava: "#D55E00", agent: "#E69F00" };

// Worse, level, better: orange to purple. On a dark page the centre is dark and the ends shine.
const LIGHT = {
  dark: false,
  paper: "#fbfaf8", text: "#18212b", muted: "#626c77", line: "#e3e0d9", tile: "#f3f1ec", accent: "#0b6e7f",
  wall: "#3d4753", hatch: "#3d4753", halo: "#ffffff",
  diverging: ["#8f4a00", "#d98a33", "#f5d9ae", "#f4f2ed", "#d5cfea", "#8477b5", "#43207f"],
  sequential: ["#eef3ef", "#bfe0d3", "#6fbcb0", "#2a8796", "#1d4f7c"],
};
const DARK = {
  dark: true,
  paper: "#11161b", text: "#e9edf0", muted: "#8b97a3", line: "#29323b", tile: "#1e262e", accent: "#5cc0cf",
  wall: "#06090b", hatch: "#46525e", halo: "#0d1116",
  diverging: ["#ffb765", "#c9802f", "#503d28", "#252d35", "#423d66", "#8a7cd0", "#cfc4ff"],
  sequential: ["#1f2a2e", "#2f5a63", "#3f8f8f", "#74c3a6", "#c3f0d5"],
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
    accent: read("--st-primary-color", base.accent),
    font: style.fontFamily || "sans-serif",
  };
}

// Saved pictures are drawn for white paper whatever the page looks like.
function printTheme(font) { return { ...LIGHT, paper: "#ffffff", font }; }

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

// A scale turns a number into an index of its ramp: diverging and root are centred on zero, counts start at zero.
function makeScale(kind, values, limits, theme) {
  let low = Infinity, high = -Infinity;
  if (limits) [low, high] = limits;
  else for (const v of values) if (v !== null && v === v) { if (v < low) low = v; if (v > high) high = v; }
  if (low > high) { low = 0; high = 0; }
  const root = kind === "root", centred = root || kind === "diverging";
  if (centred) { high = Math.max(Math.abs(low), Math.abs(high)); low = -high; }
  if (kind === "counts") low = 0;
  const stops = centred ? theme.diverging : theme.sequential;
  const span = high - low, { colours, inks } = ramp(stops);
  const flat = centred ? (RAMP_STEPS - 1) >> 1 : 0;
  // the signed root shows a step of −1 and a goal of +10 in one picture
  const position = (v) => (root ? (1 + Math.sign(v) * Math.sqrt(Math.abs(v) / high)) / 2 : (v - low) / span);
  const index = (v) => {
    if (span <= 0) return flat;
    return Math.max(0, Math.min(RAMP_STEPS - 1, Math.round(position(v) * (RAMP_STEPS - 1))));
  };
  return { kind, low, high, stops, colours, inks, index, position };
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
function cellFormat(values, finest = 2) {
  let most = 0, whole = true;
  for (const v of values) if (v !== null) { most = Math.max(most, Math.abs(v)); whole &&= Number.isInteger(v); }
  const decimals = whole || most >= 99.5 ? 0 : most >= 9.95 ? 1 : finest;
  return (x) => {
    const size = Math.abs(x);
    if (size >= 99950) return formatNumber(x, 2);
    if (size >= 999.5) return `${formatNumber(x / 1000, 2)}k`;
    return (size < 0.5 * 10 ** -decimals ? "0" : finest === 1 ? x.toFixed(decimals).replace(/\.0$/, "") : x.toFixed(decimals)).replace("-", MINUS);
  };
}
