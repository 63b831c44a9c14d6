// The world: drawn with brushes, played with the keys, replayed. The page gets whole logs, never single events.

const EDITORS = new WeakMap();
const WHOLE_LAYER = 900; // cells up to which every cell has a button; beyond, a window around the focus has them
const WINDOW = 7; // cells of that window on each side of the focus
const MAX_EPISODES = 200;
const ARROWS = { ArrowUp: 0, ArrowRight: 1, ArrowDown: 2, ArrowLeft: 3 };
const MODES = [["draw", "Draw"], ["play", "Play"], ["replay", "Replay"]];
const BRUSHES = [
  ["wall", "Wall", "Nothing can stand here"], ["goal", "Goal", "What the agent is after, with its reward"],
  ["lava", "Lava", "A cell to avoid, with its penalty"], ["reward", "Reward", "Any reward for entering the cell"],
  ["start", "Start", "Where episodes begin; none means anywhere"], ["erase", "Erase", "Back to a free cell"],
];

// A transparent button on every cell carries its name, its focus and the keys; the canvas carries the picture.
class CellLayer {
  constructor(stage) {
    this.root = el(stage, "div", "cells");
    this.root.setAttribute("role", "grid");
    this.buttons = new Map();
    this.focus = 0;
  }

  arrange(geo, describe) {
    this.describe = describe;
    const shape = `${geo.rows}x${geo.cols}`;
    if (shape !== this.shape) {
      this.shape = shape;
      this.focus = Math.min(this.focus, geo.rows * geo.cols - 1);
      this.whole = geo.rows * geo.cols <= WHOLE_LAYER;
      this.rows = geo.rows;
      this.cols = geo.cols;
      this.root.setAttribute("aria-rowcount", geo.rows);
      this.root.setAttribute("aria-colcount", geo.cols);
      this.fill();
    }
    Object.assign(this.root.style, { left: `${geo.left}px`, width: `${geo.width}px`, height: `${geo.height}px` });
    this.name();
  }

  fill() {
    const { rows, cols, focus, whole } = this, fr = Math.floor(focus / cols), fc = focus % cols;
    const [r0, r1] = whole ? [0, rows - 1] : [Math.max(0, fr - WINDOW), Math.min(rows - 1, fr + WINDOW)];
    const [c0, c1] = whole ? [0, cols - 1] : [Math.max(0, fc - WINDOW), Math.min(cols - 1, fc + WINDOW)];
    this.root.replaceChildren();
    this.buttons.clear();
    for (let r = r0; r <= r1; r++) {
      const row = el(this.root, "div", "row");
      row.setAttribute("role", "row");
      row.setAttribute("aria-rowindex", r + 1);
      for (let c = c0; c <= c1; c++) {
        const node = el(row, "button", "cell");
        node.type = "button";
        node.setAttribute("role", "gridcell");
        node.setAttribute("aria-colindex", c + 1);
        Object.assign(node.dataset, { cell: r * cols + c, row: r, column: c });
        Object.assign(node.style, { left: `${(100 * c) / cols}%`, top: `${(100 * r) / rows}%`, width: `${100 / cols}%`, height: `${100 / rows}%` });
        node.tabIndex = r * cols + c === focus ? 0 : -1;
        this.buttons.set(r * cols + c, node);
      }
    }
  }

  name() {
    for (const [i, node] of this.buttons) {
      const label = this.describe(i);
      if (node.ariaLabel !== label) node.ariaLabel = label;
    }
  }

  setFocus(i, take = true) {
    const old = this.buttons.get(this.focus);
    if (old) old.tabIndex = -1;
    this.focus = i;
    if (!this.whole) { this.fill(); this.name(); }
    const node = this.buttons.get(i);
    node.tabIndex = 0;
    if (take) node.focus({ preventScroll: true });
  }
}

class Editor {
  constructor(root) {
    this.root = root;
    this.panel = new Panel(root, { fileName: "world", draw: (pen, geo, theme, top) => this.draw(pen, geo, theme, top) });
    this.layer = new CellLayer(this.panel.stage);
    this.agent = el(this.panel.stage, "div", "agent");
    this.history = new History();
    this.brush = "wall";
    this.brushValues = { goal: 10, lava: -10, reward: 1 };
    this.show = { visits: true, paths: false };
    this.link = new CellLink((cell, cells) => { if (cells === this.world?.flags.length) this.panel.mark(this.panel.hoverMark, cell); });
    this.buildHead();
    this.buildDraw();
    this.buildPlay();
    this.buildReplay();
    this.status = el(root, "div", "unseen");
    this.status.setAttribute("aria-live", "polite");
    this.listen();
    this.observer = watchWidth(root, () => this.render());
  }

  // ------------------------------------------------------------------ what the page gives

  take(data) {
    const before = this.data;
    this.data = data;
    this.link.name = data.link;
    if (!before || before.revision !== data.revision) this.startOver(data);
    if (!before || before.mode !== data.mode) this.mode = data.mode;
    if (!before || before.episode !== data.episode) this.chosen = data.episode;
    const chosen = Math.max(0, Math.min(this.chosen, data.paths.length - 1));
    const way = (data.paths[chosen] || []).join();
    if (chosen !== this.chosen || way !== this.way) { this.chosen = chosen; this.way = way; this.time = 0; this.pause(); }
    this.panel.setHead(data.title, data.caption);
    this.render();
  }

  startOver(data) {
    this.world = World.fromWire(data.world);
    this.history.clear();
    this.log = new PlayLog(data.played);
  }

  // ------------------------------------------------------------------ what the page gets

  sendDrawing() { this.send("drawn", { revision: this.data.revision, ...this.world.toWire() }); }
  sendPlay() { this.send("played", { revision: this.data.revision, episodes: this.log.episodes }); }
  sendView() { this.send("view", { mode: this.mode, episode: this.chosen }); }

  // ------------------------------------------------------------------ parts

  buildHead() {
    const { tools, extras } = this.panel;
    this.tabs = el(tools, "div", "tabs");
    this.tabs.setAttribute("role", "radiogroup");
    this.tabs.setAttribute("aria-label", "What to do with the world");
    for (const [mode, text] of MODES) {
      const tab = button(this.tabs, "tab", text, text, () => this.open(mode));
      tab.setAttribute("role", "radio");
      tab.dataset.mode = mode;
    }
    this.tabs.onkeydown = (event) => this.walkRadios(event, MODES.map(([mode]) => mode), this.mode, (mode) => this.open(mode, false), "mode");
    for (const [name, text, label] of [["visits", "Visits", "Show how often each cell was visited"], ["paths", "Paths", "Show the demonstrated paths"]]) {
      const chip = button(extras, "chip", text, label, () => { this.show[name] = !this.show[name]; this.render(); });
      chip.dataset.layer = name;
    }
  }

  walkRadios(event, names, current, choose, attribute) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const name = names[(names.indexOf(current) + step + names.length) % names.length];
    choose(name);
    this.root.querySelector(`[data-${attribute}="${name}"]`).focus();
  }

  buildDraw() {
    this.drawTools = el(this.panel.foot, "div", "toolset");
    const palette = el(this.drawTools, "div", "palette");
    palette.setAttribute("role", "radiogroup");
    palette.setAttribute("aria-label", "Brush");
    for (const [brush, text, label] of BRUSHES) {
      const node = button(palette, "brush", "", `${text}: ${label}`, () => this.pick(brush));
      node.setAttribute("role", "radio");
      node.dataset.brush = brush;
      el(node, "i", `swatch ${brush}`);
      el(node, "span", "", text);
    }
    palette.onkeydown = (event) => this.walkRadios(event, BRUSHES.map(([name]) => name), this.brush, (name) => this.pick(name), "brush");
    const line = el(this.drawTools, "div", "line");
    this.valueLabel = el(line, "label", "value", "");
    this.valueText = el(this.valueLabel, "span", "", "value");
    this.valueBox = el(this.valueLabel, "input");
    Object.assign(this.valueBox, { type: "number", step: "any", min: -1e6, max: 1e6 });
    this.valueBox.setAttribute("aria-label", "Reward of the painted cells");
    this.valueBox.onkeydown = (event) => event.stopPropagation();
    this.valueBox.oninput = () => {
      const value = this.valueBox.valueAsNumber;
      if (Math.abs(value) <= 1e6) this.brushValues[this.brush] = value;
    };
    this.hint = el(line, "span", "hint");
    this.undoButton = button(line, "quiet icon", "\u21b6", "Undo (Ctrl+Z)", () => this.travel("undo"));
    this.redoButton = button(line, "quiet icon", "\u21b7", "Redo (Ctrl+Shift+Z)", () => this.travel("redo"));
    this.panel.addSaveButtons(line);
  }

  buildPlay() {
    this.playTools = el(this.panel.foot, "div", "toolset");
    const line = el(this.playTools, "div", "line");
    this.playText = el(line, "span", "report");
    button(line, "quiet", "New episode", "Start a new episode (Enter)", () => { this.begin(); this.layer.setFocus(this.log.cell() ?? 0); });
    this.panel.addSaveButtons(line);
    this.chips = el(this.playTools, "div", "chips");
    this.chips.setAttribute("role", "list");
    this.chips.setAttribute("aria-label", "Played episodes");
  }

  buildReplay() {
    this.replayTools = el(this.panel.foot, "div", "toolset");
    const line = el(this.replayTools, "div", "line");
    button(line, "quiet icon", "\u2039", "Previous demonstration", () => this.choose(this.chosen - 1));
    this.replayText = el(line, "span", "report");
    button(line, "quiet icon", "\u203a", "Next demonstration", () => this.choose(this.chosen + 1));
    this.panel.addSaveButtons(line);
    const scrub = el(this.replayTools, "div", "line");
    this.playButton = button(scrub, "quiet icon", "\u25b6", "Play", () => (this.timer ? this.pause() : this.run()));
    this.scrubber = el(scrub, "input", "scrubber");
    Object.assign(this.scrubber, { type: "range", min: 0, step: 1 });
    this.scrubber.setAttribute("aria-label", "Move of the demonstration");
    this.scrubber.oninput = () => { this.pause(); this.time = this.scrubber.valueAsNumber; this.render(); };
    this.clock = el(scrub, "span", "clock");
  }

  listen() {
    const { stage } = this.panel, layer = this.layer.root;
    stage.onpointermove = (event) => {
      const i = this.panel.cellAt(event);
      this.panel.mark(this.panel.hoverMark, i);
      this.link.tell(i < 0 ? null : i, this.world.flags.length);
      if (this.stroke && i >= 0) this.brushTo(i);
    };
    stage.onpointerleave = () => { this.panel.mark(this.panel.hoverMark, null); this.link.tell(null, this.world.flags.length); };
    stage.onpointerdown = (event) => this.press(event);
    stage.onpointerup = stage.onpointercancel = () => this.endStroke();
    layer.onkeydown = (event) => this.key(event);
    // a click without a pointer comes from a screen reader
    layer.onclick = (event) => { const i = event.target.dataset?.cell; if (event.detail === 0 && i !== undefined) this.activate(Number(i)); };
  }

  // ------------------------------------------------------------------ modes

  open(mode, focus = true) {
    this.pause();
    if (mode === this.mode) return;
    this.mode = mode;
    if (mode === "play" && !this.log.current) this.begin();
    this.render();
    if (mode === "play" && focus) this.layer.setFocus(this.log.cell() ?? 0);
    this.sendView();
  }

  pick(brush) { this.brush = brush; this.render(); }

  key(event) {
    const { key } = event;
    if (this.mode === "draw" && (event.ctrlKey || event.metaKey)) {
      const redo = key.toLowerCase() === "y" || (key.toLowerCase() === "z" && event.shiftKey);
      if (!redo && key.toLowerCase() !== "z") return;
      this.travel(redo ? "redo" : "undo");
    } else if (event.ctrlKey || event.metaKey || event.altKey || key === "Tab") return;
    else if (this.mode === "play") this.playKey(key);
    else if (key in ARROWS) this.layer.setFocus(this.neighbour(this.layer.focus, ARROWS[key]));
    else if (key === "Home" || key === "End") this.layer.setFocus(this.rowEnd(this.layer.focus, key === "End"));
    else if (key === " " || key === "Enter") this.activate(this.layer.focus);
    else if (this.mode === "draw" && BRUSHES[Number(key) - 1]) this.pick(BRUSHES[Number(key) - 1][0]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  playKey(key) {
    if (key in ARROWS) this.act(ARROWS[key]);
    else if (key === " " && this.data.rules.actions === 5) this.act(4);
    else if (key === "Enter") { this.begin(); this.layer.setFocus(this.log.cell() ?? 0); }
  }

  neighbour(i, action) {
    const { rows, cols } = this.world, r = Math.floor(i / cols) + STEP_ROW[action], c = (i % cols) + STEP_COLUMN[action];
    return r < 0 || c < 0 || r >= rows || c >= cols ? i : r * cols + c;
  }

  rowEnd(i, last) { const { cols } = this.world; return i - (i % cols) + (last ? cols - 1 : 0); }

  activate(i) {
    if (this.mode === "draw") { this.beginStroke(i); this.endStroke(); } else if (this.mode === "play") this.walk(i);
  }

  press(event) {
    const i = this.panel.cellAt(event);
    if (i < 0 || event.button !== 0) return;
    event.preventDefault(); // the focus is set below, and nothing is dragged or selected
    this.layer.setFocus(this.mode === "play" && this.log.current ? this.log.cell() : i);
    if (this.mode === "play") return this.walk(i);
    if (this.mode !== "draw") return;
    this.panel.stage.setPointerCapture(event.pointerId);
    this.beginStroke(i);
  }

  // ------------------------------------------------------------------ drawing

  // A stroke that begins on a cell that already is what the brush paints takes it away instead.
  beginStroke(i) {
    const goalEnds = this.data.rules.goal === "end", value = this.brushValues[this.brush];
    const brush = this.world.has(i, this.brush, value, goalEnds) ? "erase" : this.brush;
    this.history.remember(this.world);
    this.stroke = { brush, value, goalEnds, last: i, changed: false };
    this.brushTo(i);
  }

  // Paints from the last cell to this one, so that a fast pointer leaves no holes.
  brushTo(i) {
    const { stroke, world } = this, { cols } = world;
    const r0 = Math.floor(stroke.last / cols), c0 = stroke.last % cols;
    const dr = Math.floor(i / cols) - r0, dc = (i % cols) - c0, steps = Math.max(Math.abs(dr), Math.abs(dc), 1);
    let changed = false;
    for (let k = 0; k <= steps; k++) {
      const j = Math.round(r0 + (dr * k) / steps) * cols + Math.round(c0 + (dc * k) / steps);
      if (world.has(j, stroke.brush, stroke.value, stroke.goalEnds)) continue;
      world.set(j, world.painted(j, stroke.brush, stroke.value, stroke.goalEnds));
      changed = true;
    }
    stroke.last = i;
    stroke.changed ||= changed;
    if (changed) this.render();
  }

  endStroke() {
    if (!this.stroke) return;
    const { changed } = this.stroke;
    this.stroke = null;
    if (!changed) { this.history.past.pop(); return; }
    this.dropOpenEpisode();
    this.render();
    this.sendDrawing();
  }

  travel(direction) {
    const world = this.history[direction](this.world);
    if (world === this.world) return;
    this.world = world;
    this.dropOpenEpisode();
    this.render();
    this.sendDrawing();
  }

  // The agent may stand where there is a wall now: the next visit to the play tab begins anew.
  dropOpenEpisode() { this.log.current = null; }

  // ------------------------------------------------------------------ playing

  begin() {
    this.log.begin(this.world.sampleStart(this.data.rules));
    this.render();
  }

  walk(i) {
    const from = this.log.cell();
    if (from === null) return this.begin();
    if (i === from && this.data.rules.actions === 5) return this.act(4);
    const action = [0, 1, 2, 3].find((a) => this.neighbour(from, a) === i && i !== from);
    if (action !== undefined) this.act(action);
  }

  act(action) {
    const { log } = this;
    if (!log.current) this.begin();
    if (!log.current || log.current.ending !== "open") return;
    if (!log.current.next.length && log.episodes.length >= MAX_EPISODES) {
      setText(this.status, `${MAX_EPISODES} episodes are kept: delete one to play on.`);
      return;
    }
    log.step(this.world, action, this.data.rules);
    this.render();
    this.layer.setFocus(log.cell(), this.root.getRootNode().activeElement?.classList.contains("cell"));
    if (log.current.ending !== "open") setText(this.status, this.playReport());
    this.sendPlay();
  }

  playReport() {
    const one = this.log.current;
    if (!one) return this.world.startCells(this.data.rules).length ? "Arrow keys move the agent" : "No free cell to start in";
    const moves = `${one.next.length} move${one.next.length === 1 ? "" : "s"}`;
    const gain = formatNumber(this.log.gain(one, this.world, this.data.rules));
    if (one.ending === "terminated") return `Goal in ${moves}, return ${gain}`;
    if (one.ending === "truncated") return `Out of moves after ${moves}, return ${gain}`;
    return one.next.length ? `${moves}, return ${gain}` : this.data.rules.actions === 5 ? "Arrow keys move, space stays" : "Arrow keys or clicks move the agent";
  }

  renderPlay() {
    setText(this.playText, this.playReport());
    const episodes = this.log.episodes, signature = episodes.map((one) => one.next.length + one.ending).join();
    if (signature === this.chipSignature) return;
    this.chipSignature = signature;
    this.chips.replaceChildren();
    if (!episodes.length) el(this.chips, "span", "hint", "Every episode you play is kept here.");
    episodes.forEach((one, k) => {
      const chip = el(this.chips, "span", `episode ${one.ending}`);
      chip.setAttribute("role", "listitem");
      chip.title = `Episode ${k + 1}: ${one.next.length} moves, ${{ terminated: "reached the goal", truncated: "ran out of moves", open: "not finished" }[one.ending]}`;
      el(chip, "b", "", String(k + 1));
      el(chip, "span", "", `${one.next.length}${one.ending === "terminated" ? "\u2009\u2605" : ""}`);
      button(chip, "cross", "\u00d7", `Delete episode ${k + 1}`, () => { this.log.drop(k); this.render(); this.sendPlay(); });
    });
    this.chips.scrollLeft = this.chips.scrollWidth;
  }

  // ------------------------------------------------------------------ replaying

  path() { return this.data.paths[this.chosen] || []; }

  choose(index) {
    const many = this.data.paths.length;
    if (!many) return;
    this.chosen = (index + many) % many;
    this.way = this.path().join();
    this.time = 0;
    this.run();
    this.sendView();
  }

  run() {
    const last = this.path().length - 1;
    this.pause();
    if (last < 1) return this.render();
    if (this.time >= last) this.time = 0;
    const pace = Math.max(60, Math.min(220, 6000 / last)); // ms a move: no replay lasts much longer than six seconds
    this.timer = setInterval(() => {
      this.time += 1;
      if (this.time >= last) this.pause();
      this.render();
    }, pace);
    this.render();
  }

  pause() { clearInterval(this.timer); this.timer = null; }

  renderReplay() {
    const many = this.data.paths.length, path = this.path(), last = Math.max(0, path.length - 1);
    const gain = path.slice(1).reduce((sum, cell) => sum + this.world.reward(cell, this.data.rules), 0);
    setText(this.replayText, many ? `Demonstration ${this.chosen + 1} of ${many}, return ${formatNumber(gain)}` : "No demonstrations yet");
    this.scrubber.max = last;
    this.scrubber.value = this.time;
    this.scrubber.disabled = this.playButton.disabled = last < 1;
    this.scrubber.setAttribute("aria-valuetext", `move ${this.time} of ${last}`);
    this.scrubber.style.setProperty("--at", last ? this.time / last : 0);
    setText(this.clock, `${this.time}\u2009/\u2009${last}`);
    setText(this.playButton, this.timer ? "\u275a\u275a" : "\u25b6");
    this.playButton.ariaLabel = this.playButton.title = this.timer ? "Pause" : "Play";
  }

  // ------------------------------------------------------------------ picture

  // Lava is marked where single cells carry a penalty; where most cells have a reward the colours speak alone.
  isLava(i) {
    const value = this.world.values[i];
    return value !== null && value < 0 && !(this.world.flags[i] & GOAL) && this.sparse;
  }

  draw(pen, geo, theme, top = 0) {
    const { world, data } = this, { flags } = world, { step } = data.rules;
    const rewards = world.values.map((value, i) => (flags[i] & WALL ? null : value ?? step));
    const scale = makeScale("diverging", rewards, null, theme);
    this.sparse = world.values.filter((value) => value !== null).length * 3 <= flags.length;
    pen.inside(geo.left, top, geo.width, geo.height - top, 8, () => {
      pen.rects(theme.paper, [geo.left, top, geo.width, geo.height - top]);
      drawHeat(pen, geo, theme, scale, rewards, flags, false);
      drawWalls(pen, geo, theme, flags);
      if (this.show.visits && data.visits && data.visits.length === flags.length) drawDiscs(pen, geo, theme, data.visits, flags);
      this.drawWays(pen, geo, theme);
      this.drawMarks(pen, geo, theme, scale);
    });
    drawBar(pen, geo, theme, scale);
  }

  drawWays(pen, geo, theme) {
    const inside = (path) => path.every((i) => i >= 0 && i < this.world.flags.length);
    if (this.show.paths) {
      const ways = this.data.paths.filter(inside).map((path, k) => wayPoints(geo, path, ((k * 7) % 11) * 0.04 - 0.2));
      pen.lines(theme.text, Math.max(0.8, geo.cell * 0.03), ways, 0.34);
    }
    const { current } = this.log, path = this.path();
    const trail = this.mode === "play" && current ? [current.start, ...current.next] : this.mode === "replay" && inside(path) ? path.slice(0, this.time + 1) : [];
    if (trail.length > 1) {
      const way = wayPoints(geo, trail, 0);
      pen.lines(theme.halo, Math.max(2.5, geo.cell * 0.14), [way], 0.55);
      pen.lines(MARK.agent, Math.max(1.3, geo.cell * 0.07), [way]);
    }
  }

  drawMarks(pen, geo, theme, scale) {
    const { flags, values } = this.world, { cell } = geo;
    for (let i = 0; i < flags.length; i++) {
      const goal = flags[i] & GOAL, start = flags[i] & START, lava = this.isLava(i), value = values[i];
      if (flags[i] & WALL || !(goal || start || value !== null)) continue;
      const x = geo.x(i) + cell / 2, y = geo.y(i) + cell / 2, numbered = value !== null && cell >= 30;
      const marked = goal || lava, up = numbered && marked ? y - cell * 0.13 : y, r = Math.min(26, cell * (numbered ? 0.25 : 0.34));
      if (start) drawRing(pen, theme, x, y, Math.min(24, cell * (marked || numbered ? 0.42 : 0.27)));
      if (goal) drawStar(pen, theme, x, up, r);
      else if (lava && cell >= 9) drawLava(pen, scale.inks[scale.index(value)], x, up, r);
      if (!numbered) continue;
      const size = Math.min(marked ? 12 : 14, cell * (marked ? 0.25 : 0.29)), fill = scale.inks[scale.index(value)];
      pen.text(x, marked ? y + cell * 0.3 : y, formatCell(value), { size, fill, weight: marked ? 600 : 400 });
    }
  }

  // ------------------------------------------------------------------ render

  agentCell() {
    if (this.mode === "play") return this.log.cell();
    return this.mode === "replay" ? this.path()[this.time] ?? null : null;
  }

  placeAgent() {
    const i = this.agentCell(), geo = this.panel.geometry;
    this.agent.style.display = i === null || i >= this.world.flags.length ? "none" : "block";
    if (i === null) return;
    const size = Math.max(5, geo.cell * 0.52);
    Object.assign(this.agent.style, {
      width: `${size}px`, height: `${size}px`,
      transform: `translate(${geo.x(i) + (geo.cell - size) / 2}px, ${geo.y(i) + (geo.cell - size) / 2}px)`,
    });
  }

  describe(i) {
    const { world } = this, value = world.values[i];
    const name = describeCell(world.flags, world.cols, i);
    const reward = value === null ? "" : `${this.isLava(i) ? ", lava" : ""}, reward ${formatNumber(value)}`;
    return `${name}${reward}${i === this.agentCell() ? ", agent" : ""}`;
  }

  render() {
    if (!this.world || this.root.clientWidth === 0) return;
    const { world, panel, mode } = this, theme = pageTheme(this.root);
    if (mode === "play" && !this.log.current) this.log.begin(world.sampleStart(this.data.rules));
    this.root.classList.toggle("dark", theme.dark);
    this.root.dataset.mode = mode;
    panel.render(world.rows, world.cols, theme);
    this.layer.root.setAttribute("aria-label", `World of ${world.rows} rows and ${world.cols} columns`);
    this.layer.arrange(panel.geometry, (i) => this.describe(i));
    this.placeAgent();
    this.renderTools();
  }

  renderTools() {
    for (const node of this.root.querySelectorAll("[data-mode].tab, [data-brush]")) {
      const on = node.dataset.mode === this.mode || node.dataset.brush === this.brush;
      node.setAttribute("aria-checked", on);
      node.tabIndex = on ? 0 : -1;
    }
    const offered = { visits: this.data.visits !== null, paths: this.data.paths.length > 0 };
    for (const chip of this.root.querySelectorAll("[data-layer]")) {
      chip.hidden = !offered[chip.dataset.layer];
      chip.setAttribute("aria-pressed", this.show[chip.dataset.layer]);
    }
    this.drawTools.hidden = this.mode !== "draw";
    this.playTools.hidden = this.mode !== "play";
    this.replayTools.hidden = this.mode !== "replay";
    this.undoButton.disabled = !this.history.past.length;
    this.redoButton.disabled = !this.history.future.length;
    const value = this.brushValues[this.brush];
    this.valueLabel.hidden = value === undefined;
    setText(this.hint, value === undefined ? BRUSHES.find(([name]) => name === this.brush)[2] : "");
    if (value !== undefined && this.valueBox.valueAsNumber !== value) this.valueBox.value = value;
    if (this.mode === "play") this.renderPlay();
    if (this.mode === "replay") this.renderReplay();
  }

  close() { this.pause(); this.observer.disconnect(); this.link.close(); }
}

export default function ({ parentElement, data, setStateValue }) {
  let editor = EDITORS.get(parentElement);
  if (!editor) EDITORS.set(parentElement, (editor = new Editor(parentElement.querySelector(".irl-root"))));
  editor.send = setStateValue;
  editor.take(data);
  return () => { editor.close(); EDITORS.delete(parentElement); };
}
