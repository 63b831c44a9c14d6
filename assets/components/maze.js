// The maze as it is and the reward that was read in it, side by side: points on their way, layers, dragging, driving.

const LAYERS = [["unsure", "How sure"], ["visited", "Visited"], ["policy", "Policy"], ["demos", "Demonstrations"], ["value", "Value"]];
const ACTION = 0.2, REST_AT_END = 1.6; // s
const NEAR = 0.45; // m within which a marker is taken hold of
const HELP = {
  drag: "Drag the ring to start elsewhere, the star to move the goal, the barrier by whole cells.",
  walls: "Click a cell to put a wall there, or to take it away.",
  drive: "Arrow keys drive the point, or press where it shall go, one place after the other. Rest on the star to finish.",
};

class Maze {
  constructor(root) {
    this.root = root;
    root.replaceChildren();
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.layers = { unsure: true, visited: true, policy: true, demos: false, value: false };
    [this.tool, this.stroke, this.seconds] = ["drag", 0, 0];
    this.build();
    root.ontransitionend = (event) => { if (event.target === root) this.render(); }; // the theme has changed
    this.observer = watchWidth(root, () => this.render());
  }

  build() {
    const pair = el(this.root, "div", "pair");
    this.world = this.picture(pair, "The world", "true reward: nearness to the goal", "Room with a barrier, a start and a goal");
    this.read = this.picture(pair, "The reward it read", "", "Recovered reward of every place");
    const under = el(this.world.card, "div", "under"), tools = el(under, "div", "choice");
    tools.setAttribute("role", "radiogroup");
    tools.setAttribute("aria-label", "What the mouse does");
    this.tools = [["drag", "Drag"], ["walls", "Draw walls"]].map(([name, text], k) => button(tools, "", text, text, () => this.take_up(k)));
    tools.onkeydown = radioKeys(this.tools, (k) => this.take_up(k));
    checkRadio(this.tools, 0);
    this.toolbox = tools;
    this.help = el(under, "p", "help");
    const layers = el(this.read.card, "div", "layers");
    layers.setAttribute("role", "group");
    layers.setAttribute("aria-label", "Layers");
    for (const [name, text] of LAYERS) {
      const pill = button(layers, "", text, text, () => { this.layers[name] = !this.layers[name]; pill.setAttribute("aria-pressed", this.layers[name]); this.render(); });
      pill.setAttribute("aria-pressed", this.layers[name]);
    }
    const legend = el(this.read.card, "div", "legend");
    this.bar = el(legend, "i");
    for (const text of ["worse", "mean", "better"]) el(legend, "span", "", text);
    el(legend, "small", "", "Both maps on one scale.");
    this.listen(this.world.canvas);
  }

  picture(parent, title, caption, label) {
    const card = el(parent, "section", "card"), head = el(card, "h3", "", title), note = el(head, "span", "", caption);
    const canvas = el(card, "canvas", "field");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    return { card, note, canvas };
  }

  take_up(index) {
    this.tool = ["drag", "walls"][index];
    checkRadio(this.tools, index);
    setText(this.help, HELP[this.tool]);
  }

  take(data, send) {
    const fresh = !this.data || data.revision !== this.data.revision;
    this.send = send;
    const driven = this.data && data.driving === this.data.driving && !fresh;
    this.data = data;
    if (fresh || data.stroke >= this.stroke) [this.rows, this.start] = [[...data.rows], [...data.start]]; // else an older answer
    if (fresh) this.stroke = 0;
    if (!driven) { this.paths = data.paths.map((path) => [...path]); this.drive = null; }
    this.seconds = this.still ? this.end : 0;
    this.toolbox.hidden = data.driving;
    setText(this.read.note, data.said);
    setText(this.help, HELP[data.driving ? "drive" : this.tool]);
    this.world.canvas.tabIndex = data.driving ? 0 : -1;
    if (data.driving && !this.drive) { this.begin(); this.world.canvas.focus({ preventScroll: true }); } // not one that is under way
    this.run();
    this.render();
  }

  get end() {
    const tracks = this.data?.scene?.tracks ?? [];
    return Math.max(0, ...tracks.map(({ away }) => ACTION * (this.arrival(away) + 3)));
  }
  arrival(away) { const k = away.findIndex((d, i) => d <= ARRIVED && away.slice(i).every((e) => e <= ARRIVED)); return k < 0 ? away.length : k + 1; }
  goal() { const r = this.rows.findIndex((row) => row.includes("G")); return [r, this.rows[r].indexOf("G")]; }

  begin() {
    const frame = new RoomFrame(this.rows, 100);
    this.drive = new Drive(frame, this.start, frame.centre(this.goal()));
  }

  finish() {
    if (this.drive.path.length >= 8) {
      this.paths.push(this.drive.path.map((v) => Math.round(1000 * v) / 1000));
      this.send("driven", { revision: this.data.revision, paths: this.paths });
    }
    this.begin();
  }

  listen(canvas) {
    const at = (event) => { const box = canvas.getBoundingClientRect(); return this.frame.place(event.clientX - box.left, event.clientY - box.top); };
    canvas.onpointerdown = (event) => {
      const place = at(event);
      canvas.setPointerCapture(event.pointerId);
      if (this.drive) this.drive.head(place, false);
      else if (this.tool === "walls") this.toggle(this.frame.cell(place));
      else this.grab(place);
    };
    canvas.onpointermove = (event) => {
      const place = at(event);
      if (this.drive && event.buttons) this.drive.head(place, true);
      else if (this.held) this.drag(place);
      canvas.style.cursor = this.drive || this.tool === "walls" ? "crosshair" : this.held ? "grabbing" : this.under(place) ? "grab" : "default";
    };
    canvas.onpointerup = canvas.onpointercancel = () => { if (this.held) this.drop(); };
    canvas.onkeydown = (event) => { if (this.drive?.hold(event.key, true)) event.preventDefault(); };
    canvas.onkeyup = (event) => { this.drive?.hold(event.key, false); };
    canvas.onblur = () => { this.drive?.keys.clear(); };
  }

  inside([r, c]) { return r > 0 && c > 0 && r < this.rows.length - 1 && c < this.rows[0].length - 1; }
  under(place) {
    const cell = this.frame.cell(place), goal = this.frame.centre(this.goal());
    if (Math.hypot(place[0] - this.start[0], place[1] - this.start[1]) < NEAR) return "start";
    if (Math.hypot(place[0] - goal[0], place[1] - goal[1]) < NEAR) return "goal";
    return this.inside(cell) && this.frame.isWall(cell) ? "barrier" : null;
  }

  grab(place) {
    const what = this.under(place);
    if (what) this.held = { what, from: this.frame.cell(place), rows: [...this.rows], start: [...this.start] };
  }

  drag(place) {
    const cell = this.frame.cell(place), { what, rows, from } = this.held;
    if (what === "start") { if (this.inside(cell) && !this.frame.isWall(cell)) this.start = place; }
    else if (what === "goal") { if (this.inside(cell) && !this.frame.isWall(cell)) this.put("G", cell); }
    else this.shift(rows, this.piece(rows, from), [cell[0] - from[0], cell[1] - from[1]]);
    this.render();
  }

  drop() {
    const changed = this.held.rows.join() !== this.rows.join() || this.held.start.join() !== this.start.join();
    this.held = null;
    if (changed) this.tell();
  }

  put(letter, [row, column]) {
    this.rows = this.rows.map((cells, r) => [...cells].map((cell, c) => (r === row && c === column ? letter : cell === letter ? "." : cell)).join(""));
    if (!this.rows.some((cells) => cells.includes("S"))) {
      const [r, c] = this.frame.cell(this.start);
      if (this.rows[r][c] === ".") this.rows[r] = this.rows[r].slice(0, c) + "S" + this.rows[r].slice(c + 1);
    }
  }

  // The inner walls that hang together with one of them.
  piece(rows, from) {
    const found = [from], seen = new Set([from.join()]);
    for (const [r, c] of found) for (const next of [[r + 1, c], [r - 1, c], [r, c + 1], [r, c - 1]]) {
      if (this.inside(next) && rows[next[0]][next[1]] === "#" && !seen.has(next.join())) { seen.add(next.join()); found.push(next); }
    }
    return found;
  }

  shift(rows, cells, [down, right]) {
    const next = rows.map((row) => [...row]);
    for (const [r, c] of cells) next[r][c] = ".";
    for (const [r, c] of cells) {
      const to = [r + down, c + right];
      if (!this.inside(to) || next[to[0]][to[1]] !== ".") return; // it stays inside, off the start, the goal and other walls
      next[to[0]][to[1]] = "#";
    }
    const [r, c] = this.frame.cell(this.start);
    if (next[r][c] !== "#") this.rows = next.map((row) => row.join(""));
  }

  toggle([r, c]) {
    const cell = this.rows[r]?.[c];
    if (!this.inside([r, c]) || (cell !== "." && cell !== "#")) return;
    if (this.frame.cell(this.start).join() === [r, c].join()) return;
    this.rows[r] = this.rows[r].slice(0, c) + (cell === "#" ? "." : "#") + this.rows[r].slice(c + 1);
    this.render();
    this.tell();
  }

  tell() {
    this.stroke += 1;
    this.send("edit", { revision: this.data.revision, stroke: this.stroke, rows: this.rows, start: this.start.map((v) => Math.round(1000 * v) / 1000) });
  }

  run() {
    if (this.ticking || this.closed || (this.still && !this.drive)) return;
    this.ticking = true;
    this.last = null;
    requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.ticking = false;
    if (this.closed) return;
    const passed = this.last === null ? 0 : Math.min(0.25, (now - this.last) / 1000);
    if (this.drive) { if (this.drive.advance(passed)) this.finish(); }
    else { this.seconds += passed; if (this.seconds > this.end + REST_AT_END) this.seconds = 0; }
    this.render();
    this.ticking = true;
    this.last = now;
    requestAnimationFrame((next) => this.tick(next));
  }

  pen(canvas, frame) {
    const ratio = Math.max(1, Math.min(3, devicePixelRatio || 1)), [w, h] = frame.pixels;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
      [canvas.width, canvas.height] = [Math.round(w * ratio), Math.round(h * ratio)];
      Object.assign(canvas.style, { width: `${w}px`, height: `${h}px` });
    }
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    return g;
  }

  render() {
    if (!this.data || !this.root.clientWidth) return;
    const theme = pageTheme(this.root), side = Math.floor(this.world.card.clientWidth);
    theme.accent = getComputedStyle(this.root).getPropertyValue("--accent").trim();
    this.frame = new RoomFrame(this.rows, side);
    this.bar.style.background = `linear-gradient(to right, ${theme.diverging.join(",")})`;
    this.renderWorld(theme);
    this.renderReward(theme);
  }

  renderWorld(theme) {
    const g = this.pen(this.world.canvas, this.frame), { scene } = this.data, frame = this.frame;
    if (scene) {
      paintField(g, frame, scene, scene.true, theme.diverging);
      g.save();
      Object.assign(g, { strokeStyle: theme.text, globalAlpha: 0.14, lineWidth: 1 });
      contours(g, frame, scene, scene.true, [-1.5, -1, -0.5, 0, 0.5, 1]);
      g.restore();
    } else { g.fillStyle = theme.tile; g.fillRect(0, 0, ...frame.pixels); }
    this.renderDemos(g, theme, 0.24);
    walls(g, frame, theme, !this.drive && this.tool === "drag");
    if (this.data.learned.join() !== this.rows.join()) outline(g, frame, this.data.learned, theme.muted, [5, 5]);
    const [gx, gy] = frame.centre(this.goal());
    star(g, frame.x(gx), frame.y(gy), 0.26 * frame.scale, theme.paper, theme.text);
    if (this.drive) { this.renderDrive(g, theme); return; }
    if (scene && !this.held) { this.renderPoint(g, scene.tracks[1], theme.text, theme, true); this.renderPoint(g, scene.tracks[0], theme.accent, theme, false); }
    g.beginPath();
    g.arc(frame.x(this.start[0]), frame.y(this.start[1]), 0.17 * frame.scale, 0, 7);
    Object.assign(g, { strokeStyle: theme.text, lineWidth: 2 });
    g.setLineDash([4, 3]);
    g.stroke();
    g.setLineDash([]);
  }

  renderDemos(g, theme, alpha) {
    g.save();
    Object.assign(g, { strokeStyle: theme.text, globalAlpha: alpha, lineWidth: 1.2, lineJoin: "round" });
    for (const path of [...this.data.demos, ...(this.drive ? this.paths : [])]) { pathOf(g, this.frame, path); g.stroke(); }
    g.restore();
  }

  renderPoint(g, { places }, colour, theme, hollow) {
    const step = Math.min(this.seconds / ACTION, places.length / 2 - 1), k = Math.floor(step), part = step - k;
    const next = Math.min(k + 1, places.length / 2 - 1), at = (axis) => places[2 * k + axis] * (1 - part) + places[2 * next + axis] * part;
    const [x, y] = [this.frame.x(at(0)), this.frame.y(at(1))];
    g.save();
    Object.assign(g, { strokeStyle: colour, globalAlpha: 0.78, lineWidth: 3, lineJoin: "round", lineCap: "round" });
    pathOf(g, this.frame, places, step);
    g.lineTo(x, y);
    g.stroke();
    g.restore();
    g.beginPath();
    g.arc(x, y, 0.12 * this.frame.scale + 1, 0, 7);
    Object.assign(g, { fillStyle: hollow ? theme.paper : colour, strokeStyle: hollow ? colour : theme.paper, lineWidth: 2.5 });
    g.fill();
    g.stroke();
  }

  renderDrive(g, theme) {
    const { path, place } = this.drive, frame = this.frame;
    g.save();
    Object.assign(g, { strokeStyle: theme.text, lineWidth: 2.5, lineCap: "round" });
    g.setLineDash([2, 5]);
    pathOf(g, frame, path);
    g.lineTo(frame.x(place[0]), frame.y(place[1]));
    g.stroke();
    g.restore();
    g.beginPath();
    g.arc(frame.x(place[0]), frame.y(place[1]), 0.14 * frame.scale, 0, 7);
    Object.assign(g, { fillStyle: theme.text, strokeStyle: theme.paper, lineWidth: 2.5 });
    g.fill();
    g.stroke();
  }

  renderReward(theme) {
    const g = this.pen(this.read.canvas, this.frame), { scene } = this.data, frame = this.frame;
    g.fillStyle = theme.tile;
    g.fillRect(0, 0, ...frame.pixels);
    if (!scene) {
      Object.assign(g, { fillStyle: theme.muted, font: `15px ${theme.font}`, textAlign: "center" });
      g.fillText("The reward appears here after your first demonstration.", frame.pixels[0] / 2, frame.pixels[1] / 2);
      return;
    }
    const { colours } = ramp(theme.diverging), on = this.layers, shown = on.value ? scene.value : scene.recovered;
    paintField(g, frame, scene, shown, theme.diverging, on.unsure ? scene.unsure : null);
    g.save();
    Object.assign(g, { strokeStyle: theme.text, globalAlpha: 0.14, lineWidth: 1 });
    contours(g, frame, scene, shown, [-1.5, -1, -0.5, 0, 0.5, 1]);
    g.restore();
    if (on.visited) hatchUnseen(g, frame, scene, theme.text);
    if (on.demos) this.renderDemos(g, theme, 0.4);
    if (on.policy) arrows(g, frame, scene, (k) => {
      const v = Math.max(-1, Math.min(1, shown[k] / SPREADS)), solid = on.unsure ? 1 - FADE * scene.unsure[k] : 1;
      const there = lightness(colours[Math.round((0.5 + 0.5 * v) * (RAMP_STEPS - 1))]), light = there * solid + lightness(theme.tile) * (1 - solid);
      return light > 0.52 ? "#17202a" : "#ffffff";
    });
    walls(g, frame, theme, false);
    if (this.data.learned.join() !== this.rows.join()) outline(g, frame, this.data.learned, theme.muted, [5, 5]);
    const [gx, gy] = frame.centre(this.goal());
    star(g, frame.x(gx), frame.y(gy), 0.26 * frame.scale, theme.paper, theme.text);
  }

  close() {
    this.closed = true;
    this.observer.disconnect();
  }
}

const MAZES = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let maze = MAZES.get(parentElement);
  if (!maze) MAZES.set(parentElement, (maze = new Maze(parentElement.querySelector(".irl-maze"))));
  maze.take(data, setStateValue);
  return () => { maze.close(); MAZES.delete(parentElement); };
}
