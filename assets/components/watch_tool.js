// Two agents in the same world: one that knows only the recovered reward, one that knows the true one. A wall
// that is drawn here is a what-if: both plan again while it is dragged, and nothing else changes.

const MOVES_A_SECOND = 4.2, REST_SECONDS = 1.4, LONGEST_SHOW = 12; // s; longer walks are shown faster
const LONGEST_WALK = 400;

// The page's maps say which reward they show, and say it again when they are asked.
class RewardLink {
  constructor(take) {
    this.name = "";
    this.listener = ({ detail }) => { if (this.name && detail.link === this.name) take(detail); };
    document.addEventListener("irl-reward", this.listener);
  }

  ask(name) {
    if (name === this.name) return;
    this.name = name;
    document.dispatchEvent(new CustomEvent("irl-reward-wanted", { detail: { link: name } }));
  }

  close() { document.removeEventListener("irl-reward", this.listener); }
}

class WatchTool {
  constructor(editor) {
    this.editor = editor;
    this.reward = this.whatIf = this.held = this.start = null;
    this.time = this.rest = 0;
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.build(editor.panel);
    this.link = new RewardLink((detail) => this.takeReward(detail));
  }

  build(panel) {
    this.canvas = el(panel.stage, "canvas", "walks");
    this.canvas.setAttribute("aria-hidden", "true");
    this.root = el(panel.foot, "div", "toolset");
    const scrub = el(this.root, "div", "line");
    this.runButton = button(scrub, "round", "", "Pause", () => this.toggle());
    this.scrubber = el(scrub, "input", "range");
    Object.assign(this.scrubber, { type: "range", min: 0, step: 0.01 });
    this.scrubber.setAttribute("aria-label", "Move of both agents");
    this.scrubber.onkeydown = (event) => event.stopPropagation();
    this.scrubber.oninput = () => { this.playing = false; this.time = this.scrubber.valueAsNumber; this.paint(); this.renderLine(); };
    this.clock = el(scrub, "span", "clock");
    const both = el(this.root, "div", "agents");
    this.says = ["mine", "true"].map((who) => {
      const line = el(both, "p", "walker");
      el(line, "i", `dot ${who}`);
      return [el(line, "b"), el(line, "span")];
    });
    this.changed = el(this.root, "div", "changed");
    this.changedText = el(this.changed, "p");
    button(this.changed, "plain", "Put the walls back", "Put the walls back", () => this.putBack());
    button(this.changed, "plain", "Make this the world", "Make this the world: it changes what is learned", () => this.keep());
  }

  get ready() { return this.reward !== null && this.reward.values.length === this.editor.world?.flags.length; }

  get world() { return this.whatIf ?? this.editor.world; }

  takeReward(detail) {
    const before = this.reward, news = !before || before.values.join() !== detail.values.join() || before.gamma !== detail.gamma;
    this.reward = detail;
    if (this.start === null || before?.start !== detail.start) this.start = detail.start;
    if (!news || !this.editor.world) return;
    this.restart();
    this.editor.rewardArrived();
  }

  // The page shows another world, or it was drawn in: what was tried before is over.
  leave() { this.whatIf = this.held = null; this.plans = null; this.start = this.reward?.start ?? null; }

  restart() { this.plans = null; this.time = this.rest = 0; }

  plan() {
    if (this.plans || !this.ready) return;
    const { world } = this, { rules } = this.editor.data, { gamma, values, unknown } = this.reward;
    const truth = world.values.map((value) => value ?? rules.step);
    const learned = values.map((value) => value ?? unknown); // of a cell that was a wall nothing is known
    this.plans = [learned, truth].map((reward) => new Plan(world, rules, gamma, reward));
    const free = this.plans[0].live;
    if (!free.includes(this.start)) this.start = this.plans[0].starts[0] ?? free[0];
    const limit = Math.min(rules.moves, LONGEST_WALK);
    this.walks = this.plans.map((plan) => plan.walk(this.start, limit, luckFrom(20011)));
    this.lost = this.plans[0].regret(this.plans[1]);
  }

  get last() { return Math.max(...this.walks.map((walk) => walk.length - 1), 1); }

  // ------------------------------------------------------------------ what people do

  toggle() {
    this.playing = !this.playing;
    if (this.playing && this.time >= this.last) this.time = 0;
    this.editor.render();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey) return false;
    if (event.shiftKey && event.key in ARROW_KEYS) return this.editor.walkFocus(event.key);
    if (event.key in ARROW_KEYS || event.key === "Enter") this.editor.playOn(event.key);
    else if (event.key === " ") this.activate(this.editor.layer.focus);
    else return false;
    return true;
  }

  activate(i) { this.press(i); this.release(); }

  press(i) {
    this.plan();
    if (!this.ready) return;
    if (i === this.start || i === this.cellNow(0)) this.held = { start: true };
    else if (!(this.world.flags[i] & GOAL)) {
      this.whatIf ??= this.editor.world.copy();
      const wasWall = Boolean(this.whatIf.flags[i] & WALL);
      this.held = { wall: true, last: wasWall ? null : i };
      this.setWall(i, !wasWall);
      this.settle();
    }
  }

  drag(i) {
    const { held, world } = this;
    if (!held || world.flags[i] & GOAL || i === held.last) return;
    if (held.start) {
      if (world.flags[i] & WALL || i === this.start) return;
      this.start = i;
    } else {
      if (i === this.start || world.flags[i] & WALL) return;
      if (held.last !== null) this.setWall(held.last, false);
      this.setWall(i, true);
      held.last = i;
    }
    this.settle();
  }

  release() { this.held = null; }

  setWall(i, wall) {
    const { whatIf, editor } = this, original = editor.world;
    if (wall) whatIf.set(i, [WALL, null]);
    else whatIf.set(i, original.flags[i] & WALL ? [0, null] : [original.flags[i], original.values[i]]);
  }

  settle() {
    const { whatIf, editor } = this;
    if (whatIf && whatIf.flags.every((flag, i) => flag === editor.world.flags[i])) this.whatIf = null;
    this.restart();
    editor.render();
  }

  putBack() { this.whatIf = null; this.settle(); this.editor.say("The walls are back."); }

  keep() {
    const { editor } = this;
    editor.tools.draw.history.remember(editor.world);
    editor.world = this.whatIf;
    editor.drawn();
  }

  // ------------------------------------------------------------------ what is shown

  cellNow(who) { const walk = this.walks[who]; return walk[Math.min(Math.floor(this.time), walk.length - 1)]; }

  agent() { return null; }

  trail() { return []; }

  outcome(who) {
    const walk = this.walks[who], end = walk.at(-1), moves = walk.length - 1, { world } = this;
    if (world.flags[end] & GOAL) return moves ? `at the goal in ${counted(moves, "move")}` : "stays on the goal";
    if (moves >= Math.min(this.editor.data.rules.moves, LONGEST_WALK)) return `on its way for ${counted(moves, "move")}`;
    const stands = `row ${Math.floor(end / world.cols) + 1}, column ${(end % world.cols) + 1}`;
    return moves ? `stays in ${stands}` : `does not move from ${stands}`;
  }

  lostText() {
    const { lost } = this;
    if (lost === null) return "Nothing can be gained or lost in it.";
    const percent = 100 * lost, text = percent < 0.05 ? "0" : percent < 10 ? percent.toFixed(1) : percent.toFixed(0);
    return `It gives away ${text}\u00a0% of what can be gained there; 0\u00a0% is best.`;
  }

  render() {
    this.plan();
    this.canvas.hidden = !this.ready;
    if (!this.ready) return;
    this.says.forEach(([name, what], who) => {
      setText(name, who ? "Knows the true reward" : `Knows only ${this.reward.whose}`);
      setText(what, this.outcome(who));
    });
    this.changed.hidden = this.whatIf === null;
    if (this.whatIf) setText(this.changedText, `In the changed world it is ${this.outcome(0)}. ${this.lostText()}`);
    this.size();
    this.renderLine();
    this.run();
  }

  renderLine() {
    const { last } = this, time = Math.min(this.time, last);
    Object.assign(this.scrubber, { max: last, value: time });
    this.scrubber.style.setProperty("--at", time / last);
    this.scrubber.setAttribute("aria-valuetext", `move ${Math.floor(time)} of ${last}`);
    setText(this.clock, `move ${Math.floor(time)} of ${last}`);
    setText(this.runButton, this.playing ? "\u275a\u275a" : "\u25b6");
    this.runButton.ariaLabel = this.runButton.title = this.playing ? "Pause the agents" : "Let the agents walk";
  }

  size() {
    const { geometry } = this.editor.panel, ratio = window.devicePixelRatio || 1;
    const width = Math.round(geometry.side * ratio), height = Math.round(geometry.height * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    Object.assign(this.canvas.style, { width: `${geometry.side}px`, height: `${geometry.height}px` });
    this.paint();
  }

  run() {
    if (this.frame) return;
    let before = performance.now();
    const step = (now) => {
      this.frame = null;
      if (this.editor.mode !== "watch" || !this.ready) return;
      const passed = Math.max(0, Math.min(0.05, (now - before) / 1000)); // a frame may be older than its asking
      before = now;
      if (this.playing && !this.held) this.advance(passed);
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  advance(seconds) {
    this.plan();
    if (this.time < this.last) this.time += seconds * Math.max(MOVES_A_SECOND, this.last / LONGEST_SHOW);
    else if ((this.rest += seconds) > REST_SECONDS) this.time = this.rest = 0;
    this.paint();
    this.renderLine();
  }

  halt() { cancelAnimationFrame(this.frame); this.frame = null; }

  // Where an agent is on the stage at a time between two moves; it eases in and out of every move.
  place(walk, time, shift) {
    const geo = this.editor.panel.geometry, k = Math.min(Math.floor(time), walk.length - 1);
    const f = Math.min(time, walk.length - 1) - k, ease = f * f * (3 - 2 * f), from = walk[k], to = walk[Math.min(k + 1, walk.length - 1)];
    const middle = geo.cell / 2 + shift;
    return [geo.x(from) + (geo.x(to) - geo.x(from)) * ease + middle, geo.y(from) + (geo.y(to) - geo.y(from)) * ease + middle];
  }

  paint() {
    if (!this.ready || !this.walks) return;
    const { geometry: geo, theme } = this.editor.panel, pen = this.canvas.getContext("2d"), ratio = window.devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, geo.side, geo.height);
    pen.lineCap = pen.lineJoin = "round";
    const shift = Math.min(5, geo.cell * 0.1), size = Math.max(4, geo.cell * 0.2);
    this.paintGame(pen, geo, theme);
    for (const [who, colour, by] of [[1, theme.text, -shift], [0, theme.accent, shift]]) {
      const walk = this.walks[who], way = walk.slice(0, Math.floor(this.time) + 1);
      const at = this.place(walk, this.time, by);
      pen.strokeStyle = colour;
      pen.globalAlpha = 0.55;
      pen.lineWidth = Math.max(1.5, geo.cell * 0.06);
      pen.beginPath();
      for (const i of way) pen.lineTo(geo.x(i) + geo.cell / 2 + by, geo.y(i) + geo.cell / 2 + by);
      pen.lineTo(...at);
      pen.stroke();
      pen.globalAlpha = 1;
      pen.beginPath();
      pen.arc(...at, size, 0, 7);
      pen.fillStyle = who ? theme.paper : colour;
      pen.strokeStyle = who ? colour : theme.paper;
      pen.lineWidth = Math.max(1.5, geo.cell * 0.06);
      pen.fill();
      pen.stroke();
    }
  }

  // The last game that was played, dotted.
  paintGame(pen, geo, theme) {
    const game = this.reward.game;
    if (!game?.length || geo.cell < 5 || game.some((i) => i >= this.world.flags.length)) return;
    pen.strokeStyle = theme.text;
    pen.lineWidth = 2;
    pen.setLineDash([1, 6]);
    pen.beginPath();
    for (const i of game) pen.lineTo(geo.x(i) + geo.cell / 2, geo.y(i) + geo.cell / 2);
    pen.stroke();
    pen.setLineDash([]);
  }

  close() { this.halt(); this.link.close(); }
}
