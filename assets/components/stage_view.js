// Robots without a simulator and without WebGL: recorded bodies, seen from the side or from anywhere around.

const TURN_A_PIXEL = Math.PI / 500;
const [LOWEST, HIGHEST] = [0, Math.PI / 2.2]; // of the camera above the ground
const GHOSTS = [0.21, 0.14, 0.07]; // s ago
const VIEWS = { side: { turn: 0, height: 0 }, corner: { turn: 0.6, height: 0.3 } };

function numbers(text, Kind) {
  return new Kind(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
}

// The poses of a recording, between its states as well.
class Bodies {
  constructor({ states, geoms, scale, floor, planar, position, rotation, centre }) {
    Object.assign(this, { geoms, scale, floor, planar, last: states - 1 });
    this.positions = numbers(position, Int16Array);
    this.rotations = numbers(rotation, Int16Array);
    this.centres = numbers(centre, Int32Array);
    this.bodies = this.positions.length / states / 3;
  }

  // Row `row` of a state of `rows`, `width` numbers each.
  mixed(values, rows, width, row, state) {
    const i = Math.min(Math.floor(state), this.last), f = Math.min(state, this.last) - i;
    const one = (i * rows + row) * width, next = f ? one + rows * width : one;
    return Array.from({ length: width }, (_, k) => values[one + k] * (1 - f) + values[next + k] * f);
  }

  centre(state) { return this.mixed(this.centres, 1, 3, 0, state).map((v) => v * this.scale); }

  // The centres of every geom's balls in the world, in metres.
  at(state) {
    const centre = this.centre(state);
    const frames = Array.from({ length: this.bodies }, (_, b) => {
      const place = this.mixed(this.positions, this.bodies, 3, b, state).map((v, k) => v * this.scale + centre[k]);
      const q = this.mixed(this.rotations, this.bodies, 4, b, state), size = Math.hypot(...q) || 1;
      const [w, x, y, z] = q.map((v) => v / size);
      return ([a, b_, c]) => {
        const [s, t, u] = [2 * (y * c - z * b_), 2 * (z * a - x * c), 2 * (x * b_ - y * a)];
        return [
          a + w * s + y * u - z * t + place[0], b_ + w * t + z * s - x * u + place[1],
          c + w * u + x * t - y * s + place[2],
        ];
      };
    });
    return this.geoms.map(({ body, points }) => (body < 0 ? points : points.map(frames[body])));
  }

  // How far everything reaches: around the centre, and up and down; of some of the states.
  extent() {
    const reach = { around: 0, low: Infinity, high: -Infinity };
    for (let state = 0; state <= this.last; state += Math.max(1, this.last / 80)) {
      const centre = this.centre(state);
      this.at(state).forEach((points, i) => {
        const { body, radius } = this.geoms[i];
        if (body < 0 && this.bodies) return;
        for (const [x, y, z] of points) {
          reach.around = Math.max(reach.around, Math.hypot(x - centre[0], y - centre[1]) + radius);
          reach.low = Math.min(reach.low, z - radius);
          reach.high = Math.max(reach.high, z + radius);
        }
      });
    }
    return reach;
  }
}

// Parallel projection: `turn` about the vertical, `height` of the camera over the ground, both in radians.
class Camera {
  constructor({ turn, height }) {
    const [c, s, up, over] = [Math.cos(turn), Math.sin(turn), Math.cos(height), Math.sin(height)];
    this.over = over;
    this.right = [c, -s, 0];
    this.up = [s * over, c * over, up];
    this.away = [s * up, c * up, -over];
  }

  aim(target, x, y, zoom) { Object.assign(this, { target, x, y, zoom }); return this; }

  see(point) {
    const d = point.map((v, k) => v - this.target[k]);
    const along = (axis) => d[0] * axis[0] + d[1] * axis[1] + d[2] * axis[2];
    return [this.x + this.zoom * along(this.right), this.y - this.zoom * along(this.up), along(this.away)];
  }
}

function hull(points) {
  if (points.length < 3) return points;
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list) => {
    const out = [];
    for (const p of list) {
      while (out.length > 1) {
        const [a, b] = out.slice(-2);
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        out.pop();
      }
      out.push(p);
    }
    return out.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function trace(pen, outline) {
  pen.beginPath();
  outline.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  if (outline.length === 1) pen.lineTo(outline[0][0] + 0.01, outline[0][1]);
  if (outline.length > 2) pen.closePath();
}

// A shape in one colour, `grow` pixels larger on every side.
function blot(pen, outline, radius, grow, colour) {
  trace(pen, outline);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = Math.max(0.5, 2 * (radius + grow));
  if (outline.length > 2) pen.fill();
  pen.stroke();
}

// A convex outline made smaller; of capsules and balls the pen is.
function shrunk(outline, by) {
  if (outline.length < 3) return outline;
  const [x, y] = [0, 1].map((k) => outline.reduce((sum, p) => sum + p[k], 0) / outline.length);
  return outline.map(([a, b]) => {
    const far = Math.hypot(a - x, b - y) || 1, keep = Math.max(0, far - by) / far;
    return [x + (a - x) * keep, y + (b - y) * keep];
  });
}

// What stands in the world belongs to nobody: it has the colour `still`.
function drawRobot(pen, bodies, state, camera, { colour, still, surface, hollow }) {
  const shapes = bodies.at(state).map((points, i) => {
    const seen = points.map((p) => camera.see(p));
    const depth = seen.reduce((sum, p) => sum + p[2], 0) / seen.length;
    return { outline: hull(seen), depth, radius: bodies.geoms[i].radius * camera.zoom, moves: bodies.geoms[i].body >= 0 };
  });
  shapes.sort((a, b) => b.depth - a.depth);
  pen.lineCap = pen.lineJoin = "round";
  for (const { outline, radius, moves } of shapes) {
    blot(pen, outline, radius, 1.75, surface);
    blot(pen, outline, radius, 0, moves ? colour : still);
    if (hollow && moves) {
      const line = Math.min(2.25, Math.max(1, 0.35 * radius || 2.25));
      if (outline.length < 3) blot(pen, outline, radius, -line, surface);
      else blot(pen, shrunk(outline, line), radius, 0, surface);
    }
  }
}

function drawGhosts(pen, bodies, state, camera, dt, colour) {
  for (const ago of GHOSTS) {
    if (state < ago / dt) continue;
    pen.globalAlpha = 0.1;
    const points = bodies.at(state - ago / dt);
    points.forEach((geom, i) => {
      blot(pen, hull(geom.map((p) => camera.see(p))), bodies.geoms[i].radius * camera.zoom, 0, colour);
    });
    pen.globalAlpha = 1;
  }
}

function drawShadow(pen, bodies, state, camera, floor) {
  pen.fillStyle = "#000";
  pen.globalAlpha = 0.12;
  bodies.at(state).forEach((points, i) => {
    if (bodies.geoms[i].body < 0) return;
    const below = points.map(([x, y]) => camera.see([x, y, floor])), r = bodies.geoms[i].radius * camera.zoom;
    const [xs, ys] = [0, 1].map((k) => below.map((p) => p[k]));
    const half = (v) => (Math.max(...v) - Math.min(...v)) / 2, middle = (v) => (Math.max(...v) + Math.min(...v)) / 2;
    pen.beginPath();
    pen.ellipse(middle(xs), middle(ys) + 2, half(xs) + r, Math.max(3, half(ys) + r * camera.over), 0, 0, 7);
    pen.fill();
  });
  pen.globalAlpha = 1;
}

// The ground: a slab with metres along its edge seen from the side, with a grid seen from above.
function drawGround(pen, camera, target, width, height, theme) {
  const apart = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10].find((m) => m * camera.zoom >= 70) ?? 20;
  const far = Math.ceil((0.9 * width) / camera.zoom / apart) * apart;
  pen.fillStyle = theme.soft;
  const edge = camera.over > 0.02 ? 0 : camera.y;
  pen.fillRect(0, edge, width, height - edge);
  pen.lineWidth = 1;
  pen.strokeStyle = theme.line;
  const stroke = (a, b) => {
    pen.beginPath(); pen.moveTo(a[0], a[1]); pen.lineTo(b[0], b[1]); pen.stroke();
  };
  const first = (v) => Math.floor((v - far) / apart) * apart;
  if (camera.over > 0.02) {
    for (let k = 0; k <= (2 * far) / apart + 1; k++) {
      const [x, y] = [first(target[0]) + k * apart, first(target[1]) + k * apart], z = target[2];
      stroke(camera.see([x, target[1] - far, z]), camera.see([x, target[1] + far, z]));
      stroke(camera.see([target[0] - far, y, z]), camera.see([target[0] + far, y, z]));
    }
    return;
  }
  pen.fillStyle = theme.muted;
  pen.textAlign = "center";
  const digits = apart < 0.1 ? 2 : apart < 1 ? 1 : 0;
  for (let k = 0; k <= (2 * far) / apart + 1; k++) {
    const metres = first(target[0]) + k * apart;
    const [x] = camera.see([metres, target[1], target[2]]);
    stroke([x, camera.y], [x, camera.y + 7]);
    for (let q = 1; q < 5; q++) stroke([x + (q / 5) * apart * camera.zoom, camera.y], [x + (q / 5) * apart * camera.zoom, camera.y + 3]);
    const said = metres.toFixed(digits).replace("-", "\u2212");
    const whole = x > 20 && x < width - 20;
    if (whole && camera.right[0] > 0.999) pen.fillText(`${Number(metres.toFixed(digits)) ? said : "0"}\u00a0m`, x, camera.y + 22);
  }
}
