// Pictures of a grid, made with a pen: tiles, walls, marks, numbers, triangles, arrows, discs, ways, colour bar.

const ACTION_GLYPHS = ["\u2191", "\u2192", "\u2193", "\u2190", "\u2022"]; // up, right, down, left, stay
const ACTION_WORDS = ["up", "right", "down", "left", "stay"];
const STEP_ROW = [-1, 0, 1, 0, 0], STEP_COLUMN = [0, 1, 0, -1, 0];
const WALL = 1, GOAL = 2, START = 4; // bits of a cell's flag
const BAR_HEIGHT = 34; // the colour bar with its labels, below the map
const DISC_SHIFT = 0.22; // of a cell: the number above its middle, the disc of visits below
const NUMBER_CELL = 28.5; // px; numbers are written into cells at least this large

// Where the cells are on a square stage of `side` px; the grid is centred across.
function gridGeometry(rows, cols, side) {
  const cell = side / Math.max(rows, cols);
  const gap = cell >= 24 ? 2 : cell >= 9 ? 1 : 0;
  return {
    rows, cols, cell, gap, side,
    left: (side - cell * cols) / 2, width: cell * cols, height: cell * rows,
    radius: cell >= 14 ? Math.min(5, cell * 0.11) : 0,
    x(i) { return this.left + (i % cols) * cell; },
    y(i) { return Math.floor(i / cols) * cell; },
    at(px, py) {
      const c = Math.floor((px - this.left) / cell), r = Math.floor(py / cell);
      return r >= 0 && c >= 0 && r < rows && c < cols ? r * cols + c : -1;
    },
  };
}

function put(groups, key, ...numbers) {
  let list = groups.get(key);
  if (!list) groups.set(key, (list = []));
  for (const n of numbers) list.push(n);
}

// Tiles of the colours fill(i); null leaves the cell to whoever draws next.
function drawTiles(pen, geo, theme, fill) {
  const groups = new Map(), { cell, gap } = geo;
  for (let i = 0; i < geo.rows * geo.cols; i++) {
    const colour = fill(i);
    if (colour !== null) put(groups, colour, geo.x(i) + gap / 2, geo.y(i) + gap / 2, cell - gap, cell - gap);
  }
  for (const [colour, boxes] of groups) pen.rects(colour, boxes, geo.radius);
}

// Walls as dark slate, on a dark page nearly black within a hairline, so that no value looks like one.
function drawWalls(pen, geo, theme, flags) {
  drawTiles(pen, geo, theme, (i) => (flags[i] & WALL ? theme.hatch : null));
  if (theme.hatch === theme.wall || geo.cell < 5) return;
  const inner = Object.create(geo, { gap: { value: geo.gap + 2 } });
  drawTiles(pen, inner, theme, (i) => (flags[i] & WALL ? theme.wall : null));
}

function starPoints(x, y, r) {
  const points = [];
  for (let k = 0; k < 10; k++) {
    const a = -Math.PI / 2 + (k * Math.PI) / 5, d = k % 2 ? r * 0.45 : r;
    points.push(x + d * Math.cos(a), y + d * Math.sin(a));
  }
  return points;
}

function drawStar(pen, theme, x, y, r) {
  const halo = starPoints(x, y, r);
  pen.lines(theme.halo, Math.max(1.5, r * 0.5), [[...halo, halo[0], halo[1]]]);
  pen.polys(MARK.goal, [halo]);
}

function drawRing(pen, theme, x, y, r) {
  pen.discs(null, [x, y, r], theme.halo, Math.max(3, r * 0.75));
  pen.discs(null, [x, y, r], MARK.start, Math.max(1.5, r * 0.38));
}

function drawLava(pen, colour, x, y, r) {
  const wave = (dy) => {
    const points = [];
    for (let k = 0; k <= 12; k++) points.push(x + r * (k / 6 - 1), y + dy + Math.sin((k / 12) * 4 * Math.PI) * r * 0.2);
    return points;
  };
  pen.lines(colour, Math.max(1.3, r * 0.24), [wave(-r * 0.45), wave(r * 0.3)]);
}

// A mark may be larger than its cell; this keeps it whole at the map's edge.
function keepInside(geo, x, y, r) {
  const top = geo.y(0);
  const within = (v, low, high) => Math.max(low + r, Math.min(high - r, v));
  return [within(x, geo.left, geo.left + geo.width), within(y, top, geo.height)];
}

// Goal stars and start rings in the corner of their cells (in the middle of small ones).
function drawCornerMarks(pen, geo, theme, flags) {
  const { cell } = geo, small = cell < 20;
  const r = small ? Math.max(3.5, cell * 0.34) : Math.max(4, Math.min(8, cell * 0.14)), inset = small ? cell / 2 : r + geo.gap / 2 + 3;
  for (let i = 0; i < flags.length; i++) {
    const right = geo.x(i) + cell - inset;
    const low = flags[i] & GOAL && !small ? cell - inset : inset;
    if (flags[i] & GOAL) drawStar(pen, theme, ...keepInside(geo, right, geo.y(i) + inset, r + 1), r * (small ? 1.2 : 1.05));
    if (flags[i] & START) drawRing(pen, theme, ...keepInside(geo, right, geo.y(i) + low, r + 1), r * 0.72);
  }
}

// Colours of one number per cell; the numbers too when they are wanted and there is room.
function drawHeat(pen, geo, theme, scale, values, flags, numbered, seen = null) {
  drawTiles(pen, geo, theme, (i) => {
    if (flags[i] & WALL) return null;
    return values[i] === null ? theme.tile : scale.colours[scale.index(values[i])];
  });
  if (!numbered || geo.cell < NUMBER_CELL) return;
  const size = Math.max(12, Math.min(14, geo.cell * 0.29)), format = cellFormat(values, scale.kind === "root" ? 1 : 2);
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null || flags[i] & WALL || (seen && !seen[i])) continue; // a guess has no number
    const fill = scale.inks[scale.index(values[i])];
    const under = flags[i] & (GOAL | START) && geo.cell < 56 ? geo.cell * 0.16 : 0; // the mark is in the corner above
    pen.text(geo.x(i) + geo.cell / 2, geo.y(i) + geo.cell / 2 + under, format(values[i]), { size, fill });
  }
}

// One number per action as four triangles around the centre, "stay" as a square in the middle.
function drawTriangles(pen, geo, theme, scale, values, actions, flags) {
  const groups = new Map(), { cell, gap } = geo, s = cell - gap, room = cell >= (actions > 4 ? 110 : 86);
  const texts = [], format = cellFormat(values);
  drawTiles(pen, geo, theme, (i) => {
    if (flags[i] & WALL) return null;
    const row = values.slice(i * actions, (i + 1) * actions), sum = row.reduce((total, v) => total + v, 0);
    // under the triangles their mean, so that what shows between them is no line
    return row.includes(null) ? theme.tile : scale.colours[scale.index(sum / actions)];
  });
  for (let i = 0; i < geo.rows * geo.cols; i++) {
    if (flags[i] & WALL) continue;
    const x = geo.x(i) + gap / 2, y = geo.y(i) + gap / 2, cx = x + s / 2, cy = y + s / 2;
    const corner = [x, y, x + s, y, x + s, y + s, x, y + s];
    for (let a = 0; a < actions; a++) {
      const v = values[i * actions + a];
      if (v === null) continue;
      const k = scale.index(v), q = s * 0.17;
      const points = a === 4
        ? [cx - q, cy - q, cx + q, cy - q, cx + q, cy + q, cx - q, cy + q]
        : [corner[2 * a], corner[2 * a + 1], corner[(2 * a + 2) % 8], corner[(2 * a + 3) % 8], cx, cy];
      put(groups, a === 4 ? RAMP_STEPS + k : k, points); // the squares of "stay" lie on top of the triangles
      if (room) texts.push([cx + STEP_COLUMN[a] * s * 0.335, cy + STEP_ROW[a] * s * 0.355, v, scale.inks[k]]);
    }
  }
  for (const k of [...groups.keys()].sort((a, b) => a - b)) pen.polys(scale.colours[k % RAMP_STEPS], groups.get(k));
  if (cell >= 14) drawDiagonals(pen, geo, theme, values, actions, flags);
  for (const [x, y, v, fill] of texts) pen.text(x, y, format(v), { size: Math.max(12, Math.min(14, cell * 0.14)), fill });
}

function drawDiagonals(pen, geo, theme, values, actions, flags) {
  const { cell, gap } = geo, s = cell - gap, inner = actions > 4 ? 0.17 : 0, lines = [];
  for (let i = 0; i < geo.rows * geo.cols; i++) {
    if (flags[i] & WALL || values[i * actions] === null) continue;
    const x = geo.x(i) + gap / 2, y = geo.y(i) + gap / 2, m = s / 2, q = s * inner;
    for (const [dx, dy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]]) {
      lines.push([x + m + dx * m, y + m + dy * m, x + m + dx * q, y + m + dy * q]);
    }
    if (q) lines.push([x + m - q, y + m - q, x + m + q, y + m - q, x + m + q, y + m + q, x + m - q, y + m + q, x + m - q, y + m - q]);
  }
  pen.lines(theme.paper, Math.max(0.6, cell * 0.018), lines);
}

// Policy as arrows, as long as the action is likely beside the likeliest; small cells show that one alone.
function drawArrows(pen, geo, theme, policy, actions, flags, ink) {
  const { cell } = geo, groups = new Map(), heads = new Map(), dots = new Map();
  if (cell < 6) return;
  for (let i = 0; i < geo.rows * geo.cols; i++) {
    if (flags[i] & WALL) continue;
    const row = policy.slice(i * actions, (i + 1) * actions), best = Math.max(...row);
    if (best <= 0) continue;
    const x = geo.x(i) + cell / 2, y = geo.y(i) + cell / 2, colour = ink(i);
    row.forEach((percent, a) => {
      const p = percent / best;
      if (p < (cell < 14 ? 1 : 0.12)) return;
      if (a === 4) return put(dots, colour, x, y, Math.max(0.8, cell * 0.13 * Math.sqrt(p)));
      const reach = cell * (0.1 + 0.29 * p), head = Math.max(1.6, cell * (0.06 + 0.07 * p));
      const dx = STEP_COLUMN[a], dy = STEP_ROW[a], bx = x + dx * (reach - head), by = y + dy * (reach - head);
      put(groups, colour, [x, y, bx, by]);
      put(heads, colour, [x + dx * reach, y + dy * reach, bx - dy * head * 0.75, by + dx * head * 0.75, bx + dy * head * 0.75, by - dx * head * 0.75]);
    });
  }
  for (const [colour, lines] of groups) pen.lines(colour, Math.max(0.8, cell * 0.042), lines);
  for (const [colour, polygons] of heads) pen.polys(colour, polygons);
  for (const [colour, circles] of dots) pen.discs(colour, circles);
}

const isNumbered = (geo, value) => value !== null && geo.cell >= NUMBER_CELL;

// How far below its cell's middle a disc is, and how large at most, in cells: beside the number, never on it.
function discPlace(geo, world, i) {
  if (!isNumbered(geo, world.values[i])) return [0, 0.32];
  return world.flags[i] & GOAL || world.isLava(i) ? [-0.13, 0.3] : [DISC_SHIFT, 0.2];
}

// Visits as discs whose area is the count.
function drawDiscs(pen, geo, theme, visits, world) {
  const most = Math.max(...visits.filter((v) => v !== null), 0), circles = [];
  if (most <= 0) return;
  visits.forEach((v, i) => {
    if (!(v > 0) || world.flags[i] & WALL) return;
    const [down, largest] = discPlace(geo, world, i);
    circles.push(geo.x(i) + geo.cell / 2, geo.y(i) + geo.cell * (0.5 + down), Math.max(0.7, Math.sqrt(v / most) * geo.cell * largest));
  });
  pen.discs(theme.dark ? "rgba(228,233,238,.36)" : "rgba(27,37,48,.26)", circles);
}

// Cells that nobody visited: faded and hatched, for what is shown there is a guess.
function drawUnseen(pen, geo, theme, seen, flags) {
  const { cell, gap } = geo, boxes = [], hatch = [];
  for (let i = 0; i < flags.length; i++) {
    if (seen[i] || flags[i] & WALL) continue;
    const x = geo.x(i) + gap / 2, y = geo.y(i) + gap / 2, s = cell - gap;
    boxes.push(x, y, s, s);
    if (cell < 10) continue;
    for (const k of [1, 2, 3, 4, 5]) {
      const d = (k * s) / 3;
      hatch.push(d <= s ? [x, y + d, x + d, y] : [x + d - s, y + s, x + s, y + d - s]);
    }
  }
  pen.rects(theme.dark ? "rgba(17,22,27,.5)" : "rgba(251,250,248,.5)", boxes, geo.radius);
  pen.hatch(theme.dark ? "rgba(233,237,240,.16)" : "rgba(24,33,43,.15)", 1, hatch);
}

// The centre of a cell, moved a little so that ways over the same cells can be told apart.
function wayPoints(geo, cells, shift) {
  const points = [];
  for (const i of cells) points.push(geo.x(i) + geo.cell * (0.5 + shift), geo.y(i) + geo.cell * (0.5 + shift));
  return points;
}

function drawBar(pen, geo, theme, scale) {
  const y = geo.height + 10, size = 12, fill = theme.muted, labelY = y + 16;
  pen.bar(geo.left, y, geo.width, 6, scale.stops, 3);
  if (scale.kind === "root" && scale.high > 0) {
    for (const part of [-1, -0.1, 0, 0.1, 1]) {
      const v = part * scale.high, at = geo.left + geo.width * scale.position(v), sign = v > 0 ? "+" : "";
      pen.text(at, labelY, sign + formatNumber(v, 2), { size: 12, fill, align: { [-1]: "left", 1: "right" }[part] ?? "center" });
    }
    return;
  }
  if (scale.high <= scale.low) { // one value only: there is no range to label
    pen.text(geo.left + geo.width / 2, labelY, formatNumber(scale.high), { size, fill });
    return;
  }
  pen.text(geo.left, labelY, formatNumber(scale.low), { size, fill, align: "left" });
  pen.text(geo.left + geo.width / 2, labelY, formatNumber((scale.low + scale.high) / 2), { size, fill });
  pen.text(geo.left + geo.width, labelY, formatNumber(scale.high), { size, fill, align: "right" });
}

// The marks of the world itself, large: star, ring, waves, and the rewards as numbers.
// The numbers of plain cells make room for the discs of visits that were drawn below them.
function drawWorldMarks(pen, geo, theme, scale, world, discs) {
  const { flags, values } = world, { cell } = geo, format = world.isField ? cellFormat(values) : (v) => formatNumber(v);
  for (let i = 0; i < flags.length; i++) {
    const goal = flags[i] & GOAL, start = flags[i] & START, value = values[i], lava = world.isLava(i);
    if (flags[i] & WALL || !(goal || start || value !== null)) continue;
    const numbered = isNumbered(geo, value), marked = goal || lava;
    const r = Math.max(4, Math.min(26, cell * (numbered ? 0.25 : 0.34)));
    const [x, y] = keepInside(geo, geo.x(i) + cell / 2, geo.y(i) + cell / 2, r + 1);
    const up = numbered && marked ? y - cell * 0.13 : y;
    if (start) drawRing(pen, theme, x, y, Math.max(3, Math.min(24, cell * (marked || numbered ? 0.42 : 0.27))));
    if (goal) drawStar(pen, theme, x, up, r);
    else if (lava && cell >= 9) drawLava(pen, scale.inks[scale.index(value)], x, up, r);
    if (!numbered) continue;
    const size = Math.max(12, Math.min(14, cell * (marked ? 0.25 : 0.29))), fill = scale.inks[scale.index(value)];
    pen.text(x, y + cell * (marked ? 0.3 : discs ? -DISC_SHIFT : 0), format(value), { size, fill, weight: marked ? 600 : 400 });
  }
}
