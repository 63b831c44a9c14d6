// A field over a room: values at nodes as smooth colour, contours, hatching, arrows, walls; metres to pixels.

const SPREADS = 2.1; // standard deviations to either side that the colours reach
const FADE = 0.82; // of the colour, where nothing is known

// Where things are: the room without its outer walls fills the picture, y goes up.
class RoomFrame {
  constructor(rows, side) {
    this.rows = rows;
    [this.height, this.width] = [rows.length, rows[0].length];
    this.scale = side / (Math.max(this.width, this.height) - 2);
    this.pixels = [(this.width - 2) * this.scale, (this.height - 2) * this.scale];
  }
  x(x) { return (x + this.width / 2 - 1) * this.scale; }
  y(y) { return (this.height / 2 - 1 - y) * this.scale; }
  place(px, py) { return [px / this.scale - this.width / 2 + 1, this.height / 2 - 1 - py / this.scale]; }
  cell([x, y]) { return [Math.floor(this.height / 2 - y), Math.floor(x + this.width / 2)]; }
  centre([row, column]) { return [column + 0.5 - this.width / 2, this.height / 2 - row - 0.5]; }
  isWall([row, column]) { return (this.rows[row]?.[column] ?? "#") === "#"; }
}

function paintField(g, frame, scene, values, stops, fade) {
  const [nx, ny] = scene.shape, sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [nx, ny];
  const pen = sheet.getContext("2d"), image = pen.createImageData(nx, ny), { colours } = ramp(stops);
  for (let i = 0; i < nx; i++) for (let j = 0; j < ny; j++) {
    const v = Math.max(-1, Math.min(1, values[i * ny + j] / SPREADS));
    const rgb = channels(colours[Math.round((0.5 + 0.5 * v) * (RAMP_STEPS - 1))]);
    image.data.set([...rgb, fade ? 255 * (1 - FADE * fade[i * ny + j]) : 255], 4 * ((ny - 1 - j) * nx + i));
  }
  pen.putImageData(image, 0, 0);
  const half = scene.spacing / 2, [x0, y0] = scene.low;
  g.imageSmoothingEnabled = true;
  g.imageSmoothingQuality = "high";
  const left = frame.x(x0 - half), top = frame.y(y0 + (ny - 1) * scene.spacing + half);
  g.drawImage(sheet, left, top, nx * scene.spacing * frame.scale, ny * scene.spacing * frame.scale);
}

// Lines of equal value, by linear interpolation on the edges of each square of four nodes.
function contours(g, frame, scene, values, levels) {
  const [nx, ny] = scene.shape, at = (i, j) => [frame.x(scene.low[0] + i * scene.spacing), frame.y(scene.low[1] + j * scene.spacing)];
  g.beginPath();
  for (const level of levels) for (let i = 0; i + 1 < nx; i++) for (let j = 0; j + 1 < ny; j++) {
    const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], cut = [];
    corners.forEach((a, k) => {
      const b = corners[(k + 1) % 4], va = values[a[0] * ny + a[1]] - level, vb = values[b[0] * ny + b[1]] - level;
      if (va < 0 !== vb < 0) cut.push(at(a[0] + (va / (va - vb)) * (b[0] - a[0]), a[1] + (va / (va - vb)) * (b[1] - a[1])));
    });
    for (let k = 0; k + 1 < cut.length; k += 2) { g.moveTo(...cut[k]); g.lineTo(...cut[k + 1]); }
  }
  g.stroke();
}

function hatchUnseen(g, frame, scene, colour) {
  const [nx, ny] = scene.shape, size = scene.spacing * frame.scale;
  g.save();
  g.beginPath();
  for (let i = 0; i < nx; i++) for (let j = 0; j < ny; j++) if (!scene.visited[i * ny + j]) {
    g.rect(frame.x(scene.low[0] + i * scene.spacing) - size / 2, frame.y(scene.low[1] + j * scene.spacing) - size / 2, size + 0.5, size + 0.5);
  }
  g.clip();
  g.strokeStyle = colour;
  g.globalAlpha = 0.28;
  g.lineWidth = 1;
  g.beginPath();
  const [w, h] = frame.pixels;
  for (let k = -h; k < w; k += 7) { g.moveTo(k, h); g.lineTo(k + h, 0); }
  g.stroke();
  g.restore();
}

function arrows(g, frame, scene, inkAt) {
  const [nx, ny] = scene.shape, every = Math.max(2, Math.round(nx / 11)), length = 0.72 * every * scene.spacing * frame.scale;
  g.lineWidth = 1.6;
  g.lineCap = "round";
  for (let i = Math.floor(every / 2); i < nx; i += every) for (let j = Math.floor(every / 2); j < ny; j += every) {
    const k = i * ny + j, [dx, dy] = scene.policy.slice(2 * k, 2 * k + 2), size = Math.hypot(dx, dy);
    const place = [scene.low[0] + i * scene.spacing, scene.low[1] + j * scene.spacing];
    if (size < 0.05 || frame.isWall(frame.cell(place))) continue;
    const [ux, uy] = [dx / size, -dy / size], l = length * Math.max(0.45, Math.min(1, size));
    const [x, y] = [frame.x(place[0]), frame.y(place[1])], [tx, ty] = [x + (ux * l) / 2, y + (uy * l) / 2];
    g.strokeStyle = g.fillStyle = inkAt(k);
    g.beginPath();
    g.moveTo(x - (ux * l) / 2, y - (uy * l) / 2);
    g.lineTo(tx - ux * 3, ty - uy * 3);
    g.stroke();
    g.beginPath();
    g.moveTo(tx, ty);
    g.lineTo(tx - ux * 6 - uy * 3.5, ty - uy * 6 + ux * 3.5);
    g.lineTo(tx - ux * 6 + uy * 3.5, ty - uy * 6 - ux * 3.5);
    g.fill();
  }
}

function walls(g, frame, theme, grip) {
  const { scale } = frame, inside = [];
  for (let r = 1; r < frame.height - 1; r++) for (let c = 1; c < frame.width - 1; c++) if (frame.isWall([r, c])) inside.push([r, c]);
  g.fillStyle = theme.dark ? "#06090b" : "#3d4753";
  for (const [r, c] of inside) g.fillRect((c - 1) * scale - 0.5, (r - 1) * scale - 0.5, scale + 1, scale + 1);
  if (theme.dark) outline(g, frame, frame.rows, "#46525e", []);
  if (!grip || !inside.length) return;
  g.fillStyle = "#e9edf0";
  const [r, c] = [0, 1].map((k) => inside.reduce((sum, cell) => sum + cell[k], 0) / inside.length);
  for (const dx of [-8, 0, 8]) for (const dy of [-4, 4]) { g.beginPath(); g.arc((c - 0.5) * scale + dx, (r - 0.5) * scale + dy, 1.8, 0, 7); g.fill(); }
}

// The edge of the walls of a map.
function outline(g, frame, rows, colour, dash) {
  const wall = (r, c) => r > 0 && c > 0 && r < rows.length - 1 && c < rows[0].length - 1 && rows[r][c] === "#", s = frame.scale;
  g.save();
  g.strokeStyle = colour;
  g.lineWidth = 1.5;
  g.setLineDash(dash);
  g.beginPath();
  for (let r = 1; r < rows.length - 1; r++) for (let c = 1; c < rows[0].length - 1; c++) if (wall(r, c)) {
    const [x, y] = [(c - 1) * s, (r - 1) * s];
    if (!wall(r - 1, c)) { g.moveTo(x, y); g.lineTo(x + s, y); }
    if (!wall(r + 1, c)) { g.moveTo(x, y + s); g.lineTo(x + s, y + s); }
    if (!wall(r, c - 1)) { g.moveTo(x, y); g.lineTo(x, y + s); }
    if (!wall(r, c + 1)) { g.moveTo(x + s, y); g.lineTo(x + s, y + s); }
  }
  g.stroke();
  g.restore();
}

function star(g, x, y, radius, fill, edge) {
  g.beginPath();
  for (let k = 0; k < 10; k++) {
    const angle = -Math.PI / 2 + (k * Math.PI) / 5, r = k % 2 ? radius * 0.45 : radius;
    g.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  g.closePath();
  g.fillStyle = fill;
  g.fill();
  g.strokeStyle = edge;
  g.lineWidth = 2;
  g.stroke();
}

function pathOf(g, frame, places, upTo = Infinity) {
  g.beginPath();
  for (let k = 0; k + 1 < places.length && k / 2 <= upTo; k += 2) g.lineTo(frame.x(places[k]), frame.y(places[k + 1]));
}
