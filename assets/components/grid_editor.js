// The world: its picture, its tabs, and who gets the pointer and the keys. The tools do the rest.

const EDITORS = new WeakMap();
const DRAWN = new Map(); // by link: what was drawn last, which a page that was left in that instant may not have taken
const MODES = ["play", "watch", "draw", "replay"];
const ECHO_MS = 2000;
const LAYERS = [
  ["visits", "Visits", "Show how often each cell was visited"], ["paths", "Paths", "Show the demonstrated paths"],
];

class Editor {
  constructor(root) {
    this.root = root;
    root.replaceChildren(); // Streamlit may end a component and begin it again in the same place
    this.panel = new Panel(root, { fileName: "world", draw: (pen, geo, theme, top) => this.draw(pen, geo, theme, top) });
    this.layer = new CellLayer(this.panel.stage);
    this.disc = el(this.panel.stage, "div", "agent");
    this.tools = { draw: new DrawTool(this), play: new PlayTool(this), watch: new WatchTool(this), replay: new ReplayTool(this) };
    this.show = { visits: true, paths: false };
    this.sentViews = new Map();
    this.buildHead();
    this.status = el(root, "div", "unseen");
    this.status.setAttribute("aria-live", "polite");
    this.link = new CellLink((cell, cells) => { if (cells === this.world?.flags.length) this.hover(cell); });
    this.listen();
    this.observer = watchWidth(root, () => this.render());
  }

  get tool() { return this.tools[this.mode]; }

  // The browser owns drawing and episodes while the revision stays; mode and episode follow the page when they change.
  take(data) {
    const before = this.data;
    this.data = data;
    this.link.name = data.link;
    const asksToPlay = before && data.gamesAsked !== before.gamesAsked;
    if (!before || before.revision !== data.revision) {
      this.world = World.fromWire(data.world);
      this.tools.draw.history.clear();
      this.tools.play.startOver(data.played);
      this.tools.watch.leave();
      this.drawAgain();
    }
    const asked = !before || (this.viewOf(before) !== this.viewOf(data) && !this.isEcho(data));
    if (asked) this.mode = data.mode;
    this.tools.replay.update(asked ? data.episode : null);
    this.panel.setHead(data.title, data.caption);
    this.render();
    this.tools.watch.link.ask(data.link);
    if (asksToPlay) { this.mode = "play"; this.tools.play.begin(); }
  }

  buildHead() {
    const tabs = el(this.panel.tools, "div", "tabs");
    tabs.setAttribute("role", "radiogroup");
    tabs.setAttribute("aria-label", "What to do with the world");
    this.tabs = MODES.map((mode) => {
      const name = mode[0].toUpperCase() + mode.slice(1), tab = button(tabs, "tab", name, name, () => this.open(mode));
      tab.dataset.mode = mode;
      return tab;
    });
    tabs.onkeydown = radioKeys(this.tabs, (index) => this.open(MODES[index], false));
    this.chips = LAYERS.map(([name, text, help]) => {
      const flip = () => { this.show[name] = !this.show[name]; this.render(); };
      const chip = button(this.panel.extras, "chip", text, help, flip);
      chip.dataset.layer = name;
      return chip;
    });
  }

  open(mode, focus = true) {
    if (mode === this.mode) return;
    this.tools.replay.halt();
    this.mode = mode;
    this.render();
    if (mode === "play" && focus) this.layer.setFocus(this.tool.agent() ?? 0);
    this.sendView();
  }

  sendView() {
    const view = { mode: this.mode, episode: this.tools.replay.chosen };
    this.sentViews.set(this.viewOf(view), performance.now());
    this.send("view", view);
  }

  viewOf({ mode, episode }) { return `${mode} ${episode}`; }

  // A page that hands back what it was sent does so late, when the person may have gone on.
  isEcho(data) { return performance.now() - (this.sentViews.get(this.viewOf(data)) ?? -Infinity) < ECHO_MS; }

  // The world was changed by hand.
  drawn() {
    this.tools.play.leave();
    this.tools.watch.leave();
    this.render();
    const drawn = { revision: this.data.revision, ...this.world.toWire() };
    DRAWN.set(this.data.link, drawn);
    this.send("drawn", drawn);
  }

  drawAgain() {
    const drawn = DRAWN.get(this.data.link), { revision, world } = this.data;
    if (drawn?.revision !== revision) DRAWN.delete(this.data.link);
    else if (Object.keys(world).some((part) => JSON.stringify(world[part]) !== JSON.stringify(drawn[part]))) {
      this.world = World.fromWire(drawn);
      this.send("drawn", drawn);
    }
  }

  // The page's maps show another reward: whoever has just finished a game sees what it makes an agent do.
  rewardArrived() {
    const { current } = this.tools.play.log;
    const mayWatch = this.data.modes.includes("watch");
    if (mayWatch && this.mode === "play" && current && current.ending !== "open") this.open("watch");
    else this.render();
  }

  // A key pressed while the agents walk begins a game, or moves in the one that is open.
  playOn(key) {
    const { play } = this.tools;
    this.open("play");
    if (play.log.current && play.log.current.ending !== "open") play.begin();
    if (key in ARROW_KEYS) play.act(ARROW_KEYS[key]);
  }

  say(text) { setText(this.status, text); }

  gain(cells) { return cells.reduce((sum, cell) => sum + this.world.reward(cell, this.data.rules), 0); }

  // ------------------------------------------------------------------ pointer and keys

  listen() {
    const { stage } = this.panel, cells = this.layer.root;
    stage.onpointermove = (event) => {
      const i = this.panel.cellAt(event);
      this.hover(i < 0 ? null : i, true);
      if (i >= 0) this.tool.drag(i);
    };
    stage.onpointerleave = () => this.hover(null, true);
    stage.onpointerdown = (event) => this.press(event);
    stage.onpointerup = stage.onpointercancel = () => this.tool.release();
    // Keys that no control wants are the player's from the first press on.
    this.anyKey = (event) => {
      const free = document.activeElement === null || document.activeElement === document.body;
      if (!free || !this.listensToKeys || event.altKey || event.ctrlKey || event.metaKey || !(event.key in ARROW_KEYS)) return;
      this.playOn(event.key);
      this.layer.setFocus(this.tools.play.agent() ?? 0);
      event.preventDefault();
    };
    document.addEventListener("keydown", this.anyKey);
    cells.onkeydown = (event) => {
      if (event.altKey || !this.tool.key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    // a click without a pointer comes from a screen reader
    cells.onclick = ({ detail, target }) => { if (detail === 0 && target.dataset.cell) this.tool.activate(Number(target.dataset.cell)); };
  }

  get listensToKeys() { return this.mode === "play" || (this.mode === "watch" && this.data.playable); }

  hover(i, own = false) {
    this.panel.mark(this.panel.hoverMark, i);
    if (own) this.link.tell(i, this.world.flags.length);
  }

  press(event) {
    const i = this.panel.cellAt(event);
    if (i < 0 || event.button !== 0) return;
    event.preventDefault(); // the focus is set here, and nothing is dragged or selected
    this.layer.setFocus(this.mode === "play" ? this.tool.agent() ?? i : i);
    this.panel.stage.setPointerCapture(event.pointerId);
    this.tool.press(i);
  }

  neighbour(i, action) {
    const { rows, cols } = this.world, r = Math.floor(i / cols) + STEP_ROW[action], c = (i % cols) + STEP_COLUMN[action];
    return r < 0 || c < 0 || r >= rows || c >= cols ? i : r * cols + c;
  }

  // Moves the focus by a key; false when the key moves nothing.
  walkFocus(key) {
    const { focus } = this.layer, { cols } = this.world, first = focus - (focus % cols);
    if (key in ARROW_KEYS) this.layer.setFocus(this.neighbour(focus, ARROW_KEYS[key]));
    else if (key === "Home" || key === "End") this.layer.setFocus(key === "End" ? first + cols - 1 : first);
    else return false;
    return true;
  }

  // ------------------------------------------------------------------ picture

  get scene() { return this.mode === "watch" ? this.tools.watch.world : this.world; }

  // What the expert showed is a layer of drawing and replay; while somebody plays or watches the picture is calm.
  get listsPaths() { return this.mode === "draw" || this.mode === "replay"; }

  draw(pen, geo, theme, top = 0) {
    const { scene: world, data } = this, { flags } = world;
    const rewards = world.values.map((value, i) => (flags[i] & WALL ? null : value ?? data.rules.step));
    // a drawing that cannot be played yet keeps the colours of the last one that could be
    const largest = Math.max(data.largest, ...rewards.map((value) => Math.abs(value ?? 0)));
    const scale = makeScale("root", rewards, [-largest, largest], theme);
    pen.inside(geo.left, top, geo.width, geo.height - top, 8, () => {
      pen.rects(theme.paper, [geo.left, top, geo.width, geo.height - top]);
      drawHeat(pen, geo, theme, scale, rewards, flags, false);
      drawWalls(pen, geo, theme, flags);
      const discs = this.show.visits && this.listsPaths && data.visits?.length === flags.length;
      if (discs) drawDiscs(pen, geo, theme, data.visits, world);
      this.drawWays(pen, geo, theme);
      drawWorldMarks(pen, geo, theme, scale, world, discs);
    });
    drawBar(pen, geo, theme, scale);
  }

  drawWays(pen, geo, theme) {
    const inside = (path) => path.every((i) => i >= 0 && i < this.world.flags.length);
    if (this.show.paths && this.listsPaths) {
      // ways over the same cells lie beside each other
      const ways = this.data.paths.filter(inside).map((path, k) => wayPoints(geo, path, ((k * 7) % 11) * 0.04 - 0.2));
      pen.lines(theme.text, Math.max(0.8, geo.cell * 0.03), ways, 0.34);
    }
    const trail = this.tool.trail();
    if (trail.length < 2 || !inside(trail)) return;
    const way = wayPoints(geo, trail, 0);
    pen.lines(theme.halo, Math.max(2.5, geo.cell * 0.14), [way], 0.55);
    pen.lines(MARK.agent, Math.max(1.3, geo.cell * 0.07), [way]);
  }

  placeAgent() {
    const i = this.tool.agent(), geo = this.panel.geometry, shown = i !== null && i < this.world.flags.length;
    this.disc.style.display = shown ? "block" : "none";
    if (!shown) return;
    const size = Math.max(6, geo.cell * 0.52), shift = (geo.cell - size) / 2;
    const transform = `translate(${geo.x(i) + shift}px, ${geo.y(i) + shift}px)`;
    Object.assign(this.disc.style, { width: `${size}px`, height: `${size}px`, transform });
  }

  describe(i) {
    const world = this.scene, value = world.values[i];
    const reward = value === null ? "" : `${world.isLava(i) ? ", lava" : ""}, reward ${formatNumber(value)}`;
    return `${describeCell(world.flags, world.cols, i)}${reward}${i === this.tool.agent() ? ", agent" : ""}`;
  }

  render() {
    if (!this.world || this.root.clientWidth === 0) return;
    const { world, panel, data } = this, theme = pageTheme(this.root);
    if (this.mode === "play") this.tools.play.open();
    this.root.dataset.mode = this.mode;
    panel.render(world.rows, world.cols, theme);
    this.layer.arrange(panel.geometry, `World of ${world.rows} rows and ${world.cols} columns`, (i) => this.describe(i));
    this.placeAgent();
    checkRadio(this.tabs, MODES.indexOf(this.mode));
    const offered = { visits: this.listsPaths && data.visits !== null, paths: this.listsPaths && data.paths.length > 0 };
    for (const chip of this.chips) {
      chip.hidden = !offered[chip.dataset.layer];
      chip.setAttribute("aria-pressed", this.show[chip.dataset.layer]);
    }
    MODES.forEach((mode, k) => {
      this.tabs[k].hidden = !data.modes.includes(mode) || data.modes.length < 2 || (mode === "watch" && !this.tools.watch.ready);
    });
    if (this.mode !== "watch") { this.tools.watch.halt(); this.tools.watch.canvas.hidden = true; }
    for (const mode of MODES) this.tools[mode].root.hidden = mode !== this.mode;
    this.tool.render();
  }

  close() { document.removeEventListener("keydown", this.anyKey); this.tools.watch.close(); this.tools.replay.halt(); this.observer.disconnect(); this.link.close(); }
}

export default function ({ parentElement, data, setStateValue }) {
  let editor = EDITORS.get(parentElement);
  if (!editor) EDITORS.set(parentElement, (editor = new Editor(parentElement.querySelector(".irl-root"))));
  editor.send = setStateValue;
  editor.take(data);
  return () => { editor.close(); EDITORS.delete(parentElement); };
}
