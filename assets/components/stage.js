// Expert and learner side by side on one clock: they move, can be stopped, scrubbed and walked around.

const SPEEDS = [[0.25, "\u00bc\u00d7"], [1, "1\u00d7"], [4, "4\u00d7"]];
const REST = 1.4; // s at the end, before it begins again
const ASPECT = 0.62, LEAST_HEIGHT = 210;
const STANDARDISED = "Behaviour leaves the level and the size of a reward open. Each is shifted and scaled so that over both episodes its mean is 0 and its spread 1.";
const HINT = "Hover a curve to read a step, click to go there. Space plays and pauses, arrow keys move by a step.";

const figure = (v) => Number(v.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 6 }).replace("-", "\u2212");
const rounded = (v) => (Math.abs(v) < 0.05 ? "0" : v.toFixed(1).replace("-", "\u2212"));

class Stage {
  constructor(root) {
    this.root = root;
    root.replaceChildren();
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    [this.seconds, this.speed, this.playing, this.hovered] = [0, 1, !this.still, null];
    this.build();
    root.ontransitionend = (event) => { if (event.target === root) this.render(); }; // the theme has changed
    this.observer = watchWidth(root, () => { this.measure(); this.render(); });
  }

  build() {
    this.pair = el(this.root, "div", "pair");
    this.pair.tabIndex = 0;
    this.pair.setAttribute("role", "group");
    this.pair.setAttribute("aria-label", "Expert and learner: space plays and pauses, arrow keys move by a step");
    this.scenes = [new Scene(this.pair, "Expert", { colour: "text", hollow: true }), new Scene(this.pair, "Learner", { colour: "accent", hollow: false })];
    for (const scene of this.scenes) { scene.onReady = () => this.render(); this.listenTurns(scene.canvas); }
    this.buildControls();
    const key = el(this.root, "div", "key");
    el(key, "span", "of-true", "true reward of each step");
    this.recoveredKey = el(key, "span", "of-recovered", "recovered reward");
    const why = el(key, "span", "helped", "standardised");
    why.title = STANDARDISED;
    this.traces = el(this.root, "div", "traces");
    this.lines = this.scenes.map((_, i) => new Trace(this.traces, i ? "learner" : "expert"));
    for (const line of this.lines) this.listenTrace(line);
    this.readout = el(this.root, "p", "readout", HINT);
    this.root.onkeydown = (event) => this.key(event);
  }

  buildControls() {
    const bar = el(this.root, "div", "controls");
    this.playButton = button(bar, "play", "", "Play", () => this.play(!this.playing));
    this.scrubber = el(bar, "input", "range");
    Object.assign(this.scrubber, { type: "range", min: 0, step: 1 });
    this.scrubber.setAttribute("aria-label", "Step");
    this.scrubber.oninput = () => this.go(this.scrubber.valueAsNumber);
    this.clock = el(bar, "span", "clock");
    this.speeds = this.choice(bar, "Speed", SPEEDS, (value) => { this.speed = value; });
    this.views = this.choice(bar, "Camera", [["side", "Side"], ["corner", "Three-quarter"]], (name) => {
      this.view = { ...VIEWS[name] };
      this.render();
    });
  }

  choice(parent, label, options, choose) {
    const group = el(parent, "div", "choice");
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", label);
    const check = (value) => {
      const index = options.findIndex(([name]) => name === value);
      checkRadio(buttons, index);
      if (index < 0) buttons[0].tabIndex = 0; // none is chosen: Tab still reaches them
    };
    const take = (index) => { check(options[index][0]); choose(options[index][0]); };
    const buttons = options.map(([, text], index) => button(group, "", text, `${label}: ${text}`, () => take(index)));
    group.onkeydown = radioKeys(buttons, take);
    return { group, check };
  }

  listenTurns(canvas) {
    canvas.onpointerdown = (event) => {
      if (!this.turns) return;
      canvas.setPointerCapture(event.pointerId);
      this.held = [event.clientX, event.clientY];
    };
    canvas.onpointermove = (event) => {
      if (!this.held) return;
      const [x, y] = this.held;
      this.held = [event.clientX, event.clientY];
      const height = this.view.height + (event.clientY - y) * TURN_A_PIXEL;
      this.view = { turn: this.view.turn + (event.clientX - x) * TURN_A_PIXEL, height: Math.max(LOWEST, Math.min(HIGHEST, height)) };
      this.views.check(null);
      this.render();
    };
    canvas.onpointerup = canvas.onpointercancel = () => { this.held = null; };
  }

  listenTrace(line) {
    const point = (event) => {
      this.hovered = line.stepAt(event);
      if (event.buttons) this.go(this.hovered);
      else this.render();
    };
    line.canvas.onpointerdown = (event) => { line.canvas.setPointerCapture(event.pointerId); this.go(line.stepAt(event)); };
    line.canvas.onpointermove = point;
    line.canvas.onpointerleave = () => { this.hovered = null; this.render(); };
  }

  take(data) {
    if (data.content === this.content) return;
    this.content = data.content;
    this.records = data.records;
    this.dt = data.records[0].dt;
    this.end = Math.max(...data.records.map((record) => record.steps * record.dt));
    this.steps = Math.round(this.end / this.dt);
    this.scrubber.max = this.steps;
    this.scenes.forEach((scene, i) => scene.take(data.records[i], data.ending));
    this.turns = this.scenes.every((scene) => scene.bodies);
    this.views.group.hidden = !this.turns;
    for (const scene of this.scenes) scene.card.title = this.turns ? "Drag to look from elsewhere" : "";
    const planar = this.turns && this.scenes.every((scene) => scene.bodies.planar);
    this.view = { ...VIEWS[planar ? "side" : "corner"] };
    this.views.check(planar ? "side" : "corner");
    this.speeds.check(this.speed);
    this.takeRewards(data.ending);
    this.seconds = this.still ? this.end : 0;
    this.measure();
    this.play(!this.still);
  }

  takeRewards(ending) {
    const known = this.records.every((record) => record.recovered);
    this.recoveredKey.hidden = !known;
    const kinds = known ? [["reward", "text", 1.4], ["recovered", "accent", 1.8]] : [["reward", "text", 1.4]];
    const lines = this.records.map(() => []);
    for (const [name, colour, width] of kinds) {
      const scaled = standardiser(this.records.map((record) => record[name]));
      this.records.forEach((record, i) => lines[i].push({ values: record[name].map(scaled), colour, width }));
    }
    const all = lines.flat().flatMap((line) => line.values);
    const [low, high] = all.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [-1, 1]);
    const range = [Math.max(-FURTHEST, low) - 0.3, Math.min(FURTHEST, high) + 0.3];
    this.lines.forEach((line, i) => line.take(this.records[i], lines[i], this.steps, range, ending));
  }

  measure() {
    if (!this.records) return;
    const width = this.scenes[0].card.clientWidth, height = Math.max(LEAST_HEIGHT, Math.round(width * ASPECT));
    for (const line of this.lines) line.width = line.canvas.clientWidth;
    this.frame = { width, height };
    if (!this.turns) return;
    const reach = this.scenes.map(({ bodies }) => bodies.extent()), floor = this.scenes[0].bodies.floor;
    const level = floor ?? Math.min(...reach.map((r) => r.low));
    const tall = Math.max(...reach.map((r) => r.high)) - level, around = Math.max(...reach.map((r) => r.around));
    this.frame = { width, height, floor, level, tall, around };
  }

  get step() { return this.seconds / this.dt; }

  go(step) {
    this.seconds = Math.max(0, Math.min(this.end, step * this.dt));
    this.play(false);
  }

  play(playing) {
    if (playing && this.seconds >= this.end) this.seconds = 0;
    this.playing = playing;
    this.resting = 0;
    const label = playing ? "Pause" : "Play";
    this.playButton.className = `play ${playing ? "is-playing" : ""}`;
    this.playButton.title = label;
    this.playButton.setAttribute("aria-label", label);
    this.last = null;
    if (playing && !this.ticking) { this.ticking = true; requestAnimationFrame((now) => this.tick(now)); }
    this.render();
  }

  tick(now) {
    this.ticking = this.playing && !this.closed;
    if (!this.ticking) return;
    const passed = this.last === null ? 0 : Math.min(0.1, (now - this.last) / 1000);
    this.last = now;
    if (this.seconds < this.end) this.seconds = Math.min(this.end, this.seconds + passed * this.speed);
    else if (this.still) this.play(false);
    else if ((this.resting += passed) > REST) [this.seconds, this.resting] = [0, 0];
    this.render();
    requestAnimationFrame((time) => this.tick(time));
  }

  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -10, ArrowUp: 10 };
    if (event.target.getAttribute("role") === "radio") return;
    if (event.key === " " && event.target !== this.playButton) this.play(!this.playing);
    else if (event.key in moves) this.go(Math.round(this.step) + moves[event.key] * (event.shiftKey ? 10 : 1));
    else if (event.key === "Home") this.go(0);
    else if (event.key === "End") this.go(this.steps);
    else return;
    event.preventDefault();
  }

  theme() {
    const style = getComputedStyle(this.root), value = (name) => style.getPropertyValue(`--${name}`).trim();
    const plain = Object.fromEntries(["text", "accent", "line", "soft", "surface"].map((name) => [name, value(name)]));
    // these two are expressions, which a canvas cannot read before an element has worked them out
    const worked = { muted: getComputedStyle(this.clock).color, bad: getComputedStyle(this.scenes[0].chip).color };
    return { ...plain, ...worked, small: `12.5px ${style.fontFamily}` };
  }

  render() {
    if (!this.frame?.width) return;
    const theme = this.theme(), step = this.step;
    for (const scene of this.scenes) scene.render(this.seconds, this.view, this.frame, theme);
    for (const line of this.lines) line.render(step, this.hovered, theme);
    const now = Math.floor(step + 1e-6), said = `step ${now.toLocaleString("en")} of ${this.steps.toLocaleString("en")}, ${this.seconds.toFixed(1)} s`;
    this.scrubber.value = now;
    this.scrubber.style.setProperty("--at", this.steps ? step / this.steps : 0);
    this.scrubber.setAttribute("aria-valuetext", said);
    setText(this.clock, said);
    setText(this.readout, this.hovered === null ? HINT : this.reading(this.hovered));
  }

  reading(step) {
    const at = Math.max(1, step);
    const parts = this.records.map((record, i) => {
      const who = i ? "learner" : "expert";
      if (at > record.steps) return `the ${who}\u2019s episode is over`;
      const said = this.lines[i].lines.map(({ values }, k) => `${k ? "recovered" : "true"} ${figure(record[k ? "recovered" : "reward"][at - 1])} (${rounded(values[at - 1])})`);
      return `${who} ${said.join(", ")}`;
    });
    return `Step ${at.toLocaleString("en")}, ${(at * this.dt).toFixed(2)} s: ${parts.join("; ")}. In brackets: standardised.`;
  }

  close() {
    this.closed = true;
    this.observer.disconnect();
  }
}

const STAGES = new WeakMap();

export default function ({ parentElement, data }) {
  let stage = STAGES.get(parentElement);
  if (!stage) STAGES.set(parentElement, (stage = new Stage(parentElement.querySelector(".irl-stage"))));
  stage.take(data);
  stage.render();
  return () => { stage.close(); STAGES.delete(parentElement); };
}
